//! The address where a browser gets the challenge for a passkey.

use crate::account;
use crate::page::{Entrance, Question, RouteInfo};
use crate::sign_in;

pub const ADDRESS: &str = "/passkeys/challenge";
/// The field with the purpose of the challenge: `sign-in`, `confirm` or `add`.
pub const PURPOSE: &str = "for";

/// Returns the address's entry in the route list.
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
        takes_files: false,
    }
}
