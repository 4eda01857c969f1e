//! Live updates: every open page is told when its session has ended, and empties itself.
//!
//! One task looks for revocations: at once for its own process, five times a second for others. It
//! then asks the database about the sessions they may concern. What is kept about a tab grants
//! nothing; it is only an address to notify.

mod stream;
mod tab;
mod tally;

pub use crate::ledger::tails::{OpenTail, Tails};
pub use stream::{emptied, stream};
pub use tab::State;

use crate::db::Database;
use crate::db::transaction::Source;
use crate::sessions::standing::{self, Standing};
use crate::sessions::stopwatch::{self, News};
use app::sign_in::signed_out::Why;
use doorward::guard::Unavailable;
use doorward::{Clock, IdentityId, RevocationId, SessionId, TimeSpan, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tab::Tab;
use tally::Tally;
use tokio::sync::{Notify, watch};

/// The interval for looking for revocations of other processes.
const LOOK: Duration = Duration::from_millis(200);
/// The interval for checking every open tab, regardless of revocations.
const ASK_ALL: TimeSpan = TimeSpan::seconds(15);
/// How long before the end of its session a tab is warned.
const WARN: TimeSpan = TimeSpan::minutes(2);
/// The interval for checking a tab that was warned, because its user may have chosen to stay.
const ASK_WARNED: TimeSpan = TimeSpan::seconds(3);
/// The maximum number of open streams of one session.
const MOST_OF_A_SESSION: usize = 32;
/// When a revocation is measured. Requests that began before it have been recorded by then.
const MEASURE_AFTER: Duration = Duration::from_secs(1);

struct Hub {
    database: Database,
    clock: Arc<dyn Clock>,
    woken: Notify,
    next: AtomicU64,
    tabs: Mutex<HashMap<u64, Tab>>,
    tally: Mutex<Tally>,
}

/// All open tabs of this process.
#[derive(Clone)]
pub struct Live(Arc<Hub>);

/// One open tab. Dropping this unregisters it.
pub struct Watching {
    hub: Live,
    number: u64,
    /// The state to send to the tab.
    pub state: watch::Receiver<State>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.hub.0.tabs().remove(&self.number);
    }
}

impl Live {
    /// Starts the checking task, which ends when the last clone is dropped.
    #[must_use]
    pub fn start(database: Database, clock: Arc<dyn Clock>) -> Self {
        let hub = Arc::new(Hub {
            database,
            clock,
            woken: Notify::new(),
            next: AtomicU64::new(0),
            tabs: Mutex::default(),
            tally: Mutex::default(),
        });
        tokio::spawn(look(Arc::downgrade(&hub)));
        Self(hub)
    }

    /// Announces a revocation that this process has just made durable.
    pub fn wake(&self, id: RevocationId) {
        let now = self.0.clock.now();
        self.0.tally().committed(id, now);
        self.0.woken.notify_one();
    }

    /// Checks the tabs of an identity at once, because it may have lost privileges.
    pub fn look_at(&self, identity: IdentityId) {
        for tab in self.0.tabs().values_mut().filter(|tab| tab.identity == identity) {
            tab.due = Timestamp(i64::MIN);
        }
        self.0.woken.notify_one();
    }

    /// Registers a tab of a session. `privileges_version` is the counter of lost privileges when
    /// its page was rendered. Returns `None` if the session has too many tabs.
    #[must_use]
    pub fn watch(&self, session: SessionId, identity: IdentityId, privileges_version: Option<i64>) -> Option<Watching> {
        let (state, receiver) = watch::channel(State::Standing);
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let mut tabs = self.0.tabs();
        if tabs.values().filter(|tab| tab.session == session).count() >= MOST_OF_A_SESSION {
            return None;
        }
        // Due at once: whatever happened between the decision and this registration is noticed now.
        tabs.insert(
            number,
            Tab { session, identity, due: Timestamp(i64::MIN), seen_ended: false, privileges_version, state },
        );
        drop(tabs);
        Some(Watching { hub: self.clone(), number, state: receiver })
    }

    /// Returns the number of open streams of this process.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.0.tabs().len()
    }

    /// Counts a tab that reports being empty after this revocation.
    pub fn emptied(&self, id: RevocationId) {
        let now = self.0.clock.now();
        self.0.tally().emptied(id, now);
    }

    /// Returns the number of open tabs.
    #[must_use]
    pub fn open(&self) -> usize {
        self.0.tabs().len()
    }

    /// Ends every stream, so that this process can stop.
    pub fn close(&self) {
        for tab in self.0.tabs().values() {
            tab.state.send_replace(State::Closing);
        }
    }
}

