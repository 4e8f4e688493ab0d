//! Which methods an address of the API has, by the description: for whoever comes with another one.

use std::collections::BTreeSet;

use utoipa::openapi::OpenApi;

/// The addresses of the API, each with one of its methods.
pub struct Methods(Vec<(String, &'static str)>);

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
                if operation.is_some() {
                    described.push((address.clone(), method));
                }
            }
        }
        Self(described)
    }

    /// The methods that are served at this path, as `Allow` lists them; `None` if nothing lives there. An address that is described word
    /// for word is itself, and not an id that happens to be that word.
    pub fn at(&self, path: &str) -> Option<String> {
        let is_described = self.0.iter().any(|(address, _)| address == path);
        let here =
            self.0.iter().filter(|(address, _)| if is_described { address == path } else { fits(address, path) });
        let methods: BTreeSet<&str> = here.map(|(_, method)| *method).collect();
        (!methods.is_empty()).then(|| methods.into_iter().collect::<Vec<_>>().join(", "))
    }
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

    #[test]
    fn an_address_has_the_methods_that_are_described_for_it() {
        let methods = Methods(vec![
            ("/api/v1/sessions/{id}".to_owned(), "DELETE"),
            ("/api/v1/sessions/end".to_owned(), "POST"),
            ("/api/v1/topics/{id}".to_owned(), "PATCH"),
            ("/api/v1/topics/{id}".to_owned(), "GET"),
        ]);
        assert_eq!(methods.at("/api/v1/sessions/end").as_deref(), Some("POST"));
        assert_eq!(methods.at("/api/v1/sessions/7").as_deref(), Some("DELETE"));
        assert_eq!(methods.at("/api/v1/topics/7").as_deref(), Some("GET, PATCH"));
        for nowhere in ["/api/v1/sessions", "/api/v1/sessions/", "/api/v1/sessions/7/x", ""] {
            assert_eq!(methods.at(nowhere), None, "{nowhere}");
        }
    }
}
