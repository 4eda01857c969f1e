//! What a request presents to the guard, and what the store finds for it.

use super::further::Watch;
use crate::ledger::Channel;
use crate::session::Session;
use crate::{
    AuthenticationId, ClientOrigin, ConfirmedPlace, Principal, Reason, ReconfirmOn, SessionId, TimeSpan, Timestamp,
};
use std::sync::Arc;

/// The SHA-256 hash of a handle. The handle itself never reaches this crate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HandleHash(pub [u8; 32]);

/// Identifies the session of a response that is still being sent (a stream, a download, a part sent
/// later), together with the authentication it started with. A long response is bound to its
/// session, not to the handle it began with: replacing that handle (by renewal, or a step-up in
/// another tab) neither ends the response nor gives it more assurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The session.
    pub session: SessionId,
    /// The authentication that the session had at the response's first decision.
    pub authentication: AuthenticationId,
}

impl From<&Principal> for Continuation {
    fn from(who: &Principal) -> Self {
        Self { session: who.session, authentication: who.assurance.authentication }
    }
}

/// What a request presents and where it comes from. Nothing in it grants anything.
#[derive(Clone)]
pub struct Asked {
    /// The hash of the handle in the cookie, if there is one.
    pub handle: Option<HandleHash>,
    /// Set instead of a handle if this decision continues a long response. Only the server sets it;
    /// a request cannot.
    pub continues: Option<Continuation>,
    /// How the request reached the server.
    pub entry: Channel,
    /// The client's address and browser.
    pub place: ClientOrigin,
    /// Which changes of address or browser require a confirmation.
    pub place_rule: ReconfirmOn,
    /// How often a handle is replaced.
    pub renewal: TimeSpan,
    /// The request's id, for the record and for traces.
    pub request: String,
    /// The time at which the request is decided.
    pub now: Timestamp,
    /// Sees further decisions in the transaction of a permit, if developers look at them.
    pub watch: Option<Arc<dyn Watch>>,
}

/// A session's row and its principal, as the store found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAndPrincipal {
    /// The session's limits and handle.
    pub session: Session,
    /// The session's principal.
    pub principal: Principal,
    /// The address and browser from which the session was last confirmed.
    pub place: ConfirmedPlace,
}

impl SessionAndPrincipal {
    /// Returns what the user must confirm before this session may be used for anything else.
    pub(super) fn unconfirmed(&self, asked: &Asked) -> Option<Reason> {
        let by_handle = asked.continues.is_none();
        if asked.place_rule.is_broken(&self.place, &asked.place) {
            Some(Reason::Moved)
        } else if by_handle && self.session.handle.is_kept_too_long(asked.renewal, asked.now) {
            Some(Reason::HandleNotRenewed)
        } else if self.principal.has_second_factor && !self.principal.showed_two_factors().allows() {
            Some(Reason::NoSecondFactor)
        } else {
            None
        }
    }
}
