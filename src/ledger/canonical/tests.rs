use super::*;
use crate::ledger::Channel;
use crate::{AuthenticationId, Environment, IdentityId, Kind, Method, RecordId, SessionId, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A record with every field.
pub(in crate::ledger) fn full() -> AuditEntry {
    AuditEntry {
        id: RecordId::parse("01kb0000000000000000000001").unwrap(),
        at: Timestamp(1_795_000_000_000),
        who: Some(Who {
            identity: IdentityId::parse("01kb0000000000000000000002").unwrap(),
            name: "zoë".into(),
            kind: Kind::ServiceAccount,
            session: SessionId::parse("01kb0000000000000000000003").ok(),
            authentication: AuthenticationId::parse("01kb0000000000000000000004").ok(),
            method: Some(Method::PasswordAndCode),
            authenticated: Some(Timestamp(1_794_999_999_000)),
        }),
        action: "secret.reveal".to_owned(),
        resource: "secret:01kb0000000000000000000005".to_owned(),
        parameters: String::new(),
        allowed: true,
        code: "role".to_owned(),
        words: "a role allows it".to_owned(),
        entry: Channel::ServerFunction,
        address: Some("192.0.2.7".to_owned()),
        request: "r1".to_owned(),
        policy: Some(PolicyRows { version: 3, rows: "operator in dev".to_owned() }),
        environment: Environment::parse("dev").ok(),
        outcome: Some(Outcome::Done),
        resource_name: Some("billing/key".to_owned()),
    }
}

/// A record in which everything that can be missing is missing.
fn bare() -> AuditEntry {
    let empty = String::new;
    AuditEntry {
        id: RecordId::NOTHING,
        at: Timestamp(-1),
        who: None,
        action: empty(),
        resource: empty(),
        parameters: empty(),
        allowed: false,
        code: empty(),
        words: empty(),
        entry: Channel::Page,
        address: None,
        request: empty(),
        policy: None,
        environment: None,
        outcome: None,
        resource_name: None,
    }
}

/// A record with every field that the third layout has.
fn third() -> AuditEntry {
    AuditEntry { outcome: None, resource_name: None, ..full() }
}

/// Spells bytes as Rust would: what can be read as it is, the rest as `\x00`.
fn readable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[test]
fn the_bytes_of_a_record_stay_what_they_are() {
    let expected = concat!(
        r"\x04",
        r"\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000001",
        r"\x00\x00\x01\xa1\xeeV^\x00",
        r"\x01",
        r"\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000002",
        r"\x00\x00\x00\x00\x00\x00\x00\x04zo\xc3\xab",
        r"\x00\x00\x00\x00\x00\x00\x00\x0fservice_account",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000003",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000004",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\rpassword+code",
        r"\x01\x00\x00\x01\xa1\xeeVZ\x18",
        r"\x00\x00\x00\x00\x00\x00\x00\rsecret.reveal",
        r"\x00\x00\x00\x00\x00\x00\x00!secret:01kb0000000000000000000005",
        r"\x00\x00\x00\x00\x00\x00\x00\x00",
        r"\x01",
        r"\x00\x00\x00\x00\x00\x00\x00\x04role",
        r"\x00\x00\x00\x00\x00\x00\x00\x10a role allows it",
        r"\x00\x00\x00\x00\x00\x00\x00\x0fserver_function",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\t192.0.2.7",
        r"\x00\x00\x00\x00\x00\x00\x00\x02r1",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x0foperator in dev",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x03dev",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x04done",
        r"\x01\x00\x00\x00\x00\x00\x00\x00\x0bbilling/key",
    );
    assert_eq!(readable(&full().canonical_bytes()), expected);
}

#[test]
fn a_record_from_before_the_fourth_layout_keeps_its_bytes() {
    let bytes = readable(&third().canonical_bytes());
    assert!(bytes.starts_with(r"\x03\x00\x00\x00\x00\x00\x00\x00\x1a01kb"), "{bytes}");
    assert!(bytes.ends_with(r"operator in dev\x00\x00\x00\x00\x00\x00\x00\x03dev"), "{bytes}");
}

#[test]
fn a_record_from_before_the_third_layout_keeps_its_bytes() {
    let bytes = readable(&AuditEntry { environment: None, ..third() }.canonical_bytes());
    assert!(bytes.starts_with(r"\x02\x00\x00\x00\x00\x00\x00\x00\x1a01kb"), "{bytes}");
    assert!(bytes.ends_with("operator in dev"), "{bytes}");
}

#[test]
fn a_record_from_before_the_second_layout_keeps_its_bytes() {
    let who = full().who.map(|who| Who { authenticated: None, ..who });
    let before = AuditEntry { who, policy: None, environment: None, ..third() };
    let bytes = readable(&before.canonical_bytes());
    assert!(bytes.starts_with(r"\x01\x00\x00\x00\x00\x00\x00\x00\x1a01kb"), "{bytes}");
    assert!(bytes.contains(r"password+code\x00\x00\x00\x00\x00\x00\x00\rsecret.reveal"), "{bytes}");
    assert!(bytes.ends_with(r"\x00\x00\x00\x00\x00\x00\x00\x02r1"), "{bytes}");
}

#[test]
fn what_is_missing_differs_from_what_is_empty() {
    let missing = bare();
    let empty = AuditEntry { address: Some(String::new()), ..bare() };
    assert_ne!(missing.canonical_bytes(), empty.canonical_bytes());
    assert!(readable(&missing.canonical_bytes()).contains(r"\xff\xff\xff\xff\xff\xff\xff\xff\x00"));
}

/// Reads what [`Writer`] wrote. That this can be done is what makes two records never give the same
/// bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn length(&mut self) -> usize {
        u64::from_be_bytes(self.take(8).try_into().unwrap()).try_into().unwrap()
    }

    fn number(&mut self) -> i64 {
        i64::from_be_bytes(self.take(8).try_into().unwrap())
    }

    fn text(&mut self) -> &'a str {
        let length = self.length();
        str::from_utf8(self.take(length)).unwrap()
    }

    fn flag(&mut self) -> bool {
        match self.take(1) {
            [0] => false,
            [1] => true,
            other => panic!("{other:?} is no flag"),
        }
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| read(self))
    }

    fn who(&mut self, second: bool) -> Who {
        Who {
            identity: IdentityId::parse(self.text()).unwrap(),
            name: self.text().into(),
            kind: Kind::parse(self.text()).unwrap(),
            session: self.optional(|bytes| SessionId::parse(bytes.text()).unwrap()),
            authentication: self.optional(|bytes| AuthenticationId::parse(bytes.text()).unwrap()),
            method: self.optional(|bytes| Method::parse(bytes.text()).unwrap()),
            authenticated: second.then(|| self.optional(|bytes| Timestamp(bytes.number()))).flatten(),
        }
    }

    fn policy(&mut self) -> PolicyRows {
        PolicyRows { version: self.number(), rows: self.text().to_owned() }
    }

    fn entry(mut self) -> AuditEntry {
        let layout = self.take(1)[0];
        assert!((FIRST..=FOURTH).contains(&layout), "{layout} is no layout");
        let (second, fourth) = (layout >= SECOND, layout >= FOURTH);
        let entry = AuditEntry {
            id: RecordId::parse(self.text()).unwrap(),
            at: Timestamp(self.number()),
            who: self.optional(|bytes| bytes.who(second)),
            action: self.text().to_owned(),
            resource: self.text().to_owned(),
            parameters: self.text().to_owned(),
            allowed: self.flag(),
            code: self.text().to_owned(),
            words: self.text().to_owned(),
            entry: Channel::parse(self.text()).unwrap(),
            address: self.optional(|bytes| bytes.text().to_owned()),
            request: self.text().to_owned(),
            policy: second.then(|| self.optional(Self::policy)).flatten(),
            environment: match layout {
                FOURTH => self.optional(|bytes| Environment::parse(bytes.text()).unwrap()),
                THIRD => Environment::parse(self.text()).ok(),
                _ => None,
            },
            outcome: fourth.then(|| self.optional(|bytes| Outcome::parse(bytes.text()).unwrap())).flatten(),
            resource_name: fourth.then(|| self.optional(|bytes| bytes.text().to_owned())).flatten(),
        };
        assert!(self.0.is_empty(), "nothing follows the last field");
        entry
    }
}

