//! Messages on the console's pages are shown as their readers see them, and nothing in them runs.

use super::{filled, session};
use crate::{
    databases,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_shown_as_the_helpdesk_shows_it_and_as_plain_text() {
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { hold_minutes: 30, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let update = world.update_that_is("shipped", "held").await;
    let id = update["id"].as_str().unwrap();
    let cookie = session(&world).await;
    let page = async || {
        let request = world.anonymous().get(format!("{}/updates?state=held&id={id}", world.url()));
        request.header("cookie", &cookie).send().await.unwrap().text().await.unwrap()
    };
    let shown = page().await;
    let (letter, _) = shown.split_once("<div class=\"text\">").unwrap().1.split_once("</div>").unwrap();
    assert!(letter.contains("<blockquote><p>"), "what they wrote stands apart: {letter}");
    assert!(
        letter.contains("<span class=\"link\"") && letter.contains("/c/…"),
        "nobody else follows their link: {letter}"
    );
    assert!(!letter.contains("PAGE-TOKEN"), "{letter}");
    let (_, plain) = shown.split_once("<summary>As plain text</summary>").unwrap();
    let (plain, _) = plain.split_once("</details>").unwrap();
    assert!(plain.contains("&#62; ") || plain.contains("&gt; "), "quoted as in a mail of text: {plain}");
    assert!(plain.contains("/c/…") && !plain.contains("PAGE-TOKEN"), "{plain}");

    let attack = "Hi <b>Ana</b>,\n\n<script>alert(1)</script> https://acme.test/news <img src=x onerror=alert(1)>";
    let edit = world.anonymous().post(format!("{}/updates/{id}/edit", world.url())).header("cookie", &cookie);
    let answer = filled(edit, &[("text", attack)]).send().await.unwrap();
    let status = answer.status();
    assert!(status.is_redirection(), "{status}: {}", answer.text().await.unwrap());
    let shown = page().await;
    assert!(!shown.contains("<script>alert") && !shown.contains("<img src=x"), "{shown}");
    assert!(shown.contains("href=\"https://acme.test/news\" rel=\"noreferrer\""), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_mail_stands_apart_from_what_the_customer_wrote() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let ana = world.helpdesk.customer("Ana Sousa").email("ana@lovelace.test").add();
    let mail = "The export loses its last row again.\n\nOn Tue, 3 Mar 2026 at 10:04, Support <help@acme.test> wrote:\n> We cannot \
                reproduce it.";
    let ticket = world.helpdesk.ticket_from(ana).subject("Export loses its last row").body(mail).send();
    world.topic_of(ticket).await;
    let cookie = session(&world).await;
    let request = world.anonymous().get(format!("{}/tickets/{}", world.url(), world.id_of(ticket).await));
    let page = request.header("cookie", cookie).send().await.unwrap().text().await.unwrap();
    let (own, earlier) = page.split_once("<details class=\"earlier\">").expect("an earlier mail stands apart");
    assert!(own.contains("The export loses its last row again."), "{own}");
    assert!(!own.contains("We cannot reproduce it.") && earlier.contains("We cannot reproduce it."), "{earlier}");
}
