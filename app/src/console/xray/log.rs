//! The last questions of each session, so that a page can show what forms, islands and streams asked since the page before.

use super::Seen;
use doorward::SessionId;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

const MOST_SESSIONS: usize = 64;
const MOST_QUESTIONS: usize = 32;

/// In memory, and only while the X-ray is on.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<HashMap<SessionId, Vec<Arc<Seen>>>>>);

impl Log {
    pub(super) fn add(&self, session: SessionId, seen: Arc<Seen>) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MOST_SESSIONS && !sessions.contains_key(&session) {
            sessions.clear();
        }
        let all = sessions.entry(session).or_default();
        // A stream asks the same again and again.
        if let Some(same) = all.iter().find(|known| known.request == seen.request && known.question == seen.question)
            && same.allowed == seen.allowed
        {
            same.times.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if all.len() >= MOST_QUESTIONS {
            all.remove(0);
        }
        all.push(seen);
    }

    /// What the session asked in other requests than this one since the last document. `keep` says that this is not a
    /// document of the browser itself, so a later one shows the same.
    pub(super) fn before(&self, session: SessionId, request: Option<&str>, keep: bool) -> Vec<Arc<Seen>> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = if keep { sessions.get(&session).cloned() } else { sessions.remove(&session) };
        let mut all = all.unwrap_or_default();
        all.retain(|seen| Some(seen.request.as_str()) != request);
        all
    }
}
