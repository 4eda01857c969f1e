//! What clients do at the same time until the server is gone, and what they were told.

use super::journal::{Answered, Journal, Tried};
use super::{Browser, Seeded};
use crate::cli::program::printed_password;
use crate::support::browser::NoAnswer;
use crate::support::client::{COMPACT, asked_value};
use app::secrets::Revealed;
use axum::http::StatusCode;
use sqlx::{AnyPool, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// Rotates a secret's value and looks at it.
struct Rotator {
    browser: Browser,
    secret: String,
    value: Tried<String>,
    number: u64,
}

impl Rotator {
    async fn work(&mut self, seeded: &mut Seeded, journal: &mut Journal) -> Result<(), NoAnswer> {
        let page = format!("/secrets/{}", self.secret);
        loop {
            if seeded.below(3) > 0 {
                self.number += 1;
                let value = format!("value-{}", self.number);
                self.value.under_way = Some(value.clone());
                let answer = self.browser.post(&page, &[("action", "rotate"), ("value", &value)]).await?;
                journal.note(&answer, StatusCode::SEE_OTHER, "rotate")?;
                self.value.acknowledge();
            } else {
                let shown = self.browser.post(&page, &[("action", "reveal")]).await?;
                journal.note(&shown, StatusCode::OK, "reveal")?;
            }
        }
    }

    async fn shown(&mut self) -> String {
        let call =
            self.browser.post_raw("/api/secret/value", COMPACT, asked_value(&self.secret)).await.expect("an answer");
        assert_eq!(call.status, StatusCode::OK, "the value is shown: {}", call.body);
        call.decoded::<Revealed>().value
    }
}

/// Gives somebody access, and takes it back.
struct Sharer {
    browser: Browser,
    secret: String,
    with: String,
    access: Tried<bool>,
}

impl Sharer {
    async fn work(&mut self, journal: &mut Journal) -> Result<(), NoAnswer> {
        let page = format!("/secrets/{}/access", self.secret);
        loop {
            let gives = !self.access.acknowledged;
            self.access.under_way = Some(gives);
            let answer = if gives {
                self.browser.post(&page, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await?
            } else {
                self.browser.post(&page, &[("action", "take-back"), ("from", &self.with)]).await?
            };
            journal.note(&answer, StatusCode::SEE_OTHER, if gives { "grant" } else { "take back" })?;
            self.access.acknowledge();
        }
    }
}

/// Signs in again and again, and ends each of these sessions: from within, or from another one.
struct Ender {
    browser: Browser,
    name: &'static str,
    password: String,
}

impl Ender {
    async fn sessions(&mut self) -> Result<BTreeSet<String>, NoAnswer> {
        let answer = self.browser.get("/sessions").await?;
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(NoAnswer);
        }
        Ok(answer.page().all_hidden("session").into_iter().collect())
    }

    async fn work(&mut self, seeded: &mut Seeded, journal: &mut Journal) -> Result<(), NoAnswer> {
        loop {
            let before = self.sessions().await?;
            let mut other = self.browser.clone();
            other.handle = None;
            let answer = other.sign_in(self.name, &self.password).await?;
            journal.note(&answer, StatusCode::SEE_OTHER, "sign in")?;
            let handle = other.handle.clone().expect("a handle");
            let (answer, what) = match seeded.below(3) {
                0 => (other.post("/sign-out", &[]).await?, "sign out"),
                1 => (self.browser.post("/sessions", &[("action", "end-others")]).await?, "end others"),
                _ => {
                    let new = self.sessions().await?.difference(&before).next().cloned().expect("the new session");
                    (self.browser.post("/sessions", &[("action", "end"), ("session", &new)]).await?, "end one")
                }
            };
            journal.note(&answer, StatusCode::SEE_OTHER, what)?;
            journal.ended.push(handle);
        }
    }
}

/// Asks for what is refused, with its record all the same.
struct Refused {
    nobody: Browser,
    operator: Browser,
    strangers: String,
    own: String,
    taken: String,
}

impl Refused {
    async fn work(&mut self, journal: &mut Journal) -> Result<(), NoAnswer> {
        loop {
            journal.note(&self.nobody.get("/secrets").await?, StatusCode::FORBIDDEN, "a list without a role")?;
            let page = format!("/secrets/{}", self.strangers);
            journal.note(&self.operator.get(&page).await?, StatusCode::NOT_FOUND, "somebody else's secret")?;
            let answer = self.operator.post(&page, &[("action", "rotate"), ("value", "stolen")]).await?;
            journal.note(&answer, StatusCode::NOT_FOUND, "rotating somebody else's secret")?;
            let page = format!("/secrets/{}", self.own);
            let answer = self.operator.post(&page, &[("action", "rename"), ("name", &self.taken)]).await?;
            journal.note(&answer, StatusCode::UNPROCESSABLE_ENTITY, "a name that is taken")?;
        }
    }
}

/// Everybody who works at the same time; their sessions go on over the restarts.
pub struct Load {
    rotator: Rotator,
    sharer: Sharer,
    enders: [Ender; 2],
    refused: Refused,
    /// Answers in all rounds.
    pub answers: usize,
    /// What they were.
    pub done: BTreeMap<&'static str, usize>,
}

const OMARS: &str = "s.environment = 'dev' and s.owner = (select id from identities where name = 'omar') and not exists \
                     (select 1 from grants g where g.secret = s.id)";
const STRANGERS: &str = "s.owner <> (select id from identities where name = 'omar') and not exists \
                         (select 1 from grants g where g.secret = s.id)";

async fn text(rows: &AnyPool, statement: String) -> String {
    sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_one(rows).await.expect("there is one").get(0)
}

impl Load {
    /// Signs everybody in.
    pub async fn begin(server: &str, printed: &str, rows: &AnyPool) -> Self {
        let secret = |which: &'static str, number: u8| {
            text(rows, format!("select s.id from secrets s where {which} order by s.name limit 1 offset {number}"))
        };
        let signed_in = |name: &'static str, number: u8| async move {
            let mut browser = Browser::new(server, &format!("198.18.0.{number}"));
            browser.sign_in(name, &printed_password(printed, name)).await.expect("an answer");
            browser
        };
        let ender = |name: &'static str, number: u8| async move {
            Ender { browser: signed_in(name, number).await, name, password: printed_password(printed, name) }
        };
        let mut rotator = Rotator {
            browser: signed_in("omar", 1).await,
            secret: secret(OMARS, 0).await,
            value: Tried::new("value-0".to_owned()),
            number: 0,
        };
        let page = format!("/secrets/{}", rotator.secret);
        let first = rotator.browser.post(&page, &[("action", "rotate"), ("value", "value-0")]).await;
        assert_eq!(first.expect("an answer").status, StatusCode::SEE_OTHER);
        Self {
            rotator,
            sharer: Sharer {
                browser: signed_in("omar", 2).await,
                secret: secret(OMARS, 1).await,
                with: text(rows, "select id from identities where name = 'vera'".to_owned()).await,
                access: Tried::new(false),
            },
            enders: [ender("petra", 3).await, ender("quinn", 4).await],
            refused: Refused {
                nobody: signed_in("noor", 5).await,
                operator: signed_in("omar", 6).await,
                strangers: secret(STRANGERS, 0).await,
                own: secret(OMARS, 2).await,
                taken: text(rows, format!("select s.name from secrets s where {OMARS} order by s.name limit 1")).await,
            },
            answers: 0,
            done: BTreeMap::new(),
        }
    }

    fn browsers(&mut self) -> [&mut Browser; 6] {
        let [first, second] = &mut self.enders;
        [
            &mut self.rotator.browser,
            &mut self.sharer.browser,
            &mut first.browser,
            &mut second.browser,
            &mut self.refused.nobody,
            &mut self.refused.operator,
        ]
    }

    /// Works at the server until `kill`, which is told how many answers there were so far, has made an end of it.
    pub async fn run(&mut self, server: &str, mut seeded: Seeded, kill: impl AsyncFnOnce(Answered)) -> Journal {
        for browser in self.browsers() {
            browser.go_to(server);
        }
        let mut seeds = [(); 3].map(|()| Seeded(seeded.below(u64::MAX)));
        let answered = Arc::new(watch::Sender::new(0));
        let killed = kill(answered.subscribe());
        let mut journals = [(); 5].map(|()| Journal { answered: Arc::clone(&answered), ..Journal::default() });
        let ([one, two, three, four, five], [first, second, third]) = (&mut journals, &mut seeds);
        let [petra, quinn] = &mut self.enders;
        let (_, rotated, shared, ended, ended_too, refused) = tokio::join!(
            killed,
            self.rotator.work(first, one),
            self.sharer.work(two),
            petra.work(second, three),
            quinn.work(third, four),
            self.refused.work(five),
        );
        for work in [rotated, shared, ended, ended_too, refused] {
            assert!(work.is_err(), "each works until nobody answers any more");
        }
        let mut all = Journal::default();
        for journal in journals {
            all.answers.extend(journal.answers);
            all.ended.extend(journal.ended);
        }
        self.answers += all.answers.len();
        for (_, what) in &all.answers {
            *self.done.entry(what).or_default() += 1;
        }
        all
    }

    /// Through the pages of the server that was started again, and in its rows.
    pub async fn effects_are_there(&mut self, server: &str, rows: &AnyPool, journal: Journal) {
        for browser in self.browsers() {
            browser.go_to(server);
            let answer = browser.get("/settings").await.expect("an answer");
            assert_eq!(answer.status, StatusCode::OK, "a session that nobody ended goes on: {}", answer.body);
        }
        for handle in journal.ended {
            let mut ended = self.refused.nobody.clone();
            ended.handle = Some(handle);
            let answer = ended.get("/settings").await.expect("an answer");
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "what was ended does not come back to life");
            assert!(answer.location().starts_with("/sign-in"), "{}", answer.location());
        }
        let shown = self.rotator.shown().await;
        self.rotator.value.settle(shown);
        let granted = format!(
            "select cast(count(*) as text) from grants where secret = '{}' and identity = '{}'",
            self.sharer.secret, self.sharer.with
        );
        self.sharer.access.settle(text(rows, granted).await == "1");
    }
}
