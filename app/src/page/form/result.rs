//! What a page's view knows of its own request: the decision behind it, and the form that was posted.

use crate::page::error::PageError;
use crate::page::form::Form;
use doorward::{Grounds, RecordId, Timestamp};
use std::any::Any;
use std::sync::Arc;

/// What stands behind a page that is shown.
pub struct ViewContext {
    /// When it was decided.
    pub now: Timestamp,
    /// On what grounds.
    pub grounds: Grounds,
    /// The record of that.
    pub record: RecordId,
    /// The form that was posted, and what came of it.
    pub turn: FormResult,
}

/// What a page knows of the form that was posted to it.
#[derive(Default)]
pub struct FormResult {
    pub(crate) done: Option<Box<dyn Any + Send>>,
    pub(crate) failure: Option<PageError>,
    pub(crate) form: Option<Arc<Form>>,
    pub(crate) action: Option<&'static str>,
}

impl FormResult {
    /// What the action gave to be shown.
    #[must_use]
    pub fn done<T: 'static>(&self) -> Option<&T> {
        self.done.as_ref()?.downcast_ref()
    }

    /// The same turn for one of several forms: where another one was posted, nothing was.
    #[must_use]
    pub fn of<'a>(&'a self, action: &str) -> Option<&'a Self> {
        (self.action == Some(action)).then_some(self)
    }

    /// The sentence beside a field; the name "" stands for the form as a whole.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        match &self.failure {
            Some(PageError::Invalid { field: wrong, message }) if wrong == field => Some(message.clone()),
            Some(failure @ PageError::TooMany { .. }) if field.is_empty() => Some(failure.sentence()),
            _ => None,
        }
    }

    /// What was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        self.form.as_ref().map(|form| form.text(field).to_owned()).unwrap_or_default()
    }
}
