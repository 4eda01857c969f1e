//! Limits the open event streams of the ledger for each session.

use doorward::SessionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of streams that one session may have open.
const MOST_OF_A_SESSION: usize = 8;

/// The open streams of this process.
#[derive(Clone, Default)]
pub struct Tails(Arc<Mutex<HashMap<SessionId, usize>>>);

/// One open stream. It ends when this is dropped.
pub struct OpenTail {
    tails: Tails,
    session: SessionId,
}

impl Tails {
    /// Opens one more. Returns `None` if the session has too many.
    #[must_use]
    pub fn open(&self, session: SessionId) -> Option<OpenTail> {
        let mut open = self.lock();
        let count = open.entry(session).or_default();
        if *count >= MOST_OF_A_SESSION {
            return None;
        }
        *count += 1;
        drop(open);
        Some(OpenTail { tails: self.clone(), session })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenTail {
    fn drop(&mut self) {
        let mut open = self.tails.lock();
        if let Some(count) = open.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed tails no longer count.
    #[test]
    fn a_session_has_a_limited_number_of_tails() {
        let tails = Tails::default();
        let open: Vec<_> = (0..MOST_OF_A_SESSION).filter_map(|_| tails.open(SessionId::NOTHING)).collect();
        assert_eq!(open.len(), MOST_OF_A_SESSION);
        assert!(tails.open(SessionId::NOTHING).is_none());
        drop(open);
        assert!(tails.lock().is_empty());
        assert!(tails.open(SessionId::NOTHING).is_some());
    }
}
