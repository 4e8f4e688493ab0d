//! Patterns that select requests: `METHOD /path` with wildcards.

/// A method and a path. `*` matches any method or one segment of the path, `**` at the end matches the rest.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    method: String,
    parts: Vec<String>,
}

impl Pattern {
    /// Reads `METHOD /path`. Without a method, any method matches.
    pub(super) fn read(text: &str) -> Self {
        let (method, path) = text.split_once(' ').unwrap_or(("*", text));
        Self { method: method.to_owned(), parts: parts(path).map(str::to_owned).collect() }
    }

    /// Whether a request matches. A `.json` at the end of its path is ignored.
    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut given = parts(path.strip_suffix(".json").unwrap_or(path));
        for wanted in &self.parts {
            match (wanted.as_str(), given.next()) {
                ("**", _) => return true,
                ("*", Some(_)) => {}
                (wanted, Some(part)) if wanted == part => {}
                _ => return false,
            }
        }
        given.next().is_none()
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_methods_and_parts_of_paths() {
        let fits = |pattern: &str, method: &str, path: &str| Pattern::read(pattern).fits(method, path);
        assert!(fits("PUT /api/v2/tickets/*", "PUT", "/api/v2/tickets/5.json"));
        assert!(!fits("PUT /api/v2/tickets/*", "PUT", "/api/v2/tickets/5/tags"));
        assert!(fits("* /**", "GET", "/"));
        assert!(fits("/repos/**", "GET", "/repos/a/b/issues"));
        assert!(!fits("GET /repos/*", "POST", "/repos/a"));
    }
}
