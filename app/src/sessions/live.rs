//! The event stream that tells an open page when its session has ended.

use crate::page::{Entrance, Question, RouteInfo};
use crate::sessions::policy::Watch;

/// The address of the stream.
pub const ADDRESS: &str = "/live";
/// The address where a tab reports being empty.
pub const EMPTIED: &str = "/live/emptied";

/// Returns the stream's entry in the route list.
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
        takes_files: false,
    }
}
