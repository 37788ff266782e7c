//! The OpenAPI document: what the handlers say of themselves, and what holds for every call of a kind.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ComponentsBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
};

use super::headers::KEY;
use super::problem::{Problem, ProblemField};
use crate::api::limits::{KEY_CHARS_MAX, KEY_HOURS};

const ABOUT: &str = "Orders, customers, the change feed and webhooks of head office. Every refusal is \
    `application/problem+json` that names field and rule; programs branch on `code`. A POST needs a name of the caller's own in \
    `Idempotency-Key`: repeated with the same body it has one effect and gives the first answer for 24 hours. `ETag`, \
    `If-Match` and `expected_version` keep one change from overwriting another. Headers of more than 16 KiB are answered by 431 \
    before the service sees them.";

/// What stands above the paths.
pub(super) fn head() -> OpenApi {
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = ComponentsBuilder::new()
        .schema_from::<Problem>()
        .schema_from::<ProblemField>()
        .security_scheme("token", SecurityScheme::Http(token))
        .build();
    let tags = [
        ("orders", "Orders: placed, followed, changed, called off."),
        ("customers", "Customers: who orders, and whether orders are taken."),
        ("events", "What changed, in its order."),
        ("webhooks", "The same, brought to an address."),
    ];
    let tag = |(name, about): (&str, &str)| TagBuilder::new().name(name).description(Some(about)).build();
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Docket").version("1").description(Some(ABOUT)).build())
        .tags(Some(tags.map(tag)))
        .components(Some(components))
        .security(Some([SecurityRequirement::new("token", Vec::<String>::new())]))
        .build()
}

/// Adds what every call of a kind takes and may be refused with.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let names_something = path.contains('{');
        for (method, operation) in operations(item) {
            Kind::of(method, operation, names_something).complete(operation);
        }
    }
    link(&mut document);
    document
}

/// Leads from the answer that makes a thing to each call that is about this thing alone, so that a program can follow: the thing's id
/// stands in the answer under the name that it has in the path.
fn link(document: &mut OpenApi) {
    let mut about: Vec<(String, String)> = Vec::new();
    for (path, item) in &mut document.paths.paths {
        let one = path.matches('{').count() == 1;
        let ids = operations(item).filter_map(|(_, operation)| operation.operation_id.clone());
        about.extend(ids.filter(|_| one).map(|id| (path.clone(), id)));
    }
    for (path, item) in &mut document.paths.paths {
        let Some(RefOr::T(made)) = item.post.as_mut().and_then(|post| post.responses.responses.get_mut("201")) else {
            continue;
        };
        let below = format!("{path}/{{");
        for (place, operation) in &about {
            let Some((name, _)) = place.strip_prefix(&below).and_then(|rest| rest.split_once('}')) else { continue };
            let link = LinkBuilder::new().operation_id(operation).parameter(name, format!("$response.body#/{name}"));
            made.links.insert(operation.clone(), link.build().into());
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::Get, item.get.as_mut()),
        (Method::Post, item.post.as_mut()),
        (Method::Patch, item.patch.as_mut()),
        (Method::Delete, item.delete.as_mut()),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// What decides how a call may be refused.
struct Kind {
    method: Method,
    has_body: bool,
    names_something: bool,
    /// Whether it holds a tag against what is there.
    matches: bool,
}

/// Status, what it means, and whether it says when to come back.
type Refusal = (u16, &'static str, bool);

impl Kind {
    fn of(method: Method, operation: &Operation, names_something: bool) -> Self {
        let of_webhook = operation.tags.iter().flatten().any(|tag| tag == "webhooks");
        let matches = names_something && method != Method::Get && !of_webhook;
        Kind { method, has_body: operation.request_body.is_some(), names_something, matches }
    }

    fn refusals(&self) -> Vec<Refusal> {
        let mut all: Vec<Refusal> = vec![
            (400, "A field, a header, the path or the query breaks a rule; `violations` name it.", false),
            (401, "No usable token.", false),
            (403, "The caller may not do this.", false),
            (405, "The path does not take the method; the header Allow says what it takes.", false),
            (406, "The caller does not read application/json.", false),
            (429, "Too many calls.", true),
            (500, "A fault of the service. The call may be repeated with the same key.", false),
            (503, "The service can't work now; the same call may pass later.", true),
        ];
        if self.names_something {
            all.push((404, "There is no such thing, or the caller may not know of it.", false));
        }
        if self.has_body {
            all.push((408, "The body did not come in time.", false));
            all.push((413, "The body is too large.", false));
            all.push((415, "The body is not application/json.", false));
        }
        if self.method == Method::Post || self.method == Method::Patch {
            all.push((422, "The key came with another request before.", false));
        }
        if self.method != Method::Get {
            all.push((409, "The state does not allow it, the version is another one, or the key is in use.", true));
        }
        if self.matches {
            all.push((412, "The tag of If-Match is not the tag any more.", false));
        }
        all
    }

    fn complete(&self, operation: &mut Operation) {
        for (status, about, waits) in self.refusals() {
            let refusal = refusal(about, waits, status == 401, status == 405);
            operation.responses.responses.insert(status.to_string(), refusal.into());
        }
        let parameters = operation.parameters.get_or_insert_default();
        match self.method {
            Method::Post => parameters.push(key(Required::True).into()),
            Method::Patch => parameters.push(key(Required::False).into()),
            Method::Get | Method::Delete => {}
        }
        if self.matches {
            parameters.push(if_match().into());
        }
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn refusal(about: &str, waits: bool, asks: bool, lists: bool) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response = ResponseBuilder::new().description(about).content("application/problem+json", content);
    if waits {
        let seconds: Object = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header =
            HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait, where it is known.")).build();
        response = response.header("Retry-After", header);
    }
    for (wanted, name) in [(asks, "WWW-Authenticate"), (lists, "Allow")] {
        if wanted {
            response = response.header(name, HeaderBuilder::new().schema(Some(text().build())).build());
        }
    }
    response.build()
}

fn key(required: Required) -> Parameter {
    let about =
        format!("A name of the caller's own for this act. The first answer is given again for {KEY_HOURS} hours.");
    let schema = text().min_length(Some(1)).max_length(Some(KEY_CHARS_MAX)).pattern(Some("^[!-~]+$")).build();
    ParameterBuilder::new()
        .name(KEY)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The tag that the header ETag gave: the act is done only on that version."))
        .schema(Some(text().pattern(Some("^(\\*|\"[0-9]+\")$")).build()))
        .build()
}
