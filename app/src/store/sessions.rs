//! Sessions: what a person sees of their own, and how it ends.

use super::StoreError;
use crate::door::Permit;
use crate::pages::{dashboard, sign_out};
use async_trait::async_trait;
use doorward::guard::HandleHash;
use doorward::{Environment, Moment, RecordId, SessionId};

/// What a person may do in one environment.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The environment.
    pub environment: Environment,
    /// How many secrets they may see there.
    pub secrets: i64,
    /// The permissions their roles hold there, by name.
    pub permissions: Vec<String>,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionCard {
    /// Its public id.
    pub id: SessionId,
    /// When it began.
    pub started: Moment,
    /// How it was authenticated.
    pub method: String,
    /// When that was.
    pub authenticated: Moment,
    /// From which network address.
    pub address: Option<String>,
    /// With which browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it ends if nothing is done.
    pub idle_end: Moment,
    /// When it ends in any case.
    pub ends: Moment,
}

/// A decision about the person who reads it.
#[derive(Clone, Debug)]
pub struct OwnDecision {
    /// The record.
    pub id: RecordId,
    /// When.
    pub at: Moment,
    /// The action's name.
    pub action: String,
    /// What it was about.
    pub resource: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Why, in words.
    pub words: String,
}

/// Everything on the dashboard.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the person may read.
    pub reach: Vec<Reach>,
    /// This session.
    pub session: SessionCard,
    /// Their last decisions, the newest first.
    pub decisions: Vec<OwnDecision>,
}

/// Reads and writes of sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The asker's own dashboard.
    async fn overview(&self, permit: Permit<dashboard::can::ReadOverview>) -> Result<Overview, StoreError>;

    /// Ends the asker's own session, at once.
    async fn end_own(&self, permit: Permit<sign_out::can::EndOwnSession>) -> Result<(), StoreError>;

    /// Keeps a message in the session until the next page shows it.
    async fn put_flash(&self, handle: &HandleHash, message: &str) -> Result<(), StoreError>;

    /// Takes the message that waits in the session.
    async fn take_flash(&self, handle: &HandleHash) -> Result<Option<String>, StoreError>;
}
