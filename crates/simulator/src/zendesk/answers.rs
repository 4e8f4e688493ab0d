//! Answers that several of Zendesk's routes share.

use serde_json::{Value, json};

use crate::message::Response;

/// Zendesk's 404, for what does not exist or is not visible.
pub(super) fn not_found() -> Response {
    Response::json(404, &json!({"error": "RecordNotFound", "description": "Not found"}))
}

/// A list that fits on one page.
pub(super) fn listed(name: &str, list: &[Value]) -> Response {
    let meta = json!({"has_more": false, "after_cursor": null, "before_cursor": null});
    Response::json(
        200,
        &json!({name: list, "count": list.len(), "next_page": null, "previous_page": null, "meta": meta}),
    )
}

/// Zendesk's 422.
pub(super) fn invalid(field: &str, text: &str) -> Response {
    let body = json!({
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {field: [{"description": text}]},
    });
    Response::json(422, &body)
}

/// The 403 of Zendesk's newer APIs.
pub(super) fn forbidden(title: &str) -> Response {
    Response::json(403, &json!({"errors": [{"code": "Forbidden", "title": title}]}))
}
