//! The JSON API, by which machines ask. Every request passes the layers of the console and the same guard.
//!
//! Who asks comes from the `Authorization` header alone: cookies are ignored, so no browser can be made to ask.

mod asker;
mod body;
pub mod client;
pub mod credentials;
pub mod openapi;
pub mod paths;
pub mod problem;
mod secrets;
mod sessions;
mod values;

use crate::Shared;
use axum::Router;
use axum::http::header;
use axum::routing::{delete, get, post};
use problem::Problem;

macro_rules! operations {
    ($($method:ident $path:literal => $handler:expr;)*) => {
        /// The method and the path of each operation, below [`paths::ROOT`].
        pub const OPERATIONS: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn operations() -> Router<Shared> {
            Router::new()$(.route($path, $method($handler)))*
        }
    };
}

operations! {
    get "/openapi.json" => async || ([(header::CONTENT_TYPE, "application/json")], openapi::text());
    post "/challenges" => sessions::challenge;
    post "/sessions" => sessions::begin;
    delete "/sessions/current" => sessions::end;
    get "/whoami" => sessions::who_am_i;
    get "/secrets" => secrets::list;
    get "/secrets/{id}" => secrets::read;
    get "/secrets/{id}/value" => values::read;
    post "/secrets/{id}/reveal" => values::reveal;
    post "/secrets/{id}/versions" => values::add_version;
}

/// Returns the routes below [`paths::ROOT`].
pub fn routes() -> Router<Shared> {
    operations().method_not_allowed_fallback(async || Problem::METHOD_NOT_ALLOWED).fallback(async || Problem::NOT_FOUND)
}
