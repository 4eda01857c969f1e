//! Records of tries that a limit refused: the first one at once, those of the following minute as
//! one number.
//!
//! A flood leaves a bounded number of records. At most [`WINDOWS`] kinds are told apart at a time
//! (by action, account and network); the rest share one. Each process counts separately. A process
//! that is killed loses the numbers of its last minute, but never a first record.

use crate::backend::SqlBackend;
use crate::identities;
use crate::sign_in::authenticate::is_a_name;
use crate::sign_in::session_start::RecordFields;
use doorward::Kind;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Who;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long refusals are counted before their number is recorded.
const COUNTED_FOR: Duration = Duration::from_secs(60);
/// The number of kinds of refusals that are told apart at a time.
const WINDOWS: usize = 64;

const TOO_MANY: (&str, &str) = ("too_many_tries", "too many tries");

/// The action, account and network. `None` stands for all kinds without a window of their own.
type RefusedKind = Option<(&'static str, String, Option<String>)>;

/// The refusals that are currently counted.
#[derive(Clone, Default)]
pub struct LimitRecords(Arc<Mutex<HashMap<RefusedKind, u64>>>);

impl LimitRecords {
    /// Opens a window for a kind, or the shared one if there are too many. Returns `None` if the
    /// window is already open; the refusal is then counted in it.
    fn open(&self, kind: RefusedKind) -> Option<RefusedKind> {
        let mut windows = self.windows();
        let kind = if windows.len() < WINDOWS || windows.contains_key(&kind) { kind } else { None };
        match windows.get_mut(&kind) {
            Some(count) => {
                *count = count.saturating_add(1);
                None
            }
            None => {
                windows.insert(kind.clone(), 0);
                Some(kind)
            }
        }
    }

    /// Closes a window and returns how many refusals it counted after the first.
    fn close(&self, kind: &RefusedKind) -> u64 {
        self.windows().remove(kind).unwrap_or_default()
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<RefusedKind, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// TriedBy try was refused.
pub(crate) enum TriedBy<'a> {
    /// Somebody typed this name. It is recorded only if it is an account's name, because people
    /// type passwords into that field.
    Typed(&'a str),
    /// The identity that is signed in.
    Known(Who),
    /// The account is not known yet.
    Nobody,
}

impl SqlBackend {
    /// Records that a limit refused a try at `action`.
    pub(crate) async fn record_limit(
        &self,
        asked: &Asked,
        action: &'static str,
        by: TriedBy<'_>,
    ) -> Result<(), Unavailable> {
        let account = match &by {
            TriedBy::Typed(name) if is_a_name(name) => (*name).to_owned(),
            TriedBy::Known(who) => who.name.to_string(),
            TriedBy::Typed(_) | TriedBy::Nobody => String::new(),
        };
        let kind = Some((action, account, asked.place.address.clone()));
        let Some(kind) = self.limit_records.open(kind) else { return Ok(()) };
        let who = match by {
            TriedBy::Typed(name) => self.account_of(name).await?,
            TriedBy::Known(who) => Some(who),
            TriedBy::Nobody => None,
        };
        let first =
            self.entry(asked, RecordFields { action, who, allowed: false, code: TOO_MANY.0, words: TOO_MANY.1 });
        let mut rest = first.clone();
        let backend = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(COUNTED_FOR).await;
            let more = backend.limit_records.close(&kind);
            if more > 0 {
                rest.at = backend.clock.now();
                rest.id = backend.ledger.new_id(rest.at, &*backend.random);
                rest.parameters = format!("more={more}");
                // If this record cannot be written, there is nobody to tell. The cause is in the
                // log.
                let _ = backend.ledger.append(rest).await;
            }
        });
        self.ledger.append(first).await
    }

    async fn account_of(&self, name: &str) -> Result<Option<Who>, Unavailable> {
        let found = identities::sql::by_name(&mut self.reader(), name).await?;
        Ok(found.map(|found| Who {
            identity: found.identity,
            name: name.into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: None,
            authenticated: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(number: usize) -> RefusedKind {
        Some(("session.start", String::new(), Some(number.to_string())))
    }

    #[test]
    fn the_first_refusal_is_recorded_and_the_rest_counted() {
        let records = LimitRecords::default();
        assert!(records.open(kind(1)) == Some(kind(1)));
        for _ in 0..500 {
            assert!(records.open(kind(1)).is_none());
        }
        assert_eq!(records.close(&kind(1)), 500);
        assert!(records.open(kind(1)) == Some(kind(1)), "and again a minute later");
    }

    #[test]
    fn refusals_of_any_number_of_kinds_keep_few_windows() {
        let records = LimitRecords::default();
        let recorded = (0..5_000).filter(|number| records.open(kind(*number)).is_some()).count();
        assert_eq!((recorded, records.windows().len()), (WINDOWS + 1, WINDOWS + 1));
        assert_eq!(records.close(&None), 5_000 - WINDOWS as u64 - 1);
    }
}
