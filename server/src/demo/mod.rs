//! The demonstration: named identities, one for each role, and 200 secrets with owners and grants.

pub mod cli;
mod details;
mod past;
pub mod sql;

use crate::account::password::{PasswordError, Passwords};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use crate::identities::sql::NewIdentity;
use crate::ledger::sealer;
use crate::secrets::values::Target;
use crate::secrets::{self, grants};
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, Kind, Randomness, SecretId, SecretText, TimeSpan, Timestamp, Within};

/// Who takes part: name, name for people, role.
pub const PEOPLE: [(&str, &str, Option<&str>); 6] = [
    ("vera", "Vera Lindqvist", Some("viewer")),
    ("omar", "Omar Haddad", Some("operator")),
    ("petra", "Petra Novak", Some("approver")),
    ("quinn", "Quinn Abara", Some("auditor")),
    ("ada", "Ada Moreau", Some("administrator")),
    ("noor", "Noor Rahimi", None),
];
const TEAMS: [&str; 10] =
    ["billing", "data", "edge", "identity", "ledger", "mail", "mobile", "payments", "search", "storage"];
/// What secrets are called; the benchmark of a large vault names its own alike.
pub const KINDS: [&str; 20] = [
    "api-key",
    "backup-key",
    "cdn-token",
    "client-secret",
    "database-url",
    "deploy-token",
    "encryption-key",
    "hmac-key",
    "jwt-key",
    "ldap-password",
    "oauth-secret",
    "push-key",
    "queue-url",
    "registry-token",
    "root-password",
    "signing-key",
    "smtp-password",
    "ssh-key",
    "tls-key",
    "webhook-secret",
];
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "production"];

/// Somebody who can sign in to the demonstration.
pub struct DemoSignIn {
    /// The sign-in name.
    pub name: &'static str,
    /// The password, which is kept nowhere else.
    pub password: SecretText,
    /// The role.
    pub role: &'static str,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database holds real identities.
    #[error("this database is in use, so no demo data goes into it; use another --data-dir or database")]
    InUse,
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
    /// A password could not be made.
    #[error("a password could not be made: {0}")]
    Password(#[from] PasswordError),
}

impl From<Unavailable> for SeedError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Whether the demonstration begins with an invented past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// The ledger is empty, and every secret has one version.
    Empty,
    /// A month of decisions, older versions, incidents, unless the ledger has sealed records already.
    Month,
}

/// Somebody who takes part, as the past knows them.
struct TakesPart {
    id: IdentityId,
    name: &'static str,
    role: Option<&'static str>,
}

/// A secret of the demonstration.
struct Kept {
    id: SecretId,
    name: String,
    environment: Environment,
    owner: IdentityId,
    /// Whether the viewer has a grant without an end.
    granted: bool,
}

/// Fills an empty database with the demonstration. If it holds one already, its people get new passwords, because the old
/// ones are not stored anywhere.
pub async fn demo(backend: &SqlBackend, past: Past) -> Result<Vec<DemoSignIn>, SeedError> {
    let mut hashed = Vec::new();
    for (name, _, role) in PEOPLE {
        let password = new_password(&*backend.random);
        let phc = hash(&backend.passwords, &password).await?;
        hashed.push((DemoSignIn { name, password, role: role.unwrap_or("no role") }, phc));
    }
    let mut source = Source::writer(&backend.database).await?;
    let now = backend.clock.now();
    if identities::sql::nobody_yet(&mut source).await? {
        fill(backend, &mut source, &hashed, past, now).await?;
    } else if !sql::is_here(&mut source).await? {
        return Err(SeedError::InUse);
    } else {
        for (person, phc) in &hashed {
            sql::renew_password(&mut source, person.name, phc.clone(), now).await?;
        }
    }
    source.commit().await?;
    Ok(hashed.into_iter().map(|(person, _)| person).collect())
}

async fn hash(passwords: &Passwords, password: &SecretText) -> Result<String, PasswordError> {
    passwords.hash(password).await
}

/// Four groups of four letters and digits: 80 random bits, easy to type.
#[must_use]
pub fn new_password(random: &dyn Randomness) -> SecretText {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    #[expect(clippy::expect_used, reason = "nineteen characters are neither empty nor too long")]
    SecretText::new(groups.join("-")).expect("a short text")
}

async fn fill(
    backend: &SqlBackend,
    source: &mut Source,
    people: &[(DemoSignIn, String)],
    past: Past,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let mut part = Vec::new();
    for ((name, display_name, role), (_, phc)) in PEOPLE.into_iter().zip(people) {
        let id = IdentityId::new(now, &*backend.random);
        let new = NewIdentity {
            id,
            kind: Kind::Person,
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            phc: Some(phc.clone()),
            roles: role.map(str::to_owned).into_iter().collect(),
            within: Within::Everywhere,
        };
        identities::sql::add(source, new, now).await?;
        sql::add(source, id).await?;
        part.push(TakesPart { id, name, role });
    }
    let [vera, omar, _, _, ada, _] = &part[..] else { return Err(Unavailable) };
    let mut kept = Vec::new();
    for number in 0..TEAMS.len() * KINDS.len() {
        let before = if past == Past::Month { past::BEGINS } else { TimeSpan(0) };
        let made = Timestamp(now.0 - before.0 - TimeSpan::hours(i64::try_from(number).unwrap_or_default() * 7 + 1).0);
        kept.push(add_secret(backend, source, number, [vera.id, omar.id, ada.id], (made, now)).await?);
    }
    // Sealed records have their places. Older ones would look as if somebody had added them.
    let is_sealed = sealer::sql::head(source).await?.size > 0;
    match past {
        Past::Month if !is_sealed => past::write(backend, source, &part, &kept, now).await,
        Past::Empty | Past::Month => Ok(()),
    }
}

async fn add_secret(
    backend: &SqlBackend,
    source: &mut Source,
    number: usize,
    [vera, omar, ada]: [IdentityId; 3],
    (made, now): (Timestamp, Timestamp),
) -> Result<Kept, Unavailable> {
    let id = SecretId::new(now, &*backend.random);
    let environment = Environment::parse(ENVIRONMENTS[number % 3]).map_err(|_| Unavailable)?;
    let name = format!("{}/{}", TEAMS[number / KINDS.len()], KINDS[number % KINDS.len()]);
    let owner = if number % 5 < 2 { omar } else { ada };
    if !secrets::sql::add(source, id, &environment, &name, owner, made).await? {
        return Err(Unavailable);
    }
    let target = Target { secret: id, version: 1, environment: environment.as_str(), by: Some(owner) };
    backend.store_version(source, &target, &new_password(&*backend.random).into(), made).await?;
    // Every fourth is granted to the viewer, some of those for an hour only, and some grants have ended already.
    let ends = match number % 24 {
        8 => Some(now.plus(TimeSpan::hours(1))),
        16 => Some(Timestamp(now.0 - 1)),
        _ => None,
    };
    if number.is_multiple_of(4) {
        grants::add(source, id, vera, Some(ada), ends, now).await?;
    }
    if number % 7 == 3 && owner != omar {
        grants::add(source, id, omar, Some(ada), None, now).await?;
    }
    Ok(Kept { id, name, environment, owner, granted: number.is_multiple_of(4) && ends.is_none() })
}
