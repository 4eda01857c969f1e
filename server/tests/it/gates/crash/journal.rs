//! What was tried and answered, as those who asked know it.

use crate::support::browser::NoAnswer;
use crate::support::world::Answer;
use axum::http::StatusCode;
use std::sync::Arc;
use tokio::sync::watch;

/// How many answers there were so far.
pub type Answered = watch::Receiver<u64>;

/// Something that was changed again and again: what was acknowledged last, and what was tried after that.
pub struct Tried<T> {
    pub acknowledged: T,
    pub under_way: Option<T>,
}

impl<T: PartialEq + std::fmt::Debug> Tried<T> {
    pub const fn new(acknowledged: T) -> Self {
        Self { acknowledged, under_way: None }
    }

    pub fn acknowledge(&mut self) {
        if let Some(tried) = self.under_way.take() {
            self.acknowledged = tried;
        }
    }

    /// `found` must be one of the two, and is what counts from now on.
    pub fn settle(&mut self, found: T) {
        let may_be = found == self.acknowledged || self.under_way.as_ref() == Some(&found);
        assert!(may_be, "{found:?}, where {:?} was acknowledged and {:?} tried", self.acknowledged, self.under_way);
        *self = Self::new(found);
    }
}

/// What one round was told.
#[derive(Default)]
pub struct Journal {
    /// How many answers everybody got in this round.
    pub answered: Arc<watch::Sender<u64>>,
    /// Requests that were answered, and what they were.
    pub answers: Vec<(String, &'static str)>,
    /// Handles of sessions whose end was acknowledged.
    pub ended: Vec<String>,
}

impl Journal {
    /// Notes an answer; its status must be the expected one. From a server that is too busy to answer nobody knows whether
    /// what was asked for has happened.
    pub fn note(&mut self, answer: &Answer, expected: StatusCode, what: &'static str) -> Result<(), NoAnswer> {
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(NoAnswer);
        }
        assert_eq!(answer.status, expected, "{what}: {}", answer.body);
        self.answers.push((answer.header("x-request-id").to_owned(), what));
        self.answered.send_modify(|answered| *answered += 1);
        Ok(())
    }
}
