//! The Doorward server: the router, which tests share with the program, and everything behind it.

pub mod address;
pub mod assets;
pub mod authn;
pub mod clock;
pub mod commands;
pub mod config;
pub mod context;
pub mod cookies;
pub mod documents;
pub mod import;
pub mod layers;
pub mod origins;
pub mod seed;
pub mod serve;
pub mod server_functions;
pub mod store;
pub mod vault;

use crate::address::TrustedProxies;
use crate::origins::Origins;
use crate::store::SqlBackend;
use app::ui::Assets;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, get};
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
}

/// What every handler shares.
#[derive(Clone)]
pub struct Shared {
    /// The stores.
    pub backend: Arc<SqlBackend>,
    /// The settings.
    pub settings: Arc<Settings>,
}

/// The whole router: every address there is, and the layers around it.
pub fn router(backend: SqlBackend, settings: Settings) -> Router {
    let shared = Shared { backend: Arc::new(backend), settings: Arc::new(settings) };
    let documents = get(documents::document).post(documents::document);
    let mut router = Router::new();
    for listing in leptos_axum::generate_route_list(app::routes::Pages) {
        router = router.route(listing.path(), documents.clone());
    }
    let router = router
        .route("/api/{*function}", any(server_functions::call))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .merge(documents::files(&shared.settings.site_root))
        .fallback(documents::no_such_address);
    layers::around(router, &shared).with_state(shared)
}

async fn ready(axum::extract::State(shared): axum::extract::State<Shared>) -> (StatusCode, &'static str) {
    match shared.backend.database.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
