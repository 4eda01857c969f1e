//! The Doorward server: the router, which tests share with the program, and everything behind it.

pub mod access;
pub mod account;
pub mod api;
pub mod backend;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod db;
pub mod deliveries;
pub mod demo;
pub mod http;
pub mod identities;
pub mod ledger;
pub mod observe;
pub mod outgoing;
pub mod private_file;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod sign_in;
pub use account::webhook;
pub use backend::unit;
pub mod vault;

use app::backend::Backend;
use app::console::assets::Assets;
use app::console::document::document;
use app::console::xray::{self, Xray};
use app::console::{Console, Extra, RequestContext};
use app::page::Meter;
use axum::Router;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::routing::{get, post};
use backend::SqlBackend;
use clock::since_start;
use doorward::guard::Watch;
use doorward::{ClientOrigin, Clock, Randomness, ReconfirmOn, TimeSpan};
use http::address::TrustedProxies;
use http::context::client_origin;
use http::cookies;
use http::origins::Origins;
use http::site::{HttpSite, Inside, Rewrite};
use leptos::prelude::{AnyView, IntoAny};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    /// The forms with files that may be read at the same time.
    uploads: Arc<Semaphore>,
    /// The addresses that take them.
    takes_files: Arc<[String]>,
    /// What sessions asked since their last page, if the X-ray is on.
    pub xray: xray::Log,
}

/// How many forms with files are read at the same time. Each may hold a little more than 1 MiB in memory.
const MOST_UPLOADS: usize = 16;

/// What the X-ray measures with.
const METER: Meter = Meter { now: since_start, counted: observe::counted::counted };

impl HttpSite for Shared {
    type Site = Console;

    fn backend(&self) -> Arc<dyn Backend> {
        self.backend.clone()
    }

    fn extra(&self, parts: &Parts) -> Extra {
        Extra {
            offers_passkeys: self.offers_passkeys(parts),
            theme: cookies::theme(&parts.headers),
            marks: cookies::read(&parts.headers, cookies::MARKS).unwrap_or_default().into(),
            keeps_cookies: cookies::are_kept(&parts.headers),
            xray: self.settings.xray.then(|| Xray::new(METER, self.xray.clone())),
        }
    }

    fn watch(&self, extra: &Extra) -> Option<Arc<dyn Watch>> {
        extra.xray.clone().map(|xray| Arc::new(xray) as Arc<dyn Watch>)
    }

    fn pages(&self) -> AnyView {
        app::routes::Pages().into_any()
    }

    fn origins(&self) -> &Origins {
        &self.settings.origins
    }

    fn document(&self, page: Inside) -> AnyView {
        document(self.settings.assets.clone(), page).into_any()
    }

    fn rewrites(&self, visit: &RequestContext) -> Option<Rewrite> {
        let xray = visit.extra.xray.clone()?;
        Some(Box::new(move |text, sent| match text.split_once(xray::PLACE) {
            Some((before, after)) => format!("{before}{}{after}", xray.panel(sent + text.len())),
            None => text,
        }))
    }

    fn client(&self, parts: &Parts) -> ClientOrigin {
        client_origin(parts, Some(&self.settings.proxies))
    }

    fn session_rules(&self) -> (ReconfirmOn, TimeSpan) {
        (self.backend.sessions.places, self.backend.sessions.renewal)
    }

    fn clock(&self) -> &dyn Clock {
        &*self.backend.clock
    }

    fn random(&self) -> &dyn Randomness {
        &*self.backend.random
    }

    fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    fn takes_files(&self, pattern: &str) -> bool {
        self.takes_files.iter().any(|known| known == pattern)
    }

    async fn admit_upload(&self, parts: &Parts) -> Result<Option<OwnedSemaphorePermit>, StatusCode> {
        if !http::floods::has_live_session(self, &parts.headers).await {
            return Ok(None);
        }
        let place = Arc::clone(&self.uploads).try_acquire_owned();
        place.map(Some).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
    }

    fn tls(&self) -> bool {
        self.settings.tls
    }
}

impl Shared {
    /// Nothing is open yet.
    #[must_use]
    pub fn new(backend: SqlBackend, settings: Settings) -> Self {
        Self {
            backend: Arc::new(backend),
            settings: Arc::new(settings),
            tails: ledger::tails::Tails::default(),
            xray: xray::Log::default(),
            uploads: Arc::new(Semaphore::new(MOST_UPLOADS)),
            takes_files: app::routes::manifest()
                .iter()
                .filter(|route| route.takes_files)
                .map(|route| axum_pattern(route.address))
                .collect(),
        }
    }

    fn offers_passkeys(&self, parts: &Parts) -> bool {
        let in_uri = parts.uri.authority().map(|authority| authority.as_str());
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(in_uri);
        self.backend.passkeys.as_ref().zip(host).is_some_and(|(passkeys, host)| passkeys.are_at(host))
    }
}

/// The whole router: every address there is, and the layers around it.
pub fn router(backend: SqlBackend, settings: Settings) -> Router {
    let shared = Shared::new(backend, settings);
    http::floods::start(&shared.backend);
    let mut router = http::site::routes(app::routes::Pages, &app::routes::manifest());
    for (pattern, start) in app::routes::downloads() {
        let file = get(move |state, request| http::streamed::download(state, request, start));
        router = router.route(&axum_pattern(pattern), file.layer(from_fn(http::documents::not_in_advance)));
    }
    for (pattern, start) in app::routes::streams() {
        let stream = get(move |state, request| http::streamed::stream(state, request, start));
        router = router.route(&axum_pattern(pattern), stream.layer(from_fn(http::documents::not_in_advance)));
    }
    let router = router
        .route(app::sessions::live::ADDRESS, get(sessions::live::stream))
        .route(app::sessions::live::EMPTIED, post(sessions::live::emptied))
        .route(app::sign_in::challenge::ADDRESS, post(sign_in::challenge::challenge))
        .nest(api::paths::ROOT, api::routes())
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .merge(http::documents::files(&shared.settings.site_root));
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

async fn ready(axum::extract::State(shared): axum::extract::State<Shared>) -> (StatusCode, &'static str) {
    match shared.backend.database.check_writable().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written\n"),
    }
}
