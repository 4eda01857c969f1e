//! What a view knows about its request: the decision, and the posted form.

use crate::page::error::PageError;
use crate::page::form::Form;
use doorward::{Grounds, RecordId, Timestamp};
use std::any::Any;
use std::sync::Arc;

/// The decision behind a page, and the form that was posted to it.
pub struct ViewContext {
    /// The time of the decision.
    pub now: Timestamp,
    /// The grounds of the decision.
    pub grounds: Grounds,
    /// The record of the decision.
    pub record: RecordId,
    /// The posted form and its result.
    pub turn: FormResult,
}

/// A posted form and its result. Empty if no form was posted.
#[derive(Default)]
pub struct FormResult {
    pub(crate) done: Option<Box<dyn Any + Send>>,
    pub(crate) failure: Option<PageError>,
    pub(crate) form: Option<Arc<Form>>,
    pub(crate) action: Option<&'static str>,
}

impl FormResult {
    /// Returns what the action gave to be shown.
    #[must_use]
    pub fn done<T: 'static>(&self) -> Option<&T> {
        self.done.as_ref()?.downcast_ref()
    }

    /// Returns the result for one of several forms, or `None` if another form was posted.
    #[must_use]
    pub fn of<'a>(&'a self, action: &str) -> Option<&'a Self> {
        (self.action == Some(action)).then_some(self)
    }

    /// Returns the sentence beside a field. The name "" means the whole form.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        match &self.failure {
            Some(PageError::Invalid { field: wrong, message }) if wrong == field => Some(message.clone()),
            Some(failure @ PageError::TooMany { .. }) if field.is_empty() => Some(failure.sentence()),
            _ => None,
        }
    }

    /// Returns whether a field was sent: a checkbox that was checked.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.form.as_ref().is_some_and(|form| form.has(field))
    }

    /// Returns what was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        self.form.as_ref().map(|form| form.text(field).to_owned()).unwrap_or_default()
    }
}
