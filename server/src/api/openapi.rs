//! The API's description: OpenAPI 3.1. A test holds it against the routes, and every test of the API holds its answers
//! against it.

use app::secrets::store::SecretKind;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What an operation is, beside its address.
struct Operation {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// Names of parameters of the address's query.
    query: &'static [&'static str],
    /// The schema of the body, if it takes one.
    body: Option<&'static str>,
    /// The status and the schema of its success.
    success: (u16, Option<&'static str>),
    /// Its own errors, beside those that every operation has.
    errors: &'static [u16],
}

/// Errors of every operation.
const ALWAYS: [u16; 5] = [401, 413, 422, 429, 503];

const OPERATIONS: [Operation; 10] = [
    Operation {
        method: "get",
        path: "/openapi.json",
        id: "describe",
        summary: "This document",
        query: &[],
        body: None,
        success: (200, Some("Document")),
        errors: &[],
    },
    Operation {
        method: "post",
        path: "/challenges",
        id: "askForChallenge",
        summary: "Get a challenge, which a machine signs with its key pair",
        query: &[],
        body: None,
        success: (201, Some("Challenge")),
        errors: &[],
    },
    Operation {
        method: "post",
        path: "/sessions",
        id: "beginSession",
        summary: "Exchange a client secret, or a signed challenge, for a session",
        query: &[],
        body: Some("Exchange"),
        success: (201, Some("Session")),
        errors: &[400, 415],
    },
    Operation {
        method: "delete",
        path: "/sessions/current",
        id: "endSession",
        summary: "End the session that asks",
        query: &[],
        body: None,
        success: (204, None),
        errors: &[],
    },
    Operation {
        method: "get",
        path: "/whoami",
        id: "whoAmI",
        summary: "Who asks, and what the session may do",
        query: &[],
        body: None,
        success: (200, Some("WhoAmI")),
        errors: &[],
    },
    Operation {
        method: "get",
        path: "/secrets",
        id: "listSecrets",
        summary: "List secrets that the session may know of",
        query: &["environment", "name", "limit", "cursor"],
        body: None,
        success: (200, Some("SecretPage")),
        errors: &[403],
    },
    Operation {
        method: "get",
        path: "/secrets/{id}",
        id: "readSecret",
        summary: "Read what is said about a secret",
        query: &[],
        body: None,
        success: (200, Some("Secret")),
        errors: &[403, 404],
    },
    Operation {
        method: "get",
        path: "/secrets/{id}/value",
        id: "readValue",
        summary: "Reveal the present value by one request, with a session or a client secret",
        query: &[],
        body: None,
        success: (200, Some("Value")),
        errors: &[403, 404, 405, 500],
    },
    Operation {
        method: "post",
        path: "/secrets/{id}/reveal",
        id: "revealSecret",
        summary: "Reveal the present value, or the one that a label names",
        query: &["label"],
        body: Some("Reason"),
        success: (200, Some("Value")),
        errors: &[400, 403, 404, 415, 500],
    },
    Operation {
        method: "post",
        path: "/secrets/{id}/versions",
        id: "addVersion",
        summary: "Replace the value",
        query: &[],
        body: Some("NewVersion"),
        success: (201, Some("Version")),
        errors: &[400, 403, 404, 412, 415, 428],
    },
];

fn problem(status: u16) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": format!("Status {status}; `code` tells why"), "content": { "application/problem+json": { "schema": schema } } })
}

impl Operation {
    fn parameters(&self) -> Vec<Value> {
        let text = json!({ "type": "string" });
        let query = self.query.iter().map(|name| {
            let schema = match *name {
                "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 200 }),
                "label" => {
                    json!({ "type": "string", "enum": ["current", "previous", "pending"], "default": "current" })
                }
                _ => text.clone(),
            };
            json!({ "name": name, "in": "query", "required": false, "schema": schema })
        });
        let mut parameters: Vec<_> = query.collect();
        if self.path.contains("{id}") {
            parameters.push(json!({ "name": "id", "in": "path", "required": true, "schema": text }));
        }
        if self.errors.contains(&412) {
            parameters.push(json!({ "name": "If-Match", "in": "header", "required": true, "schema": text,
                "description": "The ETag of the version that is replaced, or *" }));
        }
        parameters
    }

