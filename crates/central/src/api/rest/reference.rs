//! The document, and a page to read it by. The page is made of the document when the service starts; it needs no script, no
//! font and no line to the outside.

use std::fmt::Write as _;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use super::RestState;

/// Where the document is.
pub(super) const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where the page is.
pub(super) const PAGE: &str = "/api/v1/reference";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#8881;padding:.75rem;overflow:auto;border-radius:.5rem}\
    section{border-top:1px solid #8886;margin-top:2rem}table{border-collapse:collapse;width:100%}\
    td,th{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8883;vertical-align:top}\
    :root{color-scheme:light dark}summary{cursor:pointer}";

/// Document and page.
pub(super) fn routes(document: &OpenApi) -> Router<RestState> {
    let value = serde_json::to_value(document).unwrap_or_default();
    let (json, page) = (value.to_string(), page(&value));
    Router::new()
        .route(DOCUMENT, get(move || std::future::ready(kept("application/json", json.clone()))))
        .route(PAGE, get(move || std::future::ready(kept("text/html; charset=utf-8", page.clone()))))
}

fn kept(kind: &'static str, body: String) -> Response {
    let mut response = body.into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, &'static str); 3] =
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=300"), (CONTENT_SECURITY_POLICY, policy)];
    for (name, text) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(text));
    }
    response
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn said<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

macro_rules! put {
    ($page:expr, $($what:tt)*) => {{
        // Writing to a text can't fail.
        let _ = write!($page, $($what)*);
    }};
}

fn page(document: &Value) -> String {
    let mut page = String::new();
    let title = escaped(said(&document["info"], "title"));
    put!(page, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}: reference</title>");
    put!(page, "<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><main><h1>{title}</h1>");
    put!(page, "<p>{}</p>", escaped(said(&document["info"], "description")));
    put!(page, "<p>As a document for programs: <a href=\"{DOCUMENT}\">{DOCUMENT}</a></p><nav><ul>");
    let operations = operations(document);
    for (method, path, operation) in &operations {
        let id = escaped(said(operation, "operationId"));
        put!(page, "<li><a href=\"#{id}\"><code>{} {}</code></a></li>", method.to_uppercase(), escaped(path));
    }
    put!(page, "</ul></nav>");
    for (method, path, operation) in &operations {
        put_operation(&mut page, method, path, operation);
    }
    put!(page, "<section><h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        put!(page, "<h3 id=\"schema-{0}\">{0}</h3><p>{1}</p>", escaped(name), escaped(said(schema, "description")));
        put!(page, "<pre>{}</pre>", escaped(&serde_json::to_string_pretty(schema).unwrap_or_default()));
    }
    put!(page, "</section></main></html>");
    page
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter(|(_, one)| one.is_object()).map(move |(method, one)| (method.as_str(), path.as_str(), one))
        })
        .collect()
}

fn put_operation(page: &mut String, method: &str, path: &str, operation: &Value) {
    let (id, summary) = (escaped(said(operation, "operationId")), escaped(said(operation, "summary")));
    put!(page, "<section id=\"{id}\"><h2><code>{} {}</code></h2>", method.to_uppercase(), escaped(path));
    put!(page, "<p><strong>{summary}</strong></p><p>{}</p>", escaped(said(operation, "description")));
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        put!(page, "<table><tr><th>name<th>in<th>required<th>what</tr>");
        for one in parameters {
            let required = if one["required"] == Value::Bool(true) { "yes" } else { "no" };
            let (name, place, about) = (said(one, "name"), said(one, "in"), said(one, "description"));
            put!(page, "<tr><td><code>{}</code><td>{place}<td>{required}<td>{}</tr>", escaped(name), escaped(about));
        }
        put!(page, "</table>");
    }
    if let Some(name) = schema_name(&operation["requestBody"]["content"]["application/json"]) {
        put!(page, "<p>Body: <a href=\"#schema-{0}\">{0}</a></p>", escaped(name));
    }
    put!(page, "<details><summary>Answers</summary><table><tr><th>status<th>what<th>body</tr>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let contents = answer["content"].as_object().into_iter().flatten();
        let bodies: Vec<String> = contents
            .filter_map(|(_, content)| schema_name(content))
            .map(|name| format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name)))
            .collect();
        let about = escaped(said(answer, "description"));
        put!(page, "<tr><td>{}<td>{about}<td>{}</tr>", escaped(status), bodies.join(" "));
    }
    put!(page, "</table></details></section>");
}

fn schema_name(content: &Value) -> Option<&str> {
    content["schema"]["$ref"].as_str()?.rsplit('/').next()
}
