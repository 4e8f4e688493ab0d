//! The API's description, for programs (`/openapi.yaml`) and for people (`/docs`). Both are public: they hold no data.

use std::sync::LazyLock;

use actix_web::{HttpResponse, web};
use askama::Template;
use utoipa::openapi::{
    RefOr, Schema,
    path::{Operation, Parameter, ParameterIn},
};

use super::openapi;
use crate::web::{
    problem::{Problem, ProblemType},
    refusal, ui,
};

/// `/openapi.yaml` and `/docs`.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/openapi.yaml", web::get().to(yaml)).route("/docs", web::get().to(page));
}

static YAML: LazyLock<Result<String, String>> = LazyLock::new(super::openapi_yaml);

async fn yaml() -> Result<HttpResponse, Problem> {
    match &*YAML {
        Ok(yaml) => Ok(HttpResponse::Ok().content_type("application/yaml").body(yaml.as_str())),
        Err(error) => {
            tracing::error!(error, "The API's description cannot be written");
            Err(Problem::of(ProblemType::Internal))
        }
    }
}

#[derive(Template)]
#[template(path = "public/docs.html")]
struct Page {
    groups: Vec<Group>,
    problems: Vec<(u16, &'static str, &'static str)>,
    refusals: Vec<&'static str>,
}

/// The nouns in the order people meet them.
const NOUNS: [&str; 9] =
    ["topics", "tickets", "updates", "customers", "organizations", "releases", "deliveries", "promises", "sessions"];

struct Group {
    noun: String,
    calls: Vec<Call>,
}

struct Call {
    method: &'static str,
    path: String,
    says: String,
    takes: Vec<(String, String)>,
}

async fn page() -> Result<HttpResponse, Problem> {
    let api = openapi();
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in &api.paths.paths {
        let methods = [
            ("GET", &methods.get),
            ("POST", &methods.post),
            ("PUT", &methods.put),
            ("PATCH", &methods.patch),
            ("DELETE", &methods.delete),
        ];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            let noun = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
            let call = called(method, path, operation);
            match groups.iter_mut().find(|group| group.noun == noun) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group { noun, calls: vec![call] }),
            }
        }
    }
    groups.sort_by_key(|group| NOUNS.iter().position(|noun| *noun == group.noun).unwrap_or(NOUNS.len()));
    let problems = ProblemType::ALL.iter().map(|what| (what.status().as_u16(), what.uri(), what.title())).collect();
    let refusals = refusal::ALL.iter().filter_map(|uri| uri.rsplit(':').next()).collect();
    Ok(ui::page(&Page { groups, problems, refusals }))
}

/// The words that a parameter takes, if it takes no others.
fn words_of(parameter: &Parameter) -> Option<String> {
    let Some(RefOr::T(Schema::Object(object))) = &parameter.schema else { return None };
    let words = object.enum_values.as_ref()?.iter().filter_map(serde_json::Value::as_str);
    Some(words.collect::<Vec<_>>().join(", "))
}

fn called(method: &'static str, path: &str, operation: &Operation) -> Call {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let takes = parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query).map(|parameter| {
        let says = parameter.description.as_deref().unwrap_or_default().replace('`', "");
        let words = words_of(parameter).map_or_else(String::new, |words| format!(" One of {words}."));
        (parameter.name.clone(), format!("{says}{words}"))
    });
    let says = operation.description.clone().or_else(|| operation.summary.clone()).unwrap_or_default();
    Call { method, path: path.to_owned(), says, takes: takes.collect() }
}
