//! The canonical encoding of a record: hashing these bytes commits to the whole record.

use super::{AuditEntry, Outcome, PolicyRows, Who};
use crate::Environment;

/// Layout 1, the first byte of records without any field of layout 2. Bytes that were hashed in
/// this layout stay the same.
const FIRST: u8 = 1;
/// Layout 2, for records without any field of layout 3.
const SECOND: u8 = 2;
/// Layout 3, for records without any field of layout 4.
const THIRD: u8 = 3;
/// Layout 4, for all other records.
const FOURTH: u8 = 4;

impl AuditEntry {
    /// Returns the record as bytes: the same on every machine, and different for any other record.
    ///
    /// | place | field | form |
    /// |---|---|---|
    /// | 1 | layout | the byte `04`; `03` if 16 and 17 are missing, `02` if 15 is missing too, and `01` if 4.7 and 14 are missing too. A layout writes only the places that it has |
    /// | 2 | `id` | text |
    /// | 3 | `at` | 8 bytes: milliseconds since 1970, big-endian, two's complement |
    /// | 4 | `who` | optional; where it is there, the places 4.1 to 4.6 follow |
    /// | 4.1 | `who.identity` | text |
    /// | 4.2 | `who.name` | text |
    /// | 4.3 | `who.kind` | text, as [`Kind::as_str`](crate::Kind::as_str) spells it |
    /// | 4.4 | `who.session` | optional text |
    /// | 4.5 | `who.authentication` | optional text |
    /// | 4.6 | `who.method` | optional text, as [`Method::as_str`](crate::Method::as_str) spells it |
    /// | 4.7 | `who.authenticated` | optional number, in the form of place 3 |
    /// | 5 | `action` | text |
    /// | 6 | `resource` | text |
    /// | 7 | `parameters` | text |
    /// | 8 | `allowed` | the byte `01` where it was allowed, `00` where it was refused |
    /// | 9 | `code` | text |
    /// | 10 | `words` | text |
    /// | 11 | `entry` | text, as [`Channel::as_str`](super::Channel::as_str) spells it |
    /// | 12 | `address` | optional text |
    /// | 13 | `request` | text |
    /// | 14 | `policy` | optional; where it is there, `version` as a number and `rows` as text |
    /// | 15 | `environment` | text in layout 3, optional text in layout 4 |
    /// | 16 | `outcome` | optional text, as [`Outcome::as_str`](super::Outcome::as_str) spells it |
    /// | 17 | `resource_name` | optional text |
    ///
    /// A text is its length in bytes (8 bytes, big-endian), then its UTF-8 bytes, never normalized.
    /// An optional field is the byte `00` if it is missing, or `01` and then the field, so missing
    /// and empty differ.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let layout = self.layout();
        let second = layout >= SECOND;
        let mut bytes = Writer(vec![layout]);
        bytes.text(self.id.as_str());
        bytes.number(self.at.0);
        bytes.optional(self.who.as_ref(), |bytes, who| bytes.who(who, second));
        bytes.text(&self.action);
        bytes.text(&self.resource);
        bytes.text(&self.parameters);
        bytes.0.push(u8::from(self.allowed));
        bytes.text(&self.code);
        bytes.text(&self.words);
        bytes.text(self.entry.as_str());
        bytes.optional(self.address.as_deref(), Writer::text);
        bytes.text(&self.request);
        if second {
            bytes.optional(self.policy.as_ref(), Writer::policy);
        }
        let environment = self.environment.as_ref().map(Environment::as_str);
        if layout >= FOURTH {
            bytes.optional(environment, Writer::text);
            bytes.optional(self.outcome.map(Outcome::as_str), Writer::text);
            bytes.optional(self.resource_name.as_deref(), Writer::text);
        } else if let Some(environment) = environment {
            bytes.text(environment);
        }
        bytes.0
    }

    fn layout(&self) -> u8 {
        if self.outcome.is_some() || self.resource_name.is_some() {
            return FOURTH;
        }
        let authenticated = self.who.as_ref().is_some_and(|who| who.authenticated.is_some());
        match (&self.environment, &self.policy) {
            (Some(_), _) => THIRD,
            (None, Some(_)) => SECOND,
            (None, None) if authenticated => SECOND,
            (None, None) => FIRST,
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn text(&mut self, text: &str) {
        // No platform has lengths of more than 64 bits.
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn who(&mut self, who: &Who, second: bool) {
        self.text(who.identity.as_str());
        self.text(&who.name);
        self.text(who.kind.as_str());
        self.optional(who.session.as_ref().map(|id| id.as_str()), Self::text);
        self.optional(who.authentication.as_ref().map(|id| id.as_str()), Self::text);
        self.optional(who.method.map(|method| method.as_str()), Self::text);
        if second {
            self.optional(who.authenticated, |bytes, at| bytes.number(at.0));
        }
    }

    fn policy(&mut self, policy: &PolicyRows) {
        self.number(policy.version);
        self.text(&policy.rows);
    }
}

#[cfg(test)]
pub(super) mod tests;
