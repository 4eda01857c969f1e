//! Every address of the console, and the page behind each.

use crate::pages;
use crate::ui::refusal::NoSuchAddress;
use doorward::{LocalPath, SecretId};
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The pages. A page is rendered whole ([`SsrMode::Async`]), so that a refusal is known before the first byte.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NoSuchAddress>
                <Route path=path!("/") view=pages::dashboard::page ssr=SsrMode::Async />
                <Route path=path!("/secrets") view=pages::secrets::page ssr=SsrMode::Async />
                <Route path=path!("/secrets/:id") view=pages::secret::page ssr=SsrMode::Async />
                <Route path=path!("/settings") view=pages::settings::page ssr=SsrMode::Async />
                <Route path=path!("/confirm") view=pages::confirm::page ssr=SsrMode::Async />
                <Route path=path!("/sign-out") view=pages::sign_out::page ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=pages::sign_in::page ssr=SsrMode::Async />
                <Route path=path!("/signed-out") view=pages::signed_out::page ssr=SsrMode::Async />
                <Route path=path!("/set-up") view=pages::set_up::page ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The dashboard.
pub const HOME: &str = "/";
/// The list of secrets.
pub const SECRETS: &str = "/secrets";
/// The settings.
pub const SETTINGS: &str = "/settings";
/// Where a session begins.
pub const SIGN_IN: &str = "/sign-in";
/// Where a session ends.
pub const SIGN_OUT: &str = "/sign-out";
/// What is seen after that.
pub const SIGNED_OUT: &str = "/signed-out";
/// Where a person confirms who they are.
pub const CONFIRM: &str = "/confirm";
/// Where the first administrator is made.
pub const SET_UP: &str = "/set-up";

/// A secret's page.
#[must_use]
pub fn secret(id: SecretId) -> String {
    format!("{SECRETS}/{id}")
}

/// An address of this list as the target of a redirect.
#[must_use]
pub fn local(address: &str) -> LocalPath {
    LocalPath::parse(address).unwrap_or_else(|_| LocalPath::home())
}

/// `address`, coming back to `next` afterwards.
#[must_use]
pub fn and_then(address: &str, next: &LocalPath) -> LocalPath {
    local(&format!("{address}?next={}", next.escaped()))
}
