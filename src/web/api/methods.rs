//! What an address of the API takes, by the description: for whoever comes with another method, or says what nobody reads. A filter or
//! a guard that is misspelled, or that stands in the body instead of the address, would be lost without a word.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, dev::ServiceRequest, web::Bytes};
use serde_json::Value;
use url::form_urlencoded;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, ParameterIn},
};

use crate::web::problem::{Problem, ProblemType};

/// One call, as it is described.
struct DescribedCall {
    address: String,
    method: &'static str,
    /// What may stand in the address after `?`.
    query: Vec<String>,
    takes_body: bool,
}

/// The addresses of the API, each with one of its methods.
pub struct Methods(Vec<DescribedCall>);

impl Methods {
    /// Those that are described.
    pub fn of(api: &OpenApi) -> Self {
        let mut described = Vec::new();
        for (address, has) in &api.paths.paths {
            for (method, operation) in [
                ("DELETE", &has.delete),
                ("GET", &has.get),
                ("PATCH", &has.patch),
                ("POST", &has.post),
                ("PUT", &has.put),
            ] {
                if let Some(operation) = operation {
                    described.push(DescribedCall {
                        address: address.clone(),
                        method,
                        query: query_of(operation),
                        takes_body: operation.request_body.is_some(),
                    });
                }
            }
        }
        Self(described)
    }

    /// The methods that are served at this path, as `Allow` lists them; `None` if nothing lives there.
    pub fn at(&self, path: &str) -> Option<String> {
        let methods: BTreeSet<&str> = self.here(path).map(|call| call.method).collect();
        (!methods.is_empty()).then(|| methods.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Why a request is not let through: it says something that its address does not read. What comes to no address that is described
    /// is somebody else's to answer. The path is the one that the request was routed by, in which `%74opics` is `topics`. A body is read
    /// as far as a body of JSON may go, and no further.
    pub async fn unread(&self, request: &mut ServiceRequest) -> Option<Problem> {
        let call = self.here(routed(request.request())).find(|call| call.method == request.method().as_str())?;
        if let Some(problem) = call.refuses(request.query_string()) {
            return Some(problem);
        }
        if call.takes_body {
            return None;
        }
        match request.extract::<Bytes>().await {
            Ok(body) => (!says_nothing(&body)).then(|| call.reads_no_body()),
            Err(error) => Some(Problem::saying(ProblemType::Malformed, error.to_string())),
        }
    }

    /// The calls at this path. An address that is described word for word is itself, and not an id that happens to be that word.
    fn here(&self, path: &str) -> impl Iterator<Item = &DescribedCall> {
        let is_described = self.0.iter().any(|call| call.address == path);
        self.0.iter().filter(move |call| if is_described { call.address == path } else { fits(&call.address, path) })
    }
}

impl DescribedCall {
    /// The refusal of a query with a parameter that nobody reads.
    fn refuses(&self, query: &str) -> Option<Problem> {
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        let unknown = names.find(|name| !self.query.iter().any(|known| known == name))?;
        let known = if self.query.is_empty() { "none".to_owned() } else { format!("`{}`", self.query.join("`, `")) };
        let sentence = format!("`{unknown}` is no parameter of this address. It has: {known}.");
        Some(Problem::saying(ProblemType::Malformed, sentence))
    }

    /// The refusal of a body that nobody reads.
    fn reads_no_body(&self) -> Problem {
        let instead = match self.query.as_slice() {
            [] => String::new(),
            query => format!(" What can be said stands in the address, after `?`: `{}`.", query.join("`, `")),
        };
        Problem::saying(ProblemType::Malformed, format!("No body is read here, and this one says something.{instead}"))
    }
}

/// The path that a request is routed by: the one that was sent may be written in other ways.
pub fn routed(request: &HttpRequest) -> &str {
    request.match_info().as_str()
}

/// The names of the query's parameters.
fn query_of(operation: &Operation) -> Vec<String> {
    let named = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one.name.clone()),
        _ => None,
    });
    named.collect()
}

/// Whether a body has no field: programs send `{}` where there is nothing to say.
fn says_nothing(body: &[u8]) -> bool {
    let is_empty = |body: &Value| body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty);
    body.trim_ascii().is_empty() || serde_json::from_slice(body).is_ok_and(|body: Value| is_empty(&body))
}

fn fits(address: &str, path: &str) -> bool {
    let address: Vec<&str> = address.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let same = |(part, asked): (&&str, &&str)| part == asked || (part.starts_with('{') && !asked.is_empty());
    address.len() == path.len() && address.iter().zip(&path).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(address: &str, method: &'static str, query: &[&str]) -> DescribedCall {
        let query = query.iter().map(|name| (*name).to_owned()).collect();
        DescribedCall { address: address.to_owned(), method, query, takes_body: false }
    }

    #[test]
    fn an_address_has_the_methods_that_are_described_for_it() {
        let methods = Methods(vec![
            call("/api/v1/sessions/{id}", "DELETE", &[]),
            call("/api/v1/sessions/end", "POST", &[]),
            call("/api/v1/topics/{id}", "PATCH", &[]),
            call("/api/v1/topics/{id}", "GET", &[]),
        ]);
        assert_eq!(methods.at("/api/v1/sessions/end").as_deref(), Some("POST"));
        assert_eq!(methods.at("/api/v1/sessions/7").as_deref(), Some("DELETE"));
        assert_eq!(methods.at("/api/v1/topics/7").as_deref(), Some("GET, PATCH"));
        for nowhere in ["/api/v1/sessions", "/api/v1/sessions/", "/api/v1/sessions/7/x", ""] {
            assert_eq!(methods.at(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn what_an_address_does_not_read_is_told() {
        let list = call("/api/v1/updates", "GET", &["state", "after", "limit"]);
        for fits in ["", "state=sent", "limit=7&after=x&state", "&", "st%61te=sent"] {
            assert!(list.refuses(fits).is_none(), "{fits}");
        }
        for unknown in ["topic=7", "state=sent&topic=7", "State=sent", "=7", "state%00=sent"] {
            assert!(list.refuses(unknown).is_some(), "{unknown}");
        }
        let told = list.refuses("topic=7").map(|problem| problem.to_string());
        assert_eq!(
            told.as_deref(),
            Some("`topic` is no parameter of this address. It has: `state`, `after`, `limit`.")
        );
        assert!(["", " \n", "{}", " { } ", "null"].iter().all(|body| says_nothing(body.as_bytes())));
        assert!(["{\"seen\": \"x\"}", "seen=x", "[]", "7", "{"].iter().all(|body| !says_nothing(body.as_bytes())));
    }
}
