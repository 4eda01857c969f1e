//! Service accounts: their owners, their credentials, and how both end.

mod accounts;
mod ends;
mod exchange;
mod in_people;
mod keys;
mod kinds;
mod matrix;
mod ownership;
pub mod secrets;

use crate::support::world::{Answer, Client, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::api::openapi;

/// A service account of a world, with its owner signed in.
pub struct Machine {
    pub id: String,
    pub page: String,
    pub owner: Client,
}

impl Machine {
    /// Adds one by ada, for an owner who is signed in.
    pub async fn add(world: &World, name: &str, owner: &str) -> Self {
        let added = add(&mut world.sign_in("ada").await, name, owner).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let id = world.identity(name).await;
        let page = format!("/access/machines/{id}");
        assert_eq!(added.location(), page);
        Self { id, page, owner: world.sign_in(owner).await }
    }

    /// Makes a credential by the owner, and returns the client secret.
    pub async fn secret(&mut self, label: &str) -> String {
        secret_on(&self.owner.post(&self.page, &make(label, "1d")).await)
    }

    /// Gives a role by the administrator, who must not be the owner.
    pub async fn give(&self, world: &World, role: &str, within: &str) {
        let fields = [("action", "give-role"), ("role", role), ("within", within), ("lasts", "")];
        let account = format!("/access/identities/{}", self.id);
        let given = world.sign_in("ada").await.post(&account, &fields).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.body);
    }
}

/// Posts the form that adds a service account.
pub async fn add(admin: &mut Client, name: &str, owner: &str) -> Answer {
    let fields = [
        ("display-name", "A machine"),
        ("name", name),
        ("owner", owner),
        ("purpose", "For a test."),
        ("environment", "dev"),
    ];
    admin.post("/access/machines/add", &fields).await
}

/// The fields of the form that makes a credential.
pub fn make<'a>(label: &'a str, overlap: &'a str) -> [(&'a str, &'a str); 4] {
    [("action", "make-credential"), ("label", label), ("lasts", "90d"), ("overlap", overlap)]
}

/// The client secret that a page shows.
pub fn secret_on(shown: &Answer) -> String {
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let secret = shown.page().revealed();
    assert!(secret.starts_with("dw_"), "a client secret");
    secret
}

/// A program that asks the API.
#[derive(Clone)]
pub struct Program {
    pub client: Client,
    /// Its session's handle, or a client secret.
    pub token: Option<String>,
    /// The value of `If-Match`.
    pub version: Option<&'static str>,
}

impl Program {
    pub fn new(world: &World, token: Option<&str>) -> Self {
        Self { client: world.visitor(), token: token.map(str::to_owned), version: None }
    }

    /// Begins a session.
    pub async fn begin(world: &World, secret: &str) -> Self {
        Self::within(world, secret, &json!({})).await
    }

    /// Begins a session that is narrowed.
    pub async fn within(world: &World, secret: &str, bounds: &Value) -> Self {
        let mut program = Self::new(world, Some(secret));
        let begun = program.post("/sessions", bounds).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.body);
        program.token = Some(body(&begun)["token"].as_str().expect("a token").to_owned());
        program
    }

    pub async fn get(&mut self, address: &str) -> Answer {
        self.ask(Method::GET, address, None).await
    }

    pub async fn post(&mut self, address: &str, body: &Value) -> Answer {
        self.ask(Method::POST, address, Some(body.to_string())).await
    }

    pub async fn ask(&mut self, method: Method, address: &str, body: Option<String>) -> Answer {
        let asked = method.as_str().to_lowercase();
        let mut request = self.client.request(method, &format!("/api/v1{address}"));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(version) = self.version {
            request = request.header(header::IF_MATCH, version);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let answer = self.client.send(request.body(body.map_or_else(Body::empty, Body::from)).unwrap()).await;
        is_fit_for_programs(&answer);
        is_documented(&asked, address, &answer);
        answer
    }
}

/// What holds for every answer of the API.
fn is_fit_for_programs(answer: &Answer) {
    let is_error = answer.status.is_client_error() || answer.status.is_server_error();
    let kind = if is_error { "application/problem+json" } else { "application/json" };
    assert!(
        answer.status == StatusCode::NO_CONTENT || answer.header("content-type") == kind,
        "{}",
        answer.everything()
    );
    assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-store", "nosniff"));
    assert!(!answer.headers.contains_key(header::SET_COOKIE), "the API sets no cookie");
    let challenged = answer.headers.contains_key(header::WWW_AUTHENTICATE);
    assert_eq!(challenged, answer.status == StatusCode::UNAUTHORIZED);
}

/// An operation answers with no status and no field that its description does not have.
fn is_documented(method: &str, address: &str, answer: &Answer) {
    let path = address.split('?').next().unwrap_or_default();
    let names = |pattern: &str| {
        let fits = |(part, name): (&str, &str)| part == name || part == "{id}";
        pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(fits)
    };
    let document = openapi::document();
    let found = document["paths"].as_object().expect("paths").iter().find(|(pattern, _)| names(pattern));
    let Some(operation) = found.and_then(|(_, methods)| methods.get(method)) else { return };
    let described = &operation["responses"][answer.status.as_str()];
    assert!(described.is_object(), "{method} {address}: {} is not documented", answer.status);
    let Some((_, content)) = described["content"].as_object().and_then(|content| content.iter().next()) else {
        return assert!(answer.body.is_empty());
    };
    let name = content["schema"]["$ref"].as_str().expect("a schema").trim_start_matches("#/components/schemas/");
    let schema = &document["components"]["schemas"][name];
    let sent = body(answer);
    let Some(known) = schema["properties"].as_object() else { return };
    let unknown: Vec<_> =
        sent.as_object().expect("an object").keys().filter(|field| !known.contains_key(*field)).collect();
    assert!(unknown.is_empty(), "{method} {address}: {unknown:?} is not documented");
    let required = schema["required"].as_array().expect("a list").iter();
    assert!(required.into_iter().all(|field| sent.get(field.as_str().expect("a name")).is_some()), "{}", answer.body);
}

/// The JSON of an answer.
pub fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}
