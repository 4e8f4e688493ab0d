//! Redirects. GitHub sends them for repositories that were renamed. They are followed when something is read, and only to
//! the same GitHub, as the next page of a list is: what answers in its name must not lead us to a machine inside the network, nor to anybody with our token.

use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

/// How many are followed, one after another.
pub(super) const AT_MOST: usize = 3;

/// Where the API is.
pub(super) struct ApiHome {
    base: Url,
    /// The base's path: empty on github.com, `/api/v3` on an Enterprise Server.
    base_path: String,
}

impl ApiHome {
    /// Reads the base of the API.
    pub(super) fn new(api: &str) -> Result<Self, String> {
        let base = Url::parse(api).map_err(|error| error.to_string())?;
        let base_path = base.path().trim_end_matches('/').to_owned();
        Ok(Self { base, base_path })
    }

    /// Path and query of the next page of a list.
    pub(super) fn next_page(&self, headers: &HeaderMap) -> Option<String> {
        let link = headers.get(header::LINK)?.to_str().ok()?;
        let target = link.split(',').find(|part| part.contains("rel=\"next\""))?;
        let target = target.trim_start().strip_prefix('<')?.split_once('>')?.0;
        let url = Url::parse(target).ok()?;
        let path = url.path().strip_prefix(&self.base_path).unwrap_or(url.path());
        Some(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }

    /// The path below the API's base to read instead, if an answer leads to another one of the same GitHub.
    pub(super) fn onward(&self, method: &Method, status: StatusCode, headers: &HeaderMap) -> Option<String> {
        let leads = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) && method == Method::GET;
        let location = headers.get(header::LOCATION).filter(|_| leads)?.to_str().ok()?;
        let to = self.base.join(location).ok().filter(|to| to.origin() == self.base.origin())?;
        let below = to.path().strip_prefix(&self.base_path)?;
        let path = below.starts_with('/').then_some(below)?;
        Some(to.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_followed_to_the_same_github_only() {
        let leads = |api: &str, method: Method, to: &'static str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, http::HeaderValue::from_static(to))]);
            ApiHome::new(api).unwrap().onward(&method, StatusCode::MOVED_PERMANENTLY, &headers)
        };
        let dotcom = "https://api.github.com";
        let to = |to| leads(dotcom, Method::GET, to);
        assert_eq!(to("https://api.github.com/repositories/1?page=2").as_deref(), Some("/repositories/1?page=2"));
        assert_eq!(to("/repositories/1").as_deref(), Some("/repositories/1"));
        for elsewhere in [
            "http://169.254.169.254/latest/meta-data/iam",
            "//evil.test/repositories/1",
            "http://api.github.com/repositories/1",
            "https://api.github.com:8443/repositories/1",
            "https://api.github.com.evil.test/",
            "https://api.github.com@evil.test/",
            "file:///etc/passwd",
        ] {
            assert_eq!(to(elsewhere), None, "{elsewhere}");
        }
        let server = "https://github.acme.test/api/v3";
        let inside = leads(server, Method::GET, "https://github.acme.test/api/v3/repositories/1");
        assert_eq!(inside.as_deref(), Some("/repositories/1"));
        assert_eq!(leads(server, Method::GET, "https://github.acme.test/login"), None, "outside of the API");
        assert_eq!(leads(server, Method::GET, "https://github.acme.test/api/v30/x"), None);
        assert_eq!(leads(dotcom, Method::POST, "/repositories/1/issues"), None, "only what is read");
    }
}
