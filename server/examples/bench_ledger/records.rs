//! Records that look like those of a company at work: few people, actions and resources ask often, and most ask rarely.

use super::database::mixed;
use doorward::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use doorward::{AuthenticationId, Environment, IdentityId, Kind, Method, Randomness, RecordId, SessionId, Timestamp};

/// People, of whom the first is by far the busiest.
pub const PEOPLE: u64 = 300;
/// Secrets that records are about.
pub const SECRETS: u64 = 5000;
/// One record of so many is refused.
const REFUSED: u64 = 50;
/// One record of so many is of [`RARE_ACTION`].
const RARE: u64 = 100_000;
/// An action that hardly anybody takes.
pub const RARE_ACTION: &str = "vault.rotate_key";
/// A person who is busy, and never does what is frequent among others.
pub const NEVER_AUDITS: u64 = 1;
/// What that person never does.
pub const AUDITING: &str = "ledger.read";
/// Actions, the most frequent first.
pub const ACTIONS: [&str; 30] = [
    "secret.read",
    "secret.list",
    "session.watch",
    "secret.uses",
    "secret.history",
    "secret.reveal",
    "console.open",
    "session.list",
    "settings.read",
    "route.list",
    "secret.rotate",
    "grant.list",
    "session.begin",
    "session.end",
    "ledger.read",
    "record.read",
    "secret.export",
    "method.list",
    "session.confirm",
    "method.add",
    "secret.grant",
    "secret.revoke",
    "ledger.export",
    "session.revoke",
    "role.limit",
    "method.remove",
    "secret.import",
    "user.add",
    "user.freeze",
    "demo.reset",
];
const REFUSALS: [(&str, &str); 6] = [
    ("not_granted", "nobody granted this secret to them"),
    ("not_signed_in", "nobody is signed in"),
    ("no_permission", "no role of theirs allows it"),
    ("stale_assurance", "too long ago they showed who they are"),
    ("session_ended", "the session has ended"),
    ("frozen", "the identity is frozen"),
];

/// Bytes that follow from a number.
struct Numbered(u64);

impl Randomness for Numbered {
    fn fill(&self, bytes: &mut [u8]) {
        for (place, part) in (0..).zip(bytes.chunks_mut(8)) {
            let number = mixed(self.0 ^ (place << 56)).to_be_bytes();
            part.copy_from_slice(&number[..part.len()]);
        }
    }
}

/// One of `many`, where each is about as frequent as its place is early (Zipf's law).
fn of_many(number: u64, many: u64) -> u64 {
    let part = (mixed(number) >> 11) as f64 / (1u64 << 53) as f64;
    ((many as f64 + 1.0).powf(part) as u64).saturating_sub(1).min(many - 1)
}

/// The sign-in name of a person.
pub fn name(person: u64) -> String {
    format!("person{person}")
}

/// What a record about a secret is about.
pub fn resource(secret: u64) -> String {
    format!("secret:{}", RecordId::new(Timestamp(1_790_000_000_000), &Numbered(secret)))
}

/// The environment of a secret.
pub fn environment(secret: u64) -> Environment {
    let name = if secret < SECRETS / 2 {
        "production"
    } else if secret < SECRETS - 100 {
        "staging"
    } else {
        "dev"
    };
    Environment::parse(name).expect("a name")
}

fn who(number: u64, at: Timestamp) -> Who {
    let person = of_many(number * 8, PEOPLE);
    let begun = Timestamp(at.0 - at.0 % 28_800_000);
    Who {
        identity: IdentityId::new(Timestamp(1_790_000_000_000), &Numbered(person)),
        name: name(person).into(),
        kind: if person % 20 == 19 { Kind::ServiceAccount } else { Kind::Person },
        session: Some(SessionId::new(begun, &Numbered(person))),
        authentication: Some(AuthenticationId::new(begun, &Numbered(person + 1_000_000))),
        method: Some(if person.is_multiple_of(3) { Method::Passkey } else { Method::PasswordAndCode }),
        authenticated: Some(begun),
    }
}

fn action(number: u64) -> &'static str {
    if mixed(number * 8 + 6).is_multiple_of(RARE) {
        return RARE_ACTION;
    }
    let action = ACTIONS[of_many(number * 8 + 1, ACTIONS.len() as u64) as usize];
    if action == AUDITING && of_many(number * 8, PEOPLE) == NEVER_AUDITS { ACTIONS[0] } else { action }
}

/// The record with this number, of this moment.
pub fn record(number: u64, at: Timestamp) -> AuditEntry {
    let [secret, refused, refusal, entry] = [2, 3, 4, 5].map(|place| number * 8 + place);
    let action = action(number);
    let allowed = !mixed(refused).is_multiple_of(REFUSED);
    let (code, words) =
        if allowed { ("role", "a role of theirs allows it") } else { REFUSALS[of_many(refusal, 6) as usize] };
    let about_secret = action.starts_with("secret.") && action != "secret.list";
    AuditEntry {
        who: (code != "not_signed_in").then(|| who(number, at)),
        resource: if about_secret { resource(of_many(secret, SECRETS)) } else { "console".to_owned() },
        parameters: if action.ends_with("list") { "page=1".to_owned() } else { String::new() },
        allowed,
        code: code.to_owned(),
        words: words.to_owned(),
        entry: Channel::ALL[of_many(entry, 5) as usize],
        address: Some(format!("10.0.{}.{}", number % 16, number % 250)),
        request: format!("{:016x}", mixed(number)),
        policy: Some(PolicyRows { version: 40, rows: "operator everywhere".to_owned() }),
        environment: about_secret.then(|| environment(of_many(secret, SECRETS))),
        outcome: Some(Outcome::of_decision(allowed)),
        resource_name: about_secret.then(|| format!("service-{}/key", of_many(secret, SECRETS))),
        ..AuditEntry::new(RecordId::new(at, &Numbered(number)), at, action)
    }
}
