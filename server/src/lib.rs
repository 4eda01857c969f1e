//! The Doorward server: the router, which tests share with the program, and everything behind it.

pub mod access;
pub mod account;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod db;
pub mod demo;
pub mod http;
pub mod identities;
pub mod ledger;
pub mod observe;
pub mod outgoing;
pub mod private_file;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub mod unit;
pub mod vault;
pub mod webhook;

use app::console::assets::Assets;
use app::page::RouteInfo;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use backend::SqlBackend;
use http::address::TrustedProxies;
use http::origins::Origins;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the router needs of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where scripts, styles and icons are.
    pub site_root: PathBuf,
    /// Their names.
    pub assets: Assets,
    /// The origins that browsers see.
    pub origins: Origins,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Whether browsers reach this server by TLS.
    pub tls: bool,
    /// Whether each page shows what was asked for it.
    pub xray: bool,
}

/// What every handler shares.
#[derive(Clone)]
pub struct Shared {
    /// The stores.
    pub backend: Arc<SqlBackend>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The open tails of the ledger.
    pub tails: ledger::tails::Tails,
}

/// The whole router: every address there is, and the layers around it.
pub fn router(backend: SqlBackend, settings: Settings) -> Router {
    let shared =
        Shared { backend: Arc::new(backend), settings: Arc::new(settings), tails: ledger::tails::Tails::default() };
    http::floods::start(&shared.backend);
    let documents = get(http::documents::document).post(http::documents::document);
    let in_advance: Vec<String> = app::routes::manifest().iter().filter(|door| door.prefetch).map(spelled).collect();
    let mut router = Router::new();
    for listing in leptos_axum::generate_route_list(app::routes::Pages) {
        let page = documents.clone();
        let asks_first = !in_advance.iter().any(|address| address == listing.path());
        let page = if asks_first { page.layer(from_fn(http::documents::not_in_advance)) } else { page };
        router = router.route(listing.path(), page);
    }
    for (pattern, start) in app::routes::downloads() {
        let file = get(move |state, request| http::streamed::download(state, request, start));
        router = router.route(&axum_pattern(pattern), file.layer(from_fn(http::documents::not_in_advance)));
    }
    for (pattern, start) in app::routes::streams() {
        let stream = get(move |state, request| http::streamed::stream(state, request, start));
        router = router.route(&axum_pattern(pattern), stream.layer(from_fn(http::documents::not_in_advance)));
    }
    let router = router
        .route("/api/{*function}", any(http::server_functions::call))
        .route(app::sessions::live::ADDRESS, get(sessions::live::stream))
        .route(app::sessions::live::EMPTIED, post(sessions::live::emptied))
        .route(app::sign_in::challenge::ADDRESS, post(sign_in::challenge::challenge))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .merge(http::documents::files(&shared.settings.site_root))
        .fallback(http::documents::no_such_address);
    http::layers::around(router, &shared).with_state(shared)
}

/// A pattern as axum spells it: `/secrets/{id}` for `/secrets/:id`.
#[must_use]
pub fn axum_pattern(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

fn spelled(door: &RouteInfo) -> String {
    axum_pattern(door.address)
}

async fn ready(axum::extract::State(shared): axum::extract::State<Shared>) -> (StatusCode, &'static str) {
    match shared.backend.database.check_writable().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written\n"),
    }
}
