//! Databases with many sessions, written in bulk.

use super::database::{Filled, engine, mixed};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::Timestamp;
use doorward::guard::HandleHash;
use server::clock::since_start;
use server::sessions::handles;
use sha2::{Digest, Sha256};

/// Rows of one statement.
const ROWS: u64 = 500;
/// What every session here was begun with.
pub const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
/// Sessions of one identity where nothing else is said.
const EACH: u64 = 10;
const HOUR: i64 = 3_600_000;

/// The id of the row with this number; of sessions, identities and authentications alike.
pub fn id(number: u64) -> String {
    format!("01kb{number:022}")
}

/// The handle of a session, as its cookie carries it: unpredictable enough to lie anywhere in an index.
pub fn handle(number: u64) -> String {
    let mut bytes = [0; 32];
    for (place, part) in (0..).zip(bytes.chunks_exact_mut(8)) {
        part.copy_from_slice(&mixed(number * 4 + place).to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash of that.
pub fn hash(number: u64) -> HandleHash {
    HandleHash(Sha256::digest(handle(number).as_bytes()).into())
}

/// The sign-in name of the identity with this number.
pub fn name(identity: u64) -> String {
    format!("person{identity}")
}

/// Adds an identity.
pub async fn identity(filled: &Filled, number: u64, role: &str) {
    filled.run(identities(filled.now, std::iter::once(number), role)).await;
}

fn identities(now: Timestamp, numbers: impl Iterator<Item = u64>, role: &str) -> String {
    let (mut rows, mut roles) = (Vec::new(), Vec::new());
    for number in numbers {
        let (id, name) = (id(number), name(number));
        rows.push(format!("('{id}', 'person', '{name}', 'Person {number}', {})", now.0));
        roles.push(format!("('{id}', '{role}')"));
    }
    format!(
        "insert into identities (id, kind, name, display_name, created_at) values {}; \
         insert into identity_roles (identity, role) values {};",
        rows.join(", "),
        roles.join(", ")
    )
}

/// Adds sessions of one identity.
pub async fn sessions_of(filled: &Filled, identity: u64, numbers: std::ops::Range<u64>) {
    for first in numbers.clone().step_by(ROWS as usize) {
        let some = first..numbers.end.min(first + ROWS);
        filled.run(rows_of(filled.now, some, |_| (identity, 12 * HOUR))).await;
    }
}

/// Adds `many` sessions, ten of each identity; the first `ending` of them end in an hour, the others in twelve.
pub async fn sessions(filled: &Filled, many: u64, ending: u64) {
    let began = since_start();
    filled.hurry().await;
    for first in (0..many.div_ceil(EACH)).step_by(ROWS as usize) {
        let last = (first + ROWS).min(many.div_ceil(EACH));
        filled.run(identities(filled.now, first..last, "viewer")).await;
    }
    for first in (0..many).step_by(ROWS as usize) {
        let ends = |number| if number < ending { HOUR } else { 12 * HOUR };
        let text = rows_of(filled.now, first..(first + ROWS).min(many), |number| (number / EACH, ends(number)));
        filled.run(text).await;
    }
    filled.settle().await;
    eprintln!("{}: {many} sessions written in {:.0?}", engine(&filled.database), since_start() - began);
}

/// The rows of sessions: whose each is, and how long it lasts.
fn rows_of(now: Timestamp, numbers: std::ops::Range<u64>, of: impl Fn(u64) -> (u64, i64)) -> String {
    let (mut authentications, mut sessions, mut handles) = (Vec::new(), Vec::new(), Vec::new());
    for number in numbers {
        let (identity, lasts) = of(number);
        let (own, identity, now) = (id(number), id(identity), now.0);
        let hash = handles::spell(&hash(number));
        authentications.push(format!("('{own}', '{identity}', 'password', {now}, '127.0.0.1')"));
        sessions.push(format!(
            "('{own}', '{identity}', '{own}', 0, 0, {now}, {now}, {}, {}, '127.0.0.1', '{USER_AGENT}')",
            3 * HOUR,
            now + lasts
        ));
        handles.push(format!("('{hash}', '{own}', '{own}', 1, {now}, {now})"));
    }
    format!(
        "insert into authentications (id, identity, method, at, address) values {}; \
         insert into sessions (id, identity, authentication, identity_epoch, deployment_epoch, started_at, last_used_at, \
         idle_limit, ends_at, address, user_agent) values {}; \
         insert into handles (hash, session, authentication, generation, issued_at, used_at) values {};",
        authentications.join(", "),
        sessions.join(", "),
        handles.join(", ")
    )
}
