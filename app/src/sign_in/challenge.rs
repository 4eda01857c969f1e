//! The address where a browser gets the challenge that a passkey answers.

use crate::account;
use crate::page::{Entrance, Question, RouteInfo};
use crate::sign_in;

/// Where that is.
pub const ADDRESS: &str = "/passkeys/challenge";
/// The field that says what the challenge is for: `sign-in`, `confirm` or `add`.
pub const PURPOSE: &str = "for";

/// The address's line of the manifest.
#[must_use]
pub fn route_info() -> RouteInfo {
    RouteInfo {
        address: ADDRESS,
        kind: "challenge",
        entrance: Entrance::Open("there is no session before a sign-in by passkey; the other purposes ask"),
        loaders: Vec::new(),
        actions: vec![
            ("confirm", Question::of::<sign_in::policy::Confirm>()),
            ("add", Question::of::<account::policy::AskForPasskey>()),
        ],
        islands: Vec::new(),
        prefetch: false,
    }
}
