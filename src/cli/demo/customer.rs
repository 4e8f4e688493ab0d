//! A customer with their message open: they follow its link to their own page and press a button there.

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::Method;

use super::stage::Stage;
use crate::base::http::Request;

/// What the page sends.
const FORM: &str = "application/x-www-form-urlencoded";

/// A customer's own page, found by the link in their message.
pub struct OwnPage {
    path: String,
    update: String,
}

impl OwnPage {
    /// Opens the page by a message's link that ends in `answer`.
    pub async fn open(stage: &Stage, message: &str, answer: &str) -> anyhow::Result<Self> {
        let words = message.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
        let mut paths = words.filter_map(|word| word.strip_prefix(stage.origin.as_str()));
        let link = paths.find(|path| path.ends_with(&format!("?answer={answer}")));
        let link = link.with_context(|| format!("the message has no link for {answer:?}"))?;
        let page = stage.browser.send(&stage.origin, Request::get(link)).await?;
        ensure!(page.status == 200, "the customer's page answered {}", page.status);
        let html = String::from_utf8_lossy(&page.body);
        let update = html.split_once("name=\"update\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        let (update, _) = update.context("the customer's page has no button")?;
        let path = link.split('?').next().unwrap_or(link).to_owned();
        Ok(Self { path, update: update.to_owned() })
    }

    /// Presses a button of the page, with words where it asks for them.
    pub async fn press(&self, stage: &Stage, act: &str, words: &str) -> anyhow::Result<()> {
        let form = [("act", act), ("update", &self.update), ("words", words)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request {
            method: Method::POST,
            path: self.path.clone(),
            headers: Vec::new(),
            credential: None,
            body: Some((FORM, Bytes::from(body))),
        };
        let answer = stage.browser.send(&stage.origin, request).await?;
        ensure!(answer.status == 303, "the customer's page answered {} when they pressed {act:?}", answer.status);
        Ok(())
    }
}
