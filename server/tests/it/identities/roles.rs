//! The built-in roles: one table, and rows that are equal to it after each start.

use crate::support::world::{Setup, World};
use server::backend::SqlBackend;
use server::db::Database;
use server::identities::roles::{BUILT_IN, Held, bring_up_to_date, markdown, rows};
use sqlx::Row;

const OF_BUILT_IN: &str = "select role, permission, environment from role_permissions where role <> 'pair'";

async fn held(world: &World) -> Vec<Held> {
    let found = sqlx::query(OF_BUILT_IN).fetch_all(&world.rows).await.unwrap();
    let mut held: Vec<_> =
        found.iter().map(|row| Held { role: row.get(0), permission: row.get(1), environment: row.get(2) }).collect();
    held.sort();
    held
}

fn expected() -> Vec<Held> {
    let mut expected = rows();
    expected.sort();
    expected
}

/// Rows as an older version would have left them: one fewer, one more, another purpose, and a role of somebody's own.
async fn make_older(world: &World) {
    let permissions = world.table("role_permissions");
    assert_eq!(permissions.with("role", "auditor").with("permission", "ledger.read").remove().await, 1);
    world.permit("viewer", "secret.reveal", "production").await;
    assert_eq!(world.table("roles").with("name", "viewer").set("purpose", "Something else.").await, 1);
    world.add_role("pair", &[("a.b", "dev")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_database_has_the_roles_of_the_table() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    assert_eq!(held(&world).await, expected());
    for (name, purpose) in BUILT_IN {
        let found = world.table("roles").each_of(&["name", "purpose"]).await;
        assert!(found.contains(&format!("{name} {purpose}")), "{name}: {found:?}");
    }
    assert_eq!(world.table("roles").count().await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_rows_are_brought_up_to_date_once() {
    let world = World::new().await;
    make_older(&world).await;
    let version = world.table("policy").number("version").await;
    bring_up_to_date(&world.backend).await.unwrap();
    bring_up_to_date(&world.backend).await.unwrap();
    assert_eq!(held(&world).await, expected());
    assert_eq!(world.table("policy").number("version").await, version + 1, "the second start changes nothing");
    assert_eq!(world.table("role_permissions").with("role", "pair").count().await, 1, "it is left alone");
    assert_eq!(world.table("roles").with("purpose", "Something else.").count().await, 0);
    // Open pages of whoever lost a permission notice by this number.
    assert_eq!(world.identities().above("rights", 0).each("name").await, ["vera"]);
    assert_eq!(
        world.records().of("role.update").ordered("resource").each_of(&["resource", "parameters"]).await,
        ["role:auditor added=ledger.read%40%2A&removed=", "role:viewer added=&removed=secret.reveal%40production"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_purpose_is_no_change_of_policy() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    let version = world.table("policy").number("version").await;
    world.table("roles").with("name", "viewer").set("purpose", "Something else.").await;
    bring_up_to_date(&world.backend).await.unwrap();
    assert_eq!(world.table("roles").with("purpose", "Something else.").count().await, 0);
    assert_eq!(world.table("policy").number("version").await, version);
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_at_once_change_roles_once() {
    let world = World::new().await;
    make_older(&world).await;
    let version = world.table("policy").number("version").await;
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let database = Database::open(world.database_address()).await.unwrap();
        let backend = SqlBackend { database, ..world.backend.clone() };
        starts.spawn(async move { bring_up_to_date(&backend).await });
    }
    for done in starts.join_all().await {
        done.unwrap();
    }
    assert_eq!(held(&world).await, expected());
    assert_eq!(world.table("policy").number("version").await, version + 1);
    assert_eq!(world.records().of("role.update").count().await, 2);
}

#[test]
fn every_permission_that_pages_ask_for_is_in_the_table() {
    let held: Vec<String> = rows().into_iter().map(|row| row.permission).collect();
    for route in app::routes::manifest() {
        for question in route.loaders.iter().chain(route.actions.iter().map(|(_, question)| question)) {
            let known = question.permission.is_none_or(|name| held.iter().any(|permission| permission == name));
            assert!(known, "{}: {:?}", route.address, question.permission);
        }
    }
}

#[test]
fn roles_are_documented_as_they_are() {
    let documented = include_str!("../../../../docs/roles.md");
    assert!(documented.contains(&markdown()), "docs/roles.md needs this table:\n{}", markdown());
}
