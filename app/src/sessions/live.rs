//! The event stream by which a page that lies open learns that its session has ended.

use crate::page::{Entrance, Question, RouteInfo};
use crate::sessions::policy::Watch;

/// Where the stream is.
pub const ADDRESS: &str = "/live";
/// Where a tab says that it is empty.
pub const EMPTIED: &str = "/live/emptied";

/// The stream's line of the manifest.
#[must_use]
pub fn route_info() -> RouteInfo {
    RouteInfo {
        address: ADDRESS,
        kind: "stream",
        entrance: Entrance::Guarded,
        loaders: vec![Question::of::<Watch>()],
        actions: Vec::new(),
        islands: Vec::new(),
        prefetch: false,
    }
}