    fn describe(&self) -> Value {
        let (status, schema) = self.success;
        let content = schema.map(|name| {
            let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            json!({ "application/json": { "schema": schema } })
        });
        let mut success = json!({ "description": self.summary });
        if let (Some(content), Some(fields)) = (content, success.as_object_mut()) {
            fields.insert("content".to_owned(), content);
        }
        let mut responses = Map::from_iter([(status.to_string(), success)]);
        for status in ALWAYS.iter().chain(self.errors) {
            responses.insert(status.to_string(), problem(*status));
        }
        let security = match self.path {
            "/openapi.json" | "/challenges" => json!([]),
            "/sessions" => json!([{ "clientSecret": [] }, {}]),
            "/secrets/{id}/value" => json!([{ "session": [] }, { "clientSecret": [] }]),
            _ => json!([{ "session": [] }]),
        };
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "parameters": self.parameters(),
            "security": security,
            "responses": responses,
        });
        if let (Some(name), Some(fields)) = (self.body, described.as_object_mut()) {
            let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            let required = name == "NewVersion";
            let body = json!({ "required": required, "content": { "application/json": { "schema": schema } } });
            fields.insert("requestBody".to_owned(), body);
        }
        described
    }
}

/// An object that has exactly these fields. A name that ends with `?` may be missing.
fn object(fields: &[(&str, Value)]) -> Value {
    let name = |field: &str| field.trim_end_matches('?').to_owned();
    let properties: Map<_, _> = fields.iter().map(|(field, schema)| (name(field), schema.clone())).collect();
    let required: Vec<_> =
        fields.iter().filter(|(field, _)| !field.ends_with('?')).map(|(field, _)| name(field)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn list_of(schema: &Value) -> Value {
    json!({ "type": "array", "items": schema })
}

fn schemas() -> Value {
    let (text, number, yes) = (json!({ "type": "string" }), json!({ "type": "integer" }), json!({ "type": "boolean" }));
    let time = json!({ "type": "string", "format": "date-time" });
    let bound = json!({ "type": ["array", "null"], "items": { "type": "string" } });
    let texts = list_of(&text);
    let kind = json!({ "type": "string", "enum": SecretKind::ALL.map(SecretKind::as_str) });
    let row = [
        ("id", text.clone()),
        ("name", text.clone()),
        ("environment", text.clone()),
        ("owner", text.clone()),
        ("kind", kind.clone()),
        ("version", number.clone()),
        ("updated_at", time.clone()),
    ];
    let about =
        [("created_at", time.clone()), ("description", text.clone()), ("tags", texts.clone()), ("archived", yes)];
    let right = object(&[("permission", text.clone()), ("environment", text.clone())]);
    let current = object(&[
        ("id", text.clone()),
        ("ends_at", time.clone()),
        ("permissions", bound.clone()),
        ("environments", bound),
    ]);
    let text_alone = json!({ "type": "string", "enum": [SecretKind::Text.as_str()] });
    let next = json!({ "type": ["string", "null"] });
    let error = object(&[("pointer", text.clone()), ("detail", text.clone())]);
    let lifetime = json!({ "type": "integer", "minimum": 1, "maximum": 3600, "default": 900 });
    json!({
        "Document": { "type": "object" },
        "Challenge": object(&[("challenge", text.clone()), ("origin", text.clone()), ("expires_in", number.clone())]),
        "Exchange": object(&[("client_secret?", text.clone()), ("credential?", text.clone()), ("challenge?", text.clone()),
            ("signature?", text.clone()), ("permissions?", texts.clone()), ("environments?", texts),
            ("lifetime_seconds?", lifetime)]),
        "Session": object(&[("token", text.clone()), ("token_type", text.clone()), ("session", text.clone()),
            ("ends_at", time), ("expires_in", number.clone())]),
        "WhoAmI": object(&[("identity", text.clone()), ("name", text.clone()), ("kind", text.clone()),
            ("session", current), ("rights", list_of(&right))]),
        "SecretPage": object(&[("secrets", list_of(&object(&row))), ("next_cursor", next)]),
        "Secret": object(&[row.as_slice(), about.as_slice()].concat()),
        "Value": object(&[("id", text.clone()), ("version?", number.clone()), ("kind", kind), ("value?", text.clone()),
            ("file_name?", text.clone()), ("base64?", text.clone())]),
        "Reason": object(&[("reason?", text.clone())]),
        "NewVersion": object(&[("value", text.clone()), ("kind?", text_alone), ("reason?", text.clone())]),
        "Version": object(&[("id", text.clone()), ("version", number.clone())]),
        "Problem": object(&[("status", number), ("title", text.clone()), ("code", text.clone()), ("detail?", text.clone()),
            ("record?", text.clone()), ("permission?", text.clone()), ("environment?", text), ("errors?", list_of(&error))]),
    })
}

static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// Returns the document as a text, which is made once.
pub fn text() -> &'static str {
    &TEXT
}

/// Returns the whole document.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(operation.path.to_owned()).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), operation.describe());
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Doorward", "version": "1", "description": "Secrets for machines. See docs/api.md." },
        "servers": [{ "url": super::paths::ROOT }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "clientSecret": { "type": "http", "scheme": "bearer", "description": "A client secret, dw_…" },
                "session": { "type": "http", "scheme": "bearer", "description": "The token of a session" },
            },
        },
    })
}
