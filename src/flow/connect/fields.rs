//! The fields of the pages that connect, as they were filled in.

use anyhow::{anyhow, bail};

use super::{
    github::ground::{WantedGithub, organization_name},
    zendesk::WantedZendesk,
};
use crate::{
    base::{http::Origin, secret::Secret},
    model::issue::Repository,
    settings::connection::connection_name,
};

/// What was filled in for a Zendesk. What is empty is said by the settings.
#[derive(Clone, Copy, Debug)]
pub struct ZendeskFields<'f> {
    /// The connection's name.
    pub name: &'f str,
    /// The account's own address.
    pub url: &'f str,
    /// Where Zendesk reaches Heard.
    pub public_url: &'f str,
    /// The administrator's e-mail address.
    pub user: &'f str,
    /// The tag by which an agent escalates.
    pub escalate_tag: &'f str,
}

/// What was filled in for GitHub. What is empty is said by the settings.
#[derive(Clone, Copy, Debug)]
pub struct GithubFields<'f> {
    /// The repositories, a line or a comma between them.
    pub repositories: &'f str,
    /// The organization that an App belongs to.
    pub organization: &'f str,
    /// The address of an Enterprise Server.
    pub url: &'f str,
    /// Where GitHub reaches Heard.
    pub public_url: &'f str,
}

impl ZendeskFields<'_> {
    /// What is wanted.
    ///
    /// # Errors
    /// Which field is wrong, and what was expected.
    pub fn read(&self) -> anyhow::Result<WantedZendesk> {
        let name = filled(self.name).and_then(|name| connection_name(&name));
        let Some(name) = name else {
            bail!(
                "the connection's name is wrong: expected lower-case letters, digits and hyphens, up to 40, and not github"
            );
        };
        let Some(url) = address("the account\u{2019}s address", self.url)? else {
            bail!("the account\u{2019}s address is missing, such as https://acme.zendesk.com");
        };
        Ok(WantedZendesk {
            name,
            url: Some(url),
            public_url: address("Heard\u{2019}s own address", self.public_url)?,
            user: filled(self.user),
            escalate_tag: filled(self.escalate_tag),
            makes_admin_token: false,
        })
    }
}

impl GithubFields<'_> {
    /// What is wanted.
    ///
    /// # Errors
    /// Which field is wrong, and what was expected.
    pub fn read(&self) -> anyhow::Result<WantedGithub> {
        let mut repositories = Vec::new();
        for name in self.repositories.split([',', '\n', '\r', ' ', '\t']).filter(|name| !name.is_empty()) {
            let Some(repository) = Repository::parse(name) else {
                bail!("{name:?} is no repository: expected OWNER/NAME, such as acme/product");
            };
            repositories.push(repository);
        }
        let organization = filled(self.organization).map(|name| organization_name(&name)).transpose();
        Ok(WantedGithub {
            repositories,
            organization: organization.map_err(|why| anyhow!("the organization is wrong: {why}"))?,
            url: address("GitHub\u{2019}s address", self.url)?,
            public_url: address("Heard\u{2019}s own address", self.public_url)?,
            makes_admin_token: false,
        })
    }
}

/// A token that was typed, unless the field was left empty.
pub fn typed(token: &str) -> Option<Secret> {
    filled(token).map(Secret::new)
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn address(what: &str, text: &str) -> anyhow::Result<Option<Origin>> {
    filled(text).map(|text| Origin::parse(&text)).transpose().map_err(|why| anyhow!("{what} is wrong: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_empty_is_not_given() {
        let fields = ZendeskFields {
            name: "acme",
            url: " https://acme.zendesk.com ",
            public_url: "",
            user: " ",
            escalate_tag: "",
        };
        let wanted = fields.read().unwrap();
        assert_eq!((wanted.public_url, wanted.user, wanted.escalate_tag), (None, None, None));
        assert_eq!(wanted.url.unwrap().as_str(), "https://acme.zendesk.com");
        assert!(typed(" \n").is_none() && typed(" token\r\n").unwrap() == Secret::new("token"));
    }

    #[test]
    fn a_wrong_field_is_named() {
        let fields =
            ZendeskFields { name: "Acme", url: "https://acme.zendesk.com", public_url: "", user: "", escalate_tag: "" };
        assert!(fields.read().unwrap_err().to_string().starts_with("the connection's name is wrong"));
        let none = ZendeskFields { name: "acme", url: "", ..fields };
        assert!(none.read().unwrap_err().to_string().contains("address is missing"));
        let fields =
            GithubFields { repositories: "acme/product, acme/docs\r\nacme", organization: "", url: "", public_url: "" };
        assert!(fields.read().unwrap_err().to_string().contains("\"acme\" is no repository"));
        let two = GithubFields { repositories: "acme/product,acme/docs\r\n", ..fields };
        assert_eq!(two.read().unwrap().repositories.len(), 2);
        let whole = GithubFields { organization: "https://github.com/acme", ..two };
        assert!(whole.read().unwrap_err().to_string().contains("the organization is wrong"));
    }
}
