//! Where a GitHub has its pages and its API: github.com, github.com with a domain of one's own (GHE.com), or an Enterprise Server.

use super::path::segment;
use crate::base::http::Origin;

/// One GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubSite {
    web: Origin,
    api: Origin,
}

/// The host of the pages of the one that most people use.
const PUBLIC: &str = "github.com";
/// Where those with a domain of one's own are.
const OF_ONES_OWN: &str = ".ghe.com";
/// The path of an Enterprise Server's API.
const SERVER_PATH: &str = "/api/v3";

impl GithubSite {
    /// The site whose pages, or whose API, are at this address.
    ///
    /// # Errors
    /// It is the address of a page in it.
    pub fn at(url: &Origin) -> Result<Self, String> {
        let host = url.host();
        if host == PUBLIC || host == "api.github.com" {
            return Self::of("https://github.com", "https://api.github.com");
        }
        if let Some(own) = host.strip_suffix(OF_ONES_OWN) {
            let own = own.strip_prefix("api.").unwrap_or(own);
            return Self::of(&format!("https://{own}{OF_ONES_OWN}"), &format!("https://api.{own}{OF_ONES_OWN}"));
        }
        let text = url.as_str();
        let web = text.strip_suffix(SERVER_PATH).unwrap_or(text);
        let after_scheme = web.split_once("://").map_or(web, |(_, rest)| rest);
        if after_scheme.contains('/') {
            return Err(format!("{text} is a page; give the server's own address, such as https://github.example.com"));
        }
        Self::of(web, &format!("{web}{SERVER_PATH}"))
    }

    fn of(web: &str, api: &str) -> Result<Self, String> {
        Ok(Self { web: Origin::parse(web)?, api: Origin::parse(api)? })
    }

    /// Where people go.
    pub fn web(&self) -> &Origin {
        &self.web
    }

    /// Where programs go.
    pub fn api(&self) -> &Origin {
        &self.api
    }

    /// Whether the settings have to name its API.
    pub fn is_public(&self) -> bool {
        self.web.host() == PUBLIC
    }

    /// The page that takes the manifest of a new App: for an organization, or for whoever is signed in.
    pub fn registration(&self, organization: Option<&str>, state: &str) -> String {
        format!("{}/new?state={}", self.apps_of(organization), segment(state))
    }

    /// A page of the settings of an App: `""` for the first one.
    pub fn settings_of(&self, organization: Option<&str>, slug: &str, part: &str) -> String {
        format!("{}/{}{part}", self.apps_of(organization), segment(slug))
    }

    /// The page that lists the Apps of an organization, or of whoever is signed in.
    pub fn apps_of(&self, organization: Option<&str>) -> String {
        let of = organization.map(|organization| format!("/organizations/{}", segment(organization)));
        format!("{}{}/settings/apps", self.web.as_str(), of.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_and_the_api_are_known_by_either() {
        for (web, api) in [
            ("https://github.com", "https://api.github.com"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            ("https://github.acme.test", "https://github.acme.test/api/v3"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000/api/v3"),
        ] {
            for given in [web, api] {
                let site = GithubSite::at(&Origin::parse(given).unwrap()).unwrap();
                assert_eq!((site.web().as_str(), site.api().as_str()), (web, api), "{given}");
            }
        }
        let page = GithubSite::at(&Origin::parse("https://github.acme.test/acme/product").unwrap());
        assert!(page.unwrap_err().contains("give the server's own address"));
    }

    #[test]
    fn the_pages_of_an_app_are_its_owners() {
        let site = GithubSite::at(&Origin::parse("https://github.com").unwrap()).unwrap();
        assert_eq!(site.registration(None, "a b"), "https://github.com/settings/apps/new?state=a%20b");
        let page = site.settings_of(Some("acme"), "heard-acme", "/permissions");
        assert_eq!(page, "https://github.com/organizations/acme/settings/apps/heard-acme/permissions");
    }
}