async fn look(hub: Weak<Hub>) {
    let mut seen = None;
    let mut asked_all = Timestamp(i64::MIN);
    loop {
        let Some(hub) = hub.upgrade() else { return };
        hub.look_once(&mut seen, &mut asked_all).await;
        let _ = tokio::time::timeout(LOOK, hub.woken.notified()).await;
    }
}

impl Hub {
    fn tabs(&self) -> MutexGuard<'_, HashMap<u64, Tab>> {
        self.tabs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look_once(&self, seen: &mut Option<i64>, asked_all: &mut Timestamp) {
        // If the database is unavailable, pages stay as they are until a limit passes that is known
        // here.
        if let Ok(news) = self.news(seen).await {
            for news in news {
                let concerned = |tab: &Tab| news.identity.is_none_or(|who| who == tab.identity);
                self.ask_about(concerned, Some(&news)).await;
                if !news.is_measured {
                    self.measure_later(news);
                }
            }
        }
        let now = self.clock.now();
        if now.since(*asked_all) >= ASK_ALL {
            *asked_all = now;
            self.ask_about(|_| true, None).await;
        } else {
            self.ask_about(|tab| tab.due <= now, None).await;
        }
        self.write_tally().await;
    }

    async fn news(&self, seen: &mut Option<i64>) -> Result<Vec<News>, Unavailable> {
        let mut source = Source::reader(&self.database);
        let Some(number) = *seen else {
            *seen = Some(stopwatch::newest(&mut source).await?);
            return Ok(Vec::new());
        };
        let news = stopwatch::since(&mut source, number).await?;
        if let Some(last) = news.last() {
            *seen = Some(last.number);
        }
        Ok(news)
    }

    /// Asks the database about the sessions of some tabs, and tells the tabs whose session has
    /// ended or soon will.
    async fn ask_about(&self, which: impl Fn(&Tab) -> bool, news: Option<&News>) {
        let mut sessions: Vec<SessionId> =
            self.tabs().values().filter(|tab| which(tab)).map(|tab| tab.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        for batch in sessions.chunks(standing::AT_ONCE) {
            let mut source = Source::reader(&self.database);
            let Ok(standing) = standing::of(&mut source, batch).await else { continue };
            drop(source);
            self.tell(&standing, news);
        }
    }

    fn tell(&self, standing: &HashMap<SessionId, Standing>, news: Option<&News>) {
        let now = self.clock.now();
        let mut closed = 0;
        for tab in self.tabs().values_mut() {
            let Some(standing) = standing.get(&tab.session) else { continue };
            let ended = standing.end(now);
            if news.is_none() && ended == Err(Why::Revoked) && !tab.seen_ended {
                // The news may be slightly behind. The next round handles it first, and it names
                // the revocation.
                (tab.seen_ended, tab.due) = (true, Timestamp(i64::MIN));
                continue;
            }
            let (state, due) = match ended {
                Err(why) => (State::Ended(why, news.map(|news| news.id)), Timestamp(i64::MAX)),
                Ok((end, may_stay)) if end.since(now) <= WARN => {
                    (State::Ending(end, may_stay), end.min(now.plus(ASK_WARNED)))
                }
                Ok((end, _)) => (State::Standing, Timestamp(end.0 - WARN.0)),
            };
            let known = *tab.privileges_version.get_or_insert(standing.privileges_version);
            let state = match state {
                State::Ended(..) => state,
                _ if known != standing.privileges_version => State::Changed(standing.privileges_version),
                state => state,
            };
            let changed = *tab.state.borrow() != state;
            tab.due = due;
            if changed && !matches!(*tab.state.borrow(), State::Ended(..) | State::Closing) {
                tab.state.send_replace(state);
                closed += i64::from(matches!(state, State::Ended(..)));
            }
        }
        if let (Some(news), true) = (news, closed > 0) {
            self.tally().closed(news.id, closed, now);
        }
    }

    fn measure_later(&self, news: News) {
        let now = self.clock.now();
        let committed = self.tally().commit_of(news.id).unwrap_or(now);
        let database = self.database.clone();
        tokio::spawn(async move {
            tokio::time::sleep(MEASURE_AFTER).await;
            // Without a measurement, the page says that there is none yet.
            let _ = stopwatch::measure(&database, &news, committed).await;
        });
    }

    async fn write_tally(&self) {
        let counted = self.tally().take();
        if counted.is_empty() {
            return;
        }
        let Ok(mut source) = Source::writer(&self.database).await else { return };
        for (id, count) in counted {
            if stopwatch::add_tabs(&mut source, id, count).await.is_err() {
                return;
            }
        }
        let _ = source.commit().await;
    }
}
