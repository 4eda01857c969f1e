//! What a site needs so that HTTP can serve it, and the routes that every site has.

use crate::axum_pattern;
use crate::clock::{SystemClock, SystemRandomness};
use crate::http::context::client_origin;
use crate::http::origins::Origins;
use crate::http::{documents, layers, server_functions};
use app::page::context::RequestContext;
use app::page::{RouteInfo, Site};
use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::routing::{any, get};
use doorward::guard::Watch;
use doorward::{ClientOrigin, Clock, Randomness, ReconfirmOn, TimeSpan};
use leptos::prelude::*;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::OwnedSemaphorePermit;

/// A site as HTTP serves it: what is behind its pages, and what a request tells about a visitor.
pub trait HttpSite: Clone + Send + Sync + 'static {
    type Site: Site;

    fn backend(&self) -> Arc<<Self::Site as Site>::Backend>;

    /// Returns what the site adds to a [`RequestContext`].
    fn extra(&self, parts: &Parts) -> <Self::Site as Site>::Extra;

    /// Renders the page at the request's address.
    fn pages(&self) -> AnyView;

    /// Returns the origins under which browsers reach the site.
    fn origins(&self) -> &Origins;

    /// Renders the document around a page. It calls `page` once Leptos' context for titles exists.
    fn document(&self, page: Inside) -> AnyView {
        app::page::document::<Self::Site>(page)
    }

    /// Returns a function that changes the end of a document before it is sent, if there is one.
    fn rewrites(&self, _: &RequestContext<Self::Site>) -> Option<Rewrite> {
        None
    }

    /// Returns who sees the further decisions of a request.
    fn watch(&self, _: &<Self::Site as Site>::Extra) -> Option<Arc<dyn Watch>> {
        None
    }

    /// Returns the address and the browser of a request.
    fn client(&self, parts: &Parts) -> ClientOrigin {
        client_origin(parts, None)
    }

    /// Returns which changes of address or browser require a confirmation, and how often a handle is
    /// replaced.
    fn session_rules(&self) -> (ReconfirmOn, TimeSpan) {
        (ReconfirmOn::BOTH, TimeSpan::minutes(15))
    }

    fn clock(&self) -> &dyn Clock {
        &SystemClock
    }

    fn random(&self) -> &dyn Randomness {
        &SystemRandomness
    }

    /// Returns the largest form, in bytes.
    fn body_limit(&self) -> usize {
        64 * 1024
    }

    /// Returns whether the forms of a page may have files. `pattern` is its address, as axum spells it.
    fn takes_files(&self, _: &str) -> bool {
        false
    }

    /// Returns a place among the forms with files that are read at the same time, or `None` if the request has no session.
    /// The guard still decides about the request itself.
    fn admit_upload(&self, _: &Parts) -> impl Future<Output = Result<Option<OwnedSemaphorePermit>, StatusCode>> + Send {
        async { Err(StatusCode::UNSUPPORTED_MEDIA_TYPE) }
    }

    /// Returns whether browsers reach the site by TLS.
    fn tls(&self) -> bool {
        false
    }
}

/// Renders what is inside a document.
pub type Inside = Box<dyn FnOnce() -> AnyView + Send>;

/// Changes what comes after the last deferred part of a document, given how many bytes were sent before.
pub type Rewrite = Box<dyn FnOnce(String, usize) -> String + Send>;

/// Returns the whole router of a site that needs nothing special: its pages and server functions, with
/// the layers that every site needs. `pages` and `manifest` are what `routes!` made.
pub fn router<S, V>(backend: Arc<S::Backend>, origins: Origins, pages: fn() -> V, manifest: &[RouteInfo]) -> Router
where
    S: Site<Extra: Default>,
    V: IntoView + 'static,
{
    let host = Usual::<S> { backend, origins: Arc::new(origins), pages: Arc::new(move || pages().into_any()) };
    layers::around_any(routes(pages, manifest), &host).with_state(host)
}

/// Serves a router on this machine until the process ends.
pub async fn serve(router: Router, address: SocketAddr) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("Serving http://{address}");
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
}

struct Usual<S: Site> {
    backend: Arc<S::Backend>,
    origins: Arc<Origins>,
    pages: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

// Derived, it would ask that the backend itself can be cloned.
impl<S: Site> Clone for Usual<S> {
    fn clone(&self) -> Self {
        let Self { backend, origins, pages } = self;
        Self { backend: Arc::clone(backend), origins: Arc::clone(origins), pages: Arc::clone(pages) }
    }
}

impl<S: Site<Extra: Default>> HttpSite for Usual<S> {
    type Site = S;

    fn backend(&self) -> Arc<S::Backend> {
        Arc::clone(&self.backend)
    }

    fn extra(&self, _: &Parts) -> S::Extra {
        S::Extra::default()
    }

    fn pages(&self) -> AnyView {
        (self.pages)()
    }

    fn origins(&self) -> &Origins {
        &self.origins
    }
}

/// Routes every page and every server function of a site. `pages` and `manifest` are what `routes!`
/// made.
pub fn routes<H: HttpSite, V: IntoView + 'static>(pages: fn() -> V, manifest: &[RouteInfo]) -> Router<H> {
    let page = get(documents::document::<H>).post(documents::document::<H>);
    let in_advance: Vec<_> =
        manifest.iter().filter(|route| route.prefetch).map(|route| axum_pattern(route.address)).collect();
    let mut router = Router::new();
    for listing in leptos_axum::generate_route_list(pages) {
        let may_be_prefetched = in_advance.iter().any(|address| address == listing.path());
        let page = page.clone();
        let page = if may_be_prefetched { page } else { page.layer(from_fn(documents::not_in_advance)) };
        router = router.route(listing.path(), page);
    }
    router.route("/api/{*function}", any(server_functions::call::<H>)).fallback(documents::no_such_address::<H>)
}
