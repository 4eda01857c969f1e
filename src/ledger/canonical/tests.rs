use super::*;
use crate::ledger::{Channel, Outcome, PolicyRows, Who};
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
    AuditEntry { entry: Channel::Page, ..AuditEntry::new(RecordId::NOTHING, Timestamp(-1), "") }
}

/// A record with every field that the third layout has.
fn third() -> AuditEntry {
    AuditEntry { outcome: None, resource_name: None, ..full() }
}

/// Spells bytes as Rust would: what can be read as it is, the rest as `\x00`.
fn readable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

const TO_METHOD: &str = concat!(
    r"\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000001",
    r"\x00\x00\x01\xa1\xeeV^\x00",
    r"\x01",
    r"\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000002",
    r"\x00\x00\x00\x00\x00\x00\x00\x04zo\xc3\xab",
    r"\x00\x00\x00\x00\x00\x00\x00\x0fservice_account",
    r"\x01\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000003",
    r"\x01\x00\x00\x00\x00\x00\x00\x00\x1a01kb0000000000000000000004",
    r"\x01\x00\x00\x00\x00\x00\x00\x00\rpassword+code",
);
const AUTHENTICATED: &str = r"\x01\x00\x00\x01\xa1\xeeVZ\x18";
const TO_REQUEST: &str = concat!(
    r"\x00\x00\x00\x00\x00\x00\x00\rsecret.reveal",
    r"\x00\x00\x00\x00\x00\x00\x00!secret:01kb0000000000000000000005",
    r"\x00\x00\x00\x00\x00\x00\x00\x00",
    r"\x01",
    r"\x00\x00\x00\x00\x00\x00\x00\x04role",
    r"\x00\x00\x00\x00\x00\x00\x00\x10a role allows it",
    r"\x00\x00\x00\x00\x00\x00\x00\x0fserver_function",
    r"\x01\x00\x00\x00\x00\x00\x00\x00\t192.0.2.7",
    r"\x00\x00\x00\x00\x00\x00\x00\x02r1",
);
const POLICY: &str = r"\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x0foperator in dev";
const ENVIRONMENT: &str = r"\x00\x00\x00\x00\x00\x00\x00\x03dev";
const FOURTH: &str =
    concat!(r"\x01\x00\x00\x00\x00\x00\x00\x00\x04done", r"\x01\x00\x00\x00\x00\x00\x00\x00\x0bbilling/key",);

#[test]
fn the_bytes_of_a_record_stay_what_they_are() {
    let expected = format!(r"\x04{TO_METHOD}{AUTHENTICATED}{TO_REQUEST}{POLICY}\x01{ENVIRONMENT}{FOURTH}");
    assert_eq!(readable(&full().canonical_bytes()), expected);
    let without = AuditEntry { environment: None, ..full() };
    let expected = format!(r"\x04{TO_METHOD}{AUTHENTICATED}{TO_REQUEST}{POLICY}\x00{FOURTH}");
    assert_eq!(readable(&without.canonical_bytes()), expected);
}

#[test]
fn a_record_from_before_the_fourth_layout_keeps_its_bytes() {
    let expected = format!(r"\x03{TO_METHOD}{AUTHENTICATED}{TO_REQUEST}{POLICY}{ENVIRONMENT}");
    assert_eq!(readable(&third().canonical_bytes()), expected);
}

#[test]
fn a_record_from_before_the_third_layout_keeps_its_bytes() {
    let before = AuditEntry { environment: None, ..third() };
    let expected = format!(r"\x02{TO_METHOD}{AUTHENTICATED}{TO_REQUEST}{POLICY}");
    assert_eq!(readable(&before.canonical_bytes()), expected);
    let without = AuditEntry { policy: None, ..before };
    assert_eq!(readable(&without.canonical_bytes()), format!(r"\x02{TO_METHOD}{AUTHENTICATED}{TO_REQUEST}\x00"));
}

#[test]
fn a_record_from_before_the_second_layout_keeps_its_bytes() {
    let who = full().who.map(|who| Who { authenticated: None, ..who });
    let before = AuditEntry { who, policy: None, environment: None, ..third() };
    assert_eq!(readable(&before.canonical_bytes()), format!(r"\x01{TO_METHOD}{TO_REQUEST}"));
}

#[test]
fn what_is_missing_differs_from_what_is_empty() {
    let missing = bare();
    let empty = AuditEntry { address: Some(String::new()), ..bare() };
    assert_ne!(missing.canonical_bytes(), empty.canonical_bytes());
    assert!(readable(&missing.canonical_bytes()).contains(r"\xff\xff\xff\xff\xff\xff\xff\xff\x00"));
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

#[test]
fn damaged_bytes_are_no_record() {
    let good = full().canonical_bytes();
    let longer = [good.as_slice(), b"0"].concat();
    let mut newer = good.clone();
    newer[0] += 1;
    for bad in [&[][..], &good[1..], &good[..good.len() - 1], &longer, &newer] {
        assert_eq!(AuditEntry::from_canonical_bytes(bad), None);
    }
}

proptest! {
    /// That a record can be read back is what makes two records never give the same bytes.
    #[test]
    fn a_record_can_be_read_back_from_its_bytes(entry in entry()) {
        prop_assert_eq!(AuditEntry::from_canonical_bytes(&entry.canonical_bytes()), Some(entry));
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
