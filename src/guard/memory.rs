//! A store in memory: the sessions, records and rows of one process. For examples, tests, and a first day.

use super::{Asked, Consequence, Continuation, HandleHash, Pending, SessionAndPrincipal, Unavailable, UnitOfWork};
use crate::ledger::{AuditEntry, Outcome};
use crate::session::{Ended, Handle, Session};
use crate::{
    Assurance, AuthenticationId, ClientOrigin, Holding, IdentityId, Kind, Method, Principal, Randomness, RecordId,
    SessionId, TimeSpan, Timestamp,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long a session may stay unused, and how long it lasts.
const IDLE: TimeSpan = TimeSpan::hours(1);
const ABSOLUTE: TimeSpan = TimeSpan::hours(12);

/// Sessions, records, and rows of type `T`. Clones share them.
#[derive(Clone)]
pub struct Memory<T> {
    kept: Arc<Mutex<Kept<T>>>,
    random: Arc<dyn Randomness>,
}

struct Kept<T> {
    rows: Arc<T>,
    /// Increases with every change, so that a transaction notices that it read old rows.
    version: u64,
    sessions: Vec<(HandleHash, SessionAndPrincipal)>,
    records: Vec<AuditEntry>,
}

impl<T: Clone> Memory<T> {
    /// Returns a store with `rows` and without sessions.
    pub fn new(rows: T, random: impl Randomness + 'static) -> Self {
        let kept = Kept { rows: Arc::new(rows), version: 0, sessions: Vec::new(), records: Vec::new() };
        Self { kept: Arc::new(Mutex::new(kept)), random: Arc::new(random) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session for the person `name`, whose identity `asked` has just shown. The caller
    /// gives the browser the handle whose hash this is.
    pub fn begin_session(&self, name: &str, holdings: Vec<Holding>, handle: HandleHash, asked: &Asked) {
        let now = asked.now;
        let (random, mut kept) = (&*self.random, self.kept());
        let known = kept.sessions.iter().map(|(_, found)| &found.principal).find(|who| *who.name == *name);
        let identity = known.map_or_else(|| IdentityId::new(now, random), |who| who.identity);
        let (id, ends) = (SessionId::new(now, random), now.plus(ABSOLUTE));
        let first = Handle { generation: 1, issued: now, used: None, retired: None, offered: None, offers: 0 };
        let session =
            Session { id, started: now, last_used: now, idle: IDLE, ends, ended: None, frozen: false, handle: first };
        let authentication = AuthenticationId::new(now, random);
        let principal = Principal {
            identity,
            name: name.into(),
            display_name: name.into(),
            kind: Kind::Person,
            session: id,
            ends,
            idle_ends: session.idle_end(),
            handle: first,
            assurance: Assurance { authentication, method: Method::Password, at: now },
            has_second_factor: false,
            privileges_version: 0,
            machines: Vec::new(),
            unread: 0,
            unconfirmed: None,
            roles: holdings.iter().map(|holding| holding.role.clone()).collect(),
            holdings,
            walled_off: Vec::new(),
            policy: 0,
            now,
        };
        kept.sessions.push((handle, SessionAndPrincipal { session, principal, place: asked.place.clone().into() }));
    }

    /// Ends a session. A session that has ended keeps its first end.
    pub fn end_session(&self, id: SessionId, why: Ended) {
        self.kept().version += 1;
        self.change_session(id, |session| session.ended = Some(why));
    }

    /// Changes a session that has not ended.
    fn change_session(&self, id: SessionId, change: impl FnOnce(&mut Session)) {
        let mut kept = self.kept();
        let mut sessions = kept.sessions.iter_mut().map(|(_, found)| &mut found.session);
        if let Some(session) = sessions.find(|session| session.id == id && session.ended.is_none()) {
            change(session);
        }
    }

    /// Returns every record so far, the oldest first.
    pub fn records(&self) -> Vec<AuditEntry> {
        self.kept().records.clone()
    }

    /// Begins a unit of work, as [`Memory::unit`] does, for a site that asks for one.
    pub fn begin(&self, changes: bool) -> Pending<'_, Box<MemoryUnit<T>>>
    where
        T: Send + Sync,
    {
        Box::pin(async move { Ok(Box::new(self.unit(changes))) })
    }

    /// Begins a unit of work: a transaction if the action `changes` something.
    pub fn unit(&self, changes: bool) -> MemoryUnit<T> {
        let (rows, version) = {
            let kept = self.kept();
            (Arc::clone(&kept.rows), kept.version)
        };
        MemoryUnit { memory: self.clone(), changes, rows, version, records: Vec::new() }
    }
}

/// A unit of work of a [`Memory`]. A transaction works on a copy of the rows. Its commit fails if
/// anything has changed since it began.
pub struct MemoryUnit<T: Clone> {
    memory: Memory<T>,
    changes: bool,
    rows: Arc<T>,
    version: u64,
    /// The records of a transaction, until it ends.
    records: Vec<AuditEntry>,
}

impl<T: Clone> MemoryUnit<T> {
    /// Returns the rows as they were when the unit began.
    pub fn rows(&self) -> &T {
        &self.rows
    }

    /// Returns the rows of a transaction, to change them. Nobody else sees the change before the
    /// commit.
    pub fn rows_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.rows)
    }

    fn find(
        &self,
        is_meant: impl Fn(&(HandleHash, SessionAndPrincipal)) -> bool,
        now: Timestamp,
    ) -> Option<SessionAndPrincipal> {
        let found = self.memory.kept().sessions.iter().find(|entry| is_meant(entry)).map(|(_, found)| found.clone())?;
        let Session { handle, .. } = found.session;
        let idle_ends = found.session.idle_end();
        let principal = Principal { handle, idle_ends, now, ..found.principal };
        Some(SessionAndPrincipal { principal, ..found })
    }

    /// Writes the records of a transaction whose changes are not kept.
    fn write_as(&mut self, outcome: Outcome) {
        let records = std::mem::take(&mut self.records);
        let undone = |entry: AuditEntry| AuditEntry {
            outcome: Some(if entry.allowed { outcome } else { Outcome::Refused }),
            ..entry
        };
        self.memory.kept().records.extend(records.into_iter().map(undone));
    }
}

/// A transaction that is dropped was not done.
impl<T: Clone> Drop for MemoryUnit<T> {
    fn drop(&mut self) {
        self.write_as(Outcome::GivenUp);
    }
}

impl<T: Clone + Send + Sync + 'static> UnitOfWork for MemoryUnit<T> {
    fn new_record(&self, now: Timestamp) -> RecordId {
        RecordId::new(now, &*self.memory.random)
    }

    fn session<'a>(&'a mut self, handle: &'a HandleHash, now: Timestamp) -> Pending<'a, Option<SessionAndPrincipal>> {
        let found = self.find(|(known, _)| known == handle, now);
        Box::pin(async { Ok(found) })
    }

    fn continued(&mut self, answer: Continuation, now: Timestamp) -> Pending<'_, Option<SessionAndPrincipal>> {
        let found = self.find(|(_, found)| Continuation::from(&found.principal) == answer, now);
        Box::pin(async { Ok(found) })
    }

    fn touch<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()> {
        self.memory.change_session(session.id, |session| session.last_used = now);
        Box::pin(async { Ok(()) })
    }

    fn touch_first<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()> {
        self.memory.change_session(session.id, |session| session.handle.used = Some(now));
        Box::pin(async { Ok(()) })
    }

    fn record_with<'a>(
        &'a mut self,
        consequence: Consequence,
        who: &'a Principal,
        _: &'a ClientOrigin,
        entry: AuditEntry,
    ) -> Pending<'a, ()> {
        match consequence {
            Consequence::Lapsed(why) => self.memory.end_session(who.session, why),
            Consequence::Replayed => self.memory.end_session(who.session, Ended::Replayed),
            Consequence::CanaryDisclosed => self.memory.end_session(who.session, Ended::Revoked),
            // Handles are not renewed here.
            Consequence::RenewalsIgnored => {}
        }
        self.memory.kept().records.push(entry);
        Box::pin(async { Ok(()) })
    }

    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()> {
        if self.changes {
            self.records.push(entry);
        } else {
            self.memory.kept().records.push(entry);
        }
        Box::pin(async { Ok(()) })
    }

    fn commit(mut self: Box<Self>) -> Pending<'static, ()> {
        let mut kept = self.memory.kept();
        if kept.version != self.version {
            drop(kept);
            self.write_as(Outcome::Failed);
            return Box::pin(async { Err(Unavailable) });
        }
        kept.version += 1;
        kept.rows = Arc::clone(&self.rows);
        drop(kept);
        let records = std::mem::take(&mut self.records);
        self.memory.kept().records.extend(records);
        Box::pin(async { Ok(()) })
    }

    fn undo(mut self: Box<Self>, outcome: Outcome) -> Pending<'static, ()> {
        self.write_as(outcome);
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReconfirmOn;
    use crate::ledger::Channel;
    use futures_executor::block_on;

    struct Zeros;

    impl Randomness for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    const HANDLE: HandleHash = HandleHash([1; 32]);
    fn asked() -> Asked {
        Asked {
            handle: Some(HANDLE),
            continues: None,
            entry: Channel::Page,
            place: ClientOrigin::default(),
            place_rule: ReconfirmOn::BOTH,
            renewal: TimeSpan::minutes(15),
            request: String::new(),
            now: Timestamp(1),
            watch: None,
        }
    }

    #[test]
    fn only_a_commit_changes_the_rows_that_others_read() {
        let memory = Memory::new(vec![1], Zeros);
        let mut unit = memory.unit(true);
        unit.rows_mut().push(2);
        drop(unit);
        assert_eq!(memory.unit(false).rows(), &[1]);
        let (mut first, mut second) = (Box::new(memory.unit(true)), Box::new(memory.unit(true)));
        first.rows_mut().push(2);
        second.rows_mut().push(3);
        assert_eq!(block_on(first.commit()), Ok(()));
        assert_eq!(block_on(second.commit()), Err(Unavailable), "it read rows that have changed");
        assert_eq!(memory.unit(false).rows(), &[1, 2]);
    }

    #[test]
    fn an_ended_session_stays_ended() {
        let memory = Memory::new((), Zeros);
        memory.begin_session("ada", Vec::new(), HANDLE, &asked());
        let found = || block_on(memory.unit(false).session(&HANDLE, Timestamp(2))).ok().flatten();
        let session = found().map(|found| found.session).filter(|session| session.ended.is_none());
        let session = session.expect("a live session");
        memory.end_session(session.id, Ended::Revoked);
        assert_eq!(block_on(memory.unit(false).touch(&session, Timestamp(3))), Ok(()));
        memory.end_session(session.id, Ended::Idle);
        let ended = found().map(|found| (found.session.ended, found.session.last_used));
        assert_eq!(ended, Some((Some(Ended::Revoked), Timestamp(1))));
    }
}
