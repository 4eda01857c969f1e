//! What a field of a record is to the code that stores, encodes, searches, forwards and shows it.

use super::AuditEntry;
use crate::{AuthenticationId, Environment, IdentityId, Kind, Method, RecordId, SessionId, Timestamp};
use std::borrow::Cow;

/// A field of [`AuditEntry`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The column in the database, and the name in exports and forwarded records.
    pub column: &'static str,
    /// The name in files of sealed records, some of which is older than the column's.
    pub name: &'static str,
    /// The first layout of the canonical bytes that has the field.
    pub since: u8,
    /// The part of the record that the field belongs to.
    pub part: Part,
    /// The form of its value.
    pub form: Form,
    /// Whether the field is always there if its part is.
    pub required: bool,
    /// How a search finds a record by the field.
    pub terms: &'static [Terms],
    /// How the record's page shows the field.
    pub shown: Shown,
    pub(super) get: fn(&AuditEntry) -> Option<Value<'_>>,
    pub(super) set: fn(&mut AuditEntry, Value<'_>) -> Option<()>,
}

impl Field {
    /// Returns the field's value in a record, or `None` if it is missing.
    #[must_use]
    pub fn of<'a>(&self, entry: &'a AuditEntry) -> Option<Value<'a>> {
        (self.get)(entry)
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(i64),
    /// A time.
    Time(Timestamp),
    /// The decision: `true` if the action was allowed.
    Decision(bool),
}

impl<'a> Value<'a> {
    /// Returns the decision as a word, for example in a column.
    #[must_use]
    pub const fn decision(allowed: bool) -> &'static str {
        if allowed { "allowed" } else { "refused" }
    }

    /// Parses what [`Value::decision`] returned.
    #[must_use]
    pub fn parse_decision(text: &str) -> Option<Self> {
        [true, false].into_iter().find(|allowed| Self::decision(*allowed) == text).map(Self::Decision)
    }

    /// Returns the value as text. A time is written by `time`.
    #[must_use]
    pub fn text(self, time: impl FnOnce(Timestamp) -> String) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string().into(),
            Self::Time(at) => time(at).into(),
            Self::Decision(allowed) => Self::decision(allowed).into(),
        }
    }
}

/// The form of a field's value: the variant of [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// [`Value::Text`].
    Text,
    /// [`Value::Number`].
    Number,
    /// [`Value::Time`].
    Time,
    /// [`Value::Decision`].
    Decision,
}

/// A part of a record. All required fields of a part are there, or none of its fields is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The record itself.
    Record,
    /// The principal, [`AuditEntry::who`].
    Who,
    /// The policy rows, [`AuditEntry::policy`].
    Policy,
}

impl Part {
    /// Returns whether a record has the part.
    #[must_use]
    pub const fn is_in(self, entry: &AuditEntry) -> bool {
        match self {
            Self::Record => true,
            Self::Who => entry.who.is_some(),
            Self::Policy => entry.policy.is_some(),
        }
    }
}

/// How a search finds a record by a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// By each word of it.
    Words,
    /// By each word of its names and values; the field is a query such as `page=1&sort=name`.
    Query,
    /// By the whole value, under this name: `who=omar`.
    Exact(&'static str),
    /// By the beginning of each of its parts, under this name: `resource=key2`.
    Parts(&'static str),
}

/// How the record's page shows a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Not in the list of fields: the page shows it in a form of its own.
    Apart,
    /// Under "What was asked", with this label.
    Asked(&'static str, Look),
    /// Under "What was decided", with this label.
    Decided(&'static str, Look),
}

/// The look of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// As a code, in a font of one width.
    Code,
    /// As words, with blanks instead of `_`.
    Spaced,
}

/// A record that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field {0} is missing or not valid")]
pub struct BadRecord(
    /// The column of the first field that is wrong.
    pub &'static str,
);

/// A type that a field can have.
pub(super) trait Stored: Sized {
    const FORM: Form;
    const REQUIRED: bool = true;
    fn value(&self) -> Option<Value<'_>>;
    fn read(value: Value<'_>) -> Option<Self>;
}

impl<T: Stored> Stored for Option<T> {
    const FORM: Form = T::FORM;
    const REQUIRED: bool = false;

    fn value(&self) -> Option<Value<'_>> {
        self.as_ref().and_then(T::value)
    }

    fn read(value: Value<'_>) -> Option<Self> {
        T::read(value).map(Some)
    }
}

macro_rules! stored_as_text {
    ($($type:ty: |$value:ident| $text:expr, |$typed:ident| $read:expr;)*) => {$(
        impl Stored for $type {
            const FORM: Form = Form::Text;

            fn value(&self) -> Option<Value<'_>> {
                let $value = self;
                Some(Value::Text(Cow::Borrowed($text)))
            }

            fn read(value: Value<'_>) -> Option<Self> {
                let Value::Text($typed) = value else { return None };
                $read
            }
        }
    )*};
}

stored_as_text! {
    String: |text| text, |text| Some(text.into_owned());
    Box<str>: |text| text, |text| Some(text.into_owned().into());
    RecordId: |id| id.as_str(), |text| Self::parse(&text).ok();
    IdentityId: |id| id.as_str(), |text| Self::parse(&text).ok();
    SessionId: |id| id.as_str(), |text| Self::parse(&text).ok();
    AuthenticationId: |id| id.as_str(), |text| Self::parse(&text).ok();
    Environment: |environment| environment.as_str(), |text| Self::parse(&text).ok();
    Kind: |kind| kind.as_str(), |text| Self::parse(&text);
    Method: |method| method.as_str(), |text| Self::parse(&text);
    super::Channel: |channel| channel.as_str(), |text| Self::parse(&text);
    super::Outcome: |outcome| outcome.as_str(), |text| Self::parse(&text);
}

macro_rules! stored_as {
    ($($type:ty: $form:ident;)*) => {$(
        impl Stored for $type {
            const FORM: Form = Form::$form;

            fn value(&self) -> Option<Value<'_>> {
                Some(Value::$form(*self))
            }

            fn read(value: Value<'_>) -> Option<Self> {
                if let Value::$form(value) = value { Some(value) } else { None }
            }
        }
    )*};
}

stored_as! {
    i64: Number;
    Timestamp: Time;
    bool: Decision;
}

/// Returns the form of a field of this type, and whether the field is required.
pub(super) const fn kind_of<R, T: Stored>(_: fn(&R) -> &T) -> (Form, bool) {
    (T::FORM, T::REQUIRED)
}
