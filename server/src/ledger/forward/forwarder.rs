//! The forwarding of one process: which records are due, the batch size, and what happens to
//! refused records.

use crate::account::notices;
use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger;
use crate::ledger::forward::fields::Forwarded;
use crate::ledger::forward::not_taken::{About, NotTaken};
use crate::ledger::forward::pace::Pace;
use crate::ledger::forward::set_aside::{self, SetAside};
use crate::ledger::forward::sql::Step;
use crate::ledger::forward::{self, OVERLAP, Receiver, Taken};
use crate::ledger::sealer::sql::Sealed;
use crate::ledger::sealer::{self, segments};
use app::access::policy::CloseIncident;
use app::account::notices::NoticeKind;
use doorward::action::{Action, Resource};
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Channel, Outcome};
use doorward::{Clock, Randomness, RecordId, TimeSpan, Timestamp};
use std::sync::Arc;

/// The lease of the forwarding process after each batch. Longer than one batch may take.
const LEASE: TimeSpan = TimeSpan::seconds(90);
/// The number of neighbours of a refused record that are sent to see whether the receiver takes
/// any.
const NEIGHBOURS: u64 = 4;
/// How often a record may be refused for a doubtful reason, while its neighbours are taken, before
/// it is set aside. With the pauses that is more than a minute.
const TRIES_IN_DOUBT: u32 = 7;
/// The action of the record about a record that was set aside.
const SET_ASIDE: &str = "ledger.set_aside";

/// The forwarding task's state.
pub struct Forwarder {
    receiver: Receiver,
    database: Database,
    random: Arc<dyn Randomness>,
    /// The name of this process in the database.
    holder: String,
    pace: Pace,
    /// Whether records before the due ones are sent again.
    again: bool,
    /// The place of the last doubtful record, and how often it was refused.
    doubted: (u64, u32),
}

/// The next batch.
struct Due {
    /// The first place that was not taken yet.
    next: u64,
    /// Records that are sent again.
    again: Vec<Sealed>,
    records: Vec<Sealed>,
}

impl Forwarder {
    pub(crate) fn new(receiver: Receiver, database: Database, random: Arc<dyn Randomness>) -> Self {
        let mut name = [0; 8];
        random.fill(&mut name);
        let holder = format!("{:016x}", u64::from_be_bytes(name));
        Self { receiver, database, random, holder, pace: Pace::default(), again: false, doubted: (0, 0) }
    }

    /// Forwards the next batch. Returns `false` if there is none or another process forwards.
    pub(crate) async fn forward_some(&mut self, clock: &dyn Clock) -> Result<bool, NotTaken> {
        let due = self.due().await?;
        // An idle forwarder writes nothing.
        let (Some(first), Some(last)) = (due.records.first(), due.records.last()) else { return Ok(false) };
        let places = first.index..last.index.saturating_add(1);
        let now = clock.now();
        if !forward::sql::hold(&self.database, &self.holder, now, now.plus(LEASE)).await? {
            return Ok(false);
        }
        let all: Vec<Forwarded> = due.again.iter().chain(&due.records).map(Forwarded::of).collect();
        let sent = self.receiver.send(&all).await;
        let again = std::mem::take(&mut self.again);
        match sent {
            Ok(Taken { thrown_away: 0 }) => {
                self.pace.taken();
                self.advance(&due, places.end, clock).await
            }
            Ok(Taken { thrown_away }) => {
                self.pace.taken();
                let why = format!("the receiver has thrown {thrown_away} of {} records away", all.len());
                self.set_aside(&due, SetAside { places, refused: thrown_away, why }, clock).await
            }
            Err(error) if error.about() == About::Receiver => {
                self.again = again || error.may_have_lost();
                if matches!(error, NotTaken::NotClosed | NotTaken::NotSyslog) {
                    // Such a receiver may have read everything. With a batch of one, it gets only
                    // one record twice.
                    self.pace.one();
                }
                Err(error)
            }
            // Records that are sent again were taken before, so the refusal is about the due ones.
            Err(_) if again => Ok(true),
            Err(error) if due.records.len() > 1 => {
                self.pace.refused(u64::try_from(due.records.len()).unwrap_or(1), error.is_too_large());
                Ok(true)
            }
            Err(error) => self.judge(&due, first, error, clock).await,
        }
    }

    async fn due(&self) -> Result<Due, Unavailable> {
        let mut source = Source::reader(&self.database);
        let next = forward::sql::next(&mut source).await?;
        // Records that were archived before forwarding began are skipped.
        let start = next.max(segments::end(&mut source).await?);
        let records = sealer::sql::walk(&mut source, start..start.saturating_add(self.pace.size())).await?;
        let again = if self.again && !records.is_empty() { self.before(&mut source, start).await? } else { Vec::new() };
        Ok(Due { next, again, records })
    }

    /// Returns the records before this place that the receiver took.
    async fn before(&self, source: &mut Source, place: u64) -> Result<Vec<Sealed>, Unavailable> {
        let range = place.saturating_sub(OVERLAP)..place;
        let set_aside = set_aside::places(source, &range).await?;
        let mut before = sealer::sql::walk(source, range).await?;
        before.retain(|sealed| !set_aside.contains(&sealed.index));
        Ok(before)
    }

