//! The console around the pages: the frame, the document, the error pages, receipts, the X-ray.

pub mod assets;
pub mod document;
pub mod error_page;
pub mod frame;
mod missing;
pub mod receipt;
mod site;
mod sorted;
pub mod xray;

pub use site::{Console, Extra, RequestContext, permit, request};
pub use sorted::sorted;
