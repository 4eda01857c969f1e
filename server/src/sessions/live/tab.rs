//! What is kept about an open tab.

use app::sign_in::signed_out::Why;
use doorward::{IdentityId, RevocationId, SessionId, Timestamp};
use tokio::sync::watch;

/// What a tab knows about its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The session is live.
    Standing,
    /// The session will end at this time. The flag says whether using the session extends it.
    Ending(Timestamp, bool),
    /// The session is live, but its identity lost privileges, so the page may show too much. Holds
    /// the new counter.
    Changed(i64),
    /// The session has ended, by the given revocation if there was one.
    Ended(Why, Option<RevocationId>),
    /// This process is stopping. The tab reconnects to another one.
    Closing,
}

pub(super) struct Tab {
    pub(super) session: SessionId,
    pub(super) identity: IdentityId,
    /// When to check next.
    pub(super) due: Timestamp,
    /// Whether a check found the session revoked before news of the revocation arrived.
    pub(super) seen_ended: bool,
    /// The identity's counter of lost privileges when the page was rendered, as reported by the
    /// tab.
    pub(super) privileges_version: Option<i64>,
    pub(super) state: watch::Sender<State>,
}
