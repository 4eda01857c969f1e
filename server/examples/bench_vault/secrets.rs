//! A vault of many secrets, and the people who see much or little of it.

use super::database::{Filled, engine, mixed};
use super::fill;
use server::clock::since_start;
use server::demo::KINDS;
use server::search::indexer;

/// Rows of one statement.
const ROWS: u64 = 500;
/// Who owns everything.
const OWNER: u64 = 1;
/// Who was granted fifty secrets, who oversees `dev`, who oversees everything, and whose group was granted what lies in `dev`.
pub const PEOPLE: [(u64, &str, &str); 4] = [
    (2, "viewer", "50 granted"),
    (3, "approver", "oversees `dev`"),
    (4, "approver", "oversees everything"),
    (5, "viewer", "`dev` granted to a group"),
];

const TEAMS: [&str; 20] = [
    "billing", "data", "edge", "fraud", "growth", "identity", "ios", "ledger", "legal", "mail", "mobile", "payments",
    "people", "platform", "risk", "search", "storage", "support", "video", "web",
];
const TAGS: [&str; 8] = ["pci", "gdpr", "legacy", "shared", "external", "critical", "temporary", "internal"];

fn id(number: u64) -> String {
    format!("01kc{number:022}")
}

/// Half of the secrets are in `dev`, three tenths in `staging`, the rest in `production`.
const fn environment(number: u64) -> &'static str {
    match number % 10 {
        0..5 => "dev",
        5..8 => "staging",
        _ => "production",
    }
}

fn one_of<'a>(all: &[&'a str], number: u64) -> &'a str {
    all[usize::try_from(mixed(number) % all.len() as u64).expect("a place")]
}

/// Adds people, secrets, tags and grants, and keeps their words.
pub async fn fill(filled: &Filled, many: u64) {
    let began = since_start();
    filled.hurry().await;
    fill::identity(filled, OWNER, "operator").await;
    for (person, role, _) in PEOPLE {
        fill::identity(filled, person, role).await;
        fill::sessions_of(filled, person, person..person + 1).await;
    }
    filled.run(format!("update identity_roles set environment = 'dev' where identity = '{}'", fill::id(3))).await;
    filled
        .run(format!(
            "insert into identity_groups (id, name, purpose, created_at) values ('g', 'developers', '', 1); \
             insert into group_members (group_id, identity, added_at) values ('g', '{}', 1)",
            fill::id(5)
        ))
        .await;
    for first in (0..many).step_by(usize::try_from(ROWS).expect("a number")) {
        filled.run(rows(first..(first + ROWS).min(many))).await;
    }
    let grants = format!(
        "insert into grants (identity, secret, granted_at) select '{}', id, 1 from secrets order by updated_at limit 50; \
         insert into group_grants (group_id, secret, granted_at) select 'g', id, 1 from secrets where environment = 'dev'",
        fill::id(2)
    );
    filled.run(grants).await;
    eprintln!("{}: {many} secrets in {:.0?}", engine(&filled.database), since_start() - began);
    indexer::all(&filled.database).await.expect("the words are kept");
    filled.settle().await;
    eprintln!("{}: with their words in {:.0?}", engine(&filled.database), since_start() - began);
}

fn rows(numbers: std::ops::Range<u64>) -> String {
    let (mut secrets, mut tags) = (Vec::new(), Vec::new());
    let owner = fill::id(OWNER);
    for number in numbers {
        let (id, environment) = (id(number), environment(number));
        let name =
            format!("{}/service-{:03}/{}-{number}", one_of(&TEAMS, number), number % 250, one_of(&KINDS, number + 1));
        let about = format!("Used by {} for the {}", one_of(&TEAMS, number + 2), one_of(&KINDS, number + 3));
        let updated = mixed(number) % 1_000_000_000;
        secrets.push(format!("('{id}', '{environment}', '{name}', '{owner}', 1, {updated}, {updated}, '{about}')"));
        if number % 3 == 0 {
            tags.push(format!("('{id}', '{}')", one_of(&TAGS, number + 4)));
        }
    }
    format!(
        "insert into secrets (id, environment, name, owner, version, created_at, updated_at, description) values {}; \
         insert into secret_tags (secret, tag) values {};",
        secrets.join(", "),
        tags.join(", ")
    )
}
