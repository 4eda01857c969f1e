//! One process's forwarding: which records are due, how many go at a time, and what becomes of those that are refused.

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

/// How long forwarding is this process's alone after it last sent something: longer than one batch may take.
const LEASE: TimeSpan = TimeSpan::seconds(90);
/// Records around a refused one with which it is tried whether the receiver takes any.
const NEIGHBOURS: u64 = 4;
/// How often a record is refused for a reason that may not be about it, while its neighbours are taken, before it is set
/// aside. With the waits between the tries that is more than a minute.
const TRIES_IN_DOUBT: u32 = 7;
/// The action of the record that says that another was set aside.
const SET_ASIDE: &str = "ledger.set_aside";

/// What forwards.
pub struct Forwarder {
    receiver: Receiver,
    database: Database,
    random: Arc<dyn Randomness>,
    /// This process, as the database knows it.
    holder: String,
    pace: Pace,
    /// Whether records before those that are due are sent again.
    again: bool,
    /// The place of the record that was refused last while others were taken, and how often.
    doubted: (u64, u32),
}

/// What is due.
struct Due {
    /// The first place that no receiver has taken.
    next: u64,
    /// Records that were taken and are sent again.
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

    /// Forwards the next batch. Returns false if there is none, or another process forwards.
    pub(crate) async fn forward_some(&mut self, clock: &dyn Clock) -> Result<bool, NotTaken> {
        let due = self.due().await?;
        // While nothing waits nothing is written.
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
                    // Such a receiver may have read everything: it gets one record more than once, and not a whole batch.
                    self.pace.one();
                }
                Err(error)
            }
            // What was sent again was taken before, so the refusal is about those that are due.
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
        // What left the database before anybody forwarded is passed over.
        let start = next.max(segments::end(&mut source).await?);
        let records = sealer::sql::walk(&mut source, start..start.saturating_add(self.pace.size())).await?;
        let again = if self.again && !records.is_empty() { self.before(&mut source, start).await? } else { Vec::new() };
        Ok(Due { next, again, records })
    }

    /// The records before this place that the receiver took.
    async fn before(&self, source: &mut Source, place: u64) -> Result<Vec<Sealed>, Unavailable> {
        let range = place.saturating_sub(OVERLAP)..place;
        let set_aside = set_aside::places(source, &range).await?;
        let mut before = sealer::sql::walk(source, range).await?;
        before.retain(|sealed| !set_aside.contains(&sealed.index));
        Ok(before)
    }

    /// Decides about one record that was refused: it is set aside if the receiver takes others and refuses it again.
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

    /// Whether the receiver takes a record near this place: one that it took before, or else one after it.
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
        // If another process took over meanwhile, the cursor is its own: what was sent here may come twice.
        Ok(forward::sql::advance(&self.database, self.step(due, to, clock.now())).await?)
    }

    fn step(&self, due: &Due, to: u64, now: Timestamp) -> Step<'_> {
        Step { holder: &self.holder, from: due.next, to, until: now.plus(LEASE) }
    }

    /// Goes on behind records that were refused for good: notes them, records that, and tells administrators.
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
        // A receiver that refuses the record about a refused record would otherwise make another one for ever.
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
            id: RecordId::new(now, &*self.random),
            at: now,
            who: None,
            action: SET_ASIDE.to_owned(),
            resource: resource.name,
            parameters: resource.parameters,
            allowed: true,
            code: "command_line".to_owned(),
            words: "by whoever runs this server".to_owned(),
            entry: Channel::Command,
            address: None,
            request: String::new(),
            policy: None,
            environment: None,
            outcome: Some(Outcome::Done),
            resource_name: None,
        }
    }

    /// Keeps forwarding this process's own through a wait, so that no other process asks a receiver that wants rest.
    pub(crate) async fn hold_for(&self, wait: TimeSpan, clock: &dyn Clock) {
        let now = clock.now();
        if wait > LEASE {
            // If it fails, another process tries earlier; the receiver will tell it the same.
            let _ = forward::sql::hold(&self.database, &self.holder, now, now.plus(wait).plus(LEASE)).await;
        }
    }
}