/// Few texts, so that two records often differ by little: by where a field ends, or by what looks
/// like a length.
fn text() -> impl Strategy<Value = String> {
    "[a\u{0}\u{1}é]{0,2}"
}

fn id() -> impl Strategy<Value = String> {
    "0{25}[0-2]"
}

fn who() -> impl Strategy<Value = Who> {
    let kinds = select(vec![Kind::Person, Kind::ServiceAccount, Kind::Agent]);
    let method = option::of(select(&Method::ALL[..]));
    let fields =
        (id(), text(), kinds, option::of(id()), option::of(id()), method, option::of(any::<i64>().prop_map(Timestamp)));
    fields.prop_map(|(identity, name, kind, session, authentication, method, authenticated)| Who {
        identity: IdentityId::parse(&identity).unwrap(),
        name: name.into(),
        kind,
        session: session.map(|id| SessionId::parse(&id).unwrap()),
        authentication: authentication.map(|id| AuthenticationId::parse(&id).unwrap()),
        method,
        authenticated,
    })
}

fn policy() -> impl Strategy<Value = PolicyRows> {
    (any::<i64>(), text()).prop_map(|(version, rows)| PolicyRows { version, rows })
}

fn entry() -> impl Strategy<Value = AuditEntry> {
    let environment = option::of("[ab]{1,2}".prop_map(|name| Environment::parse(&name).unwrap()));
    let entries = select(&Channel::ALL[..]);
    let outcome = option::of(select(&Outcome::ALL[..]));
    let facts =
        (id(), any::<i64>(), option::of(who()), any::<bool>(), entries, option::of(policy()), environment, outcome);
    let texts = (text(), text(), text(), text(), text(), option::of(text()), text(), option::of(text()));
    (facts, texts).prop_map(|((id, at, who, allowed, entry, policy, environment, outcome), texts)| {
        let (action, resource, parameters, code, words, address, request, resource_name) = texts;
        let id = RecordId::parse(&id).unwrap();
        let at = Timestamp(at);
        AuditEntry {
            id,
            at,
            who,
            action,
            resource,
            parameters,
            allowed,
            code,
            words,
            entry,
            address,
            request,
            policy,
            environment,
            outcome,
            resource_name,
        }
    })
}

proptest! {
    #[test]
    fn a_record_can_be_read_back_from_its_bytes(entry in entry()) {
        prop_assert_eq!(Reader(&entry.canonical_bytes()).entry(), entry);
    }

    #[test]
    fn two_different_records_never_give_the_same_bytes(one in entry(), other in entry()) {
        prop_assert_eq!(one == other, one.canonical_bytes() == other.canonical_bytes());
    }

    #[test]
    fn moving_text_from_one_field_to_the_next_gives_other_bytes(entry in entry(), moved in "[a\u{0}]{1,3}") {
        let before = AuditEntry { action: entry.action.clone() + &moved, ..entry.clone() };
        let after = AuditEntry { resource: moved + &entry.resource, ..entry };
        prop_assert_ne!(before.canonical_bytes(), after.canonical_bytes());
    }
}