    /// Handles a refused record. It is set aside if the receiver takes others and refuses it again.
    /// Otherwise the receiver takes nothing at all, and the record waits.
    async fn judge(
        &mut self,
        due: &Due,
        record: &Sealed,
        error: NotTaken,
        clock: &dyn Clock,
    ) -> Result<bool, NotTaken> {
        if !self.takes_others(record.index).await? {
            return Err(error);
        }
        let end = record.index.saturating_add(1);
        let error = match self.receiver.send(&[Forwarded::of(record)]).await {
            Ok(_) => return self.advance(due, end, clock).await,
            Err(error) if error.about() == About::Receiver => return Err(error),
            Err(error) => error,
        };
        let tries = if self.doubted.0 == record.index { self.doubted.1.saturating_add(1) } else { 1 };
        self.doubted = (record.index, tries);
        if error.about() == About::Perhaps && tries < TRIES_IN_DOUBT {
            return Err(error);
        }
        let set_aside = SetAside { places: record.index..end, refused: 1, why: error.to_string() };
        self.set_aside(due, set_aside, clock).await
    }

    /// Returns whether the receiver takes a neighbour: one that it took before, or one after it.
    async fn takes_others(&self, place: u64) -> Result<bool, NotTaken> {
        let mut source = Source::reader(&self.database);
        let before = self.before(&mut source, place).await?;
        let first = place.saturating_add(1);
        let after = sealer::sql::walk(&mut source, first..first.saturating_add(NEIGHBOURS)).await?;
        drop(source);
        let near = usize::try_from(NEIGHBOURS).unwrap_or(1);
        for sealed in before.iter().rev().take(near).chain(&after) {
            match self.receiver.send(&[Forwarded::of(sealed)]).await {
                Ok(Taken { thrown_away: 0 }) => return Ok(true),
                Err(error) if error.about() == About::Receiver => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(false)
    }

    async fn advance(&self, due: &Due, to: u64, clock: &dyn Clock) -> Result<bool, NotTaken> {
        // If another process took over meanwhile, the cursor is not moved, and this batch may be
        // sent twice.
        Ok(forward::sql::advance(&self.database, self.step(due, to, clock.now())).await?)
    }

    fn step(&self, due: &Due, to: u64, now: Timestamp) -> Step<'_> {
        Step { holder: &self.holder, from: due.next, to, until: now.plus(LEASE) }
    }

    /// Moves on after refused records: registers them, writes a record, and notifies
    /// administrators.
    async fn set_aside(&self, due: &Due, refused: SetAside, clock: &dyn Clock) -> Result<bool, NotTaken> {
        let Some(first) = due.records.first() else { return Ok(false) };
        let (now, end) = (clock.now(), refused.places.end);
        let mut source = Source::writer(&self.database).await?;
        if !forward::sql::advance_in(&mut source, self.step(due, end, now)).await? {
            return Ok(false);
        }
        set_aside::add(&mut source, &refused, now).await?;
        let count = end.saturating_sub(refused.places.start);
        let which = if count == 1 { format!("record {}", first.record) } else { format!("some of {count} records") };
        let about = format!("{which} at place {}: {}", refused.places.start, refused.why);
        let (kind, random) = (NoticeKind::RecordSetAside, &*self.random);
        notices::add_for_holders(&mut source, CloseIncident::NAME, kind, &about, now, random).await?;
        // Otherwise a receiver that refuses the record about a refused record would cause another
        // one for ever.
        if first.entry.as_ref().is_none_or(|entry| entry.action != SET_ASIDE) {
            ledger::sql::append_in(&mut source, &self.entry(first, &refused, now)).await?;
        }
        source.commit().await?;
        tracing::error!(
            record = first.record,
            place = refused.places.start,
            records = count,
            refused = refused.refused,
            why = refused.why,
            "records that the receiver refuses were set aside"
        );
        Ok(true)
    }

    fn entry(&self, first: &Sealed, refused: &SetAside, now: Timestamp) -> AuditEntry {
        let places = &refused.places;
        let resource = Resource::of("record", &first.record)
            .with("place", places.start.to_string())
            .with("records", places.end.saturating_sub(places.start).to_string())
            .with("refused", refused.refused.to_string())
            .with("why", &refused.why);
        AuditEntry {
            resource: resource.name,
            parameters: resource.parameters,
            allowed: true,
            code: "command_line".to_owned(),
            words: "by the server itself".to_owned(),
            entry: Channel::Command,
            outcome: Some(Outcome::Done),
            ..AuditEntry::new(RecordId::new(now, &*self.random), now, SET_ASIDE)
        }
    }

    /// Keeps the lease during a wait, so that no other process contacts a receiver that asked for a
    /// pause.
    pub(crate) async fn hold_for(&self, wait: TimeSpan, clock: &dyn Clock) {
        let now = clock.now();
        if wait > LEASE {
            // If this fails, another process tries earlier and gets the same answer.
            let _ = forward::sql::hold(&self.database, &self.holder, now, now.plus(wait).plus(LEASE)).await;
        }
    }
}
