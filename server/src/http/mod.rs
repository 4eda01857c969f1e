//! HTTP: the listener, the middleware, documents, server functions and static files.

pub mod address;
pub mod assets;
pub mod context;
pub mod cookies;
pub mod documents;
pub mod floods;
pub mod layers;
pub mod listener;
pub mod origins;
pub mod refusals;
pub mod server_functions;
pub mod site;
pub mod streamed;
