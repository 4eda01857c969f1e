//! What the people of the demonstration say about their secrets, and one secret that is out of use.

use super::{Kept, new_password};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::secrets::values::Target;
use crate::secrets::{self, details, rotation};
use app::secrets::store::{NewDetails, Tag};
use doorward::guard::Unavailable;
use doorward::{Environment, IdentityId, SecretId, TimeSpan, Timestamp};

/// The number of a secret, its tags, and its description.
const SAID: [(usize, &str, &str); 8] = [
    (
        0,
        "stripe, pci",
        "For the test account at the payment provider.\nAsk the billing team before you rotate it: their jobs read it at start.",
    ),
    (4, "postgres", "The address of the billing database, with its password."),
    (17, "pci, yearly", "Signs the messages between billing and ledger."),
    (42, "cdn", "Clears caches at the edge. Its owner at the provider is the edge team."),
    (75, "oauth", "The client of the console at the identity provider."),
    (116, "mail, yearly", "The sender of invoices."),
    (140, "pci, stripe", "For live payments. Two people rotate it together."),
    (155, "mobile", "Push messages of the mobile app."),
];
/// The number of a secret, and its period in days: one is overdue, one is due, two are due later.
const PERIODS: [(usize, i64); 4] = [(2, 30), (42, 26), (75, 90), (155, 365)];
/// The secret that is out of use.
const ARCHIVED: &str = "storage/ftp-password";

/// Why secrets were rotated, in turn.
const REASONS: [&str; 4] = ["yearly rotation", "", "a laptop was lost", "the provider asked for longer keys"];

/// The reason for the rotation with this number.
pub(super) fn reason(number: usize) -> &'static str {
    REASONS[number % REASONS.len()]
}

/// Writes all of it. `owner` is the owner of the secret that is out of use.
pub(super) async fn write(
    backend: &SqlBackend,
    source: &mut Source,
    kept: &[Kept],
    owner: IdentityId,
    now: Timestamp,
) -> Result<(), Unavailable> {
    for (number, tags, description) in SAID {
        let Some(secret) = kept.get(number) else { continue };
        let tags = Tag::parse_all(tags).map_err(|_| Unavailable)?;
        let new = NewDetails { description: description.to_owned(), tags };
        details::sql::describe(source, secret.id, &new).await?;
    }
    for (number, days) in PERIODS {
        let Some(secret) = kept.get(number) else { continue };
        rotation::set_period(source, secret.id, Some(days)).await?;
    }
    let days_ago = |days: i64| Timestamp(now.0 - TimeSpan::hours(24 * days).0);
    let id = SecretId::new(days_ago(29), &*backend.random);
    let environment = Environment::parse("dev").map_err(|_| Unavailable)?;
    secrets::sql::add(source, id, &environment, ARCHIVED, owner, days_ago(29)).await?;
    let target = Target { secret: id, version: 1, environment: environment.as_str(), by: Some(owner) };
    backend.store_version(source, &target, &new_password(&*backend.random).into(), days_ago(29)).await?;
    details::sql::archive(source, id, owner, days_ago(5)).await.map(|_| ())
}
