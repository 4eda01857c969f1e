//! What policy read in the past: who could use a secret then, and who read it and no longer can.

use crate::identities::groups::{add_group, member, role};
use crate::support::page::{Page, Row};
use crate::support::world::{Client, World};
use app::ui::time::rfc3339_exact;
use axum::http::StatusCode;
use doorward::Timestamp;

/// The rows that policy reads, and the open rows of the history that should be the same.
const SAME: [(&str, &str); 9] = [
    ("role", "select identity || ' ' || role || ' ' || environment from identity_roles"),
    ("permission", "select role || ' ' || permission || ' ' || environment from role_permissions"),
    ("member", "select identity || ' ' || group_id || ' ' from group_members"),
    ("group_role", "select group_id || ' ' || role || ' ' || environment from group_roles"),
    ("grant", "select identity || ' ' || secret || ' ' from grants"),
    ("group_grant", "select group_id || ' ' || secret || ' ' from group_grants"),
    ("account", "select id || '  ' from identities where frozen_at is null"),
    (
        "rule",
        "select name || ' fresh ' || name from environments where protected <> 0 \
         union all select name || ' second_factor ' || name from environments where second_factor <> 0 \
         union all select name || ' reason ' || name from environments where asks_reason <> 0 \
         union all select name || ' no_machines ' || name from environments where no_machines <> 0",
    ),
    ("secret", "select owner || ' ' || id || ' ' || environment from secrets"),
];

async fn history_is_complete(world: &World) {
    for (what, rows) in SAME {
        let kept = format!(
            "select subject || ' ' || object || ' ' || environment from policy_history where what = '{what}' and until is null"
        );
        let (mut there, mut kept) = (world.column(rows.to_owned()).await, world.column(kept).await);
        there.sort();
        kept.sort();
        assert_eq!(there, kept, "{what}");
    }
}

/// The latest change of policy, by the clock of the database.
async fn last_change(world: &World) -> Timestamp {
    Timestamp(world.table("policy_history").number("max(since)").await)
}

async fn readers(client: &mut Client, secret: &str, on: Option<Timestamp>) -> Page {
    let on = on.map(|on| format!("?on={}", rfc3339_exact(on))).unwrap_or_default();
    let page = client.get(&format!("/secrets/{secret}/readers{on}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.page()
}

/// What the page says that somebody can do.
fn can(page: &Page, name: &str) -> Option<String> {
    let is_theirs = |row: &Row| {
        row.cells.iter().any(|(column, _)| column == "Can") && row.page.codes().iter().any(|code| code == name)
    };
    Some(page.rows().into_iter().find(is_theirs)?.cell("Can").to_owned())
}

/// Whether the page says that somebody can reveal.
fn reveals(page: &Page, name: &str) -> bool {
    can(page, name).is_some_and(|can| can.contains("reveal"))
}

async fn hidden(world: &World) -> String {
    world.secrets().with("environment", "dev").whose("owner", "omar").ungranted().first().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_policy_row_is_kept() {
    let world = World::new().await;
    history_is_complete(&world).await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let group = add_group(&mut ada, "readers").await;
    member(&mut ada, &group, "vera", "8h").await;
    member(&mut ada, &group, "vera", "").await;
    role(&mut ada, &group, "give-role", "viewer", "dev").await;
    let secret = hidden(&world).await;
    let access = format!("/secrets/{secret}/access");
    let group_id = group.rsplit('/').next().expect("an id");
    omar.post(&access, &[("action", "grant-group"), ("group", group_id), ("group-lasts", "8h")]).await;
    for _ in 0..2 {
        omar.post(&access, &[("action", "grant"), ("with", "noor"), ("lasts", "1h")]).await;
    }
    history_is_complete(&world).await;
    world.grants().remove().await;
    world.secrets().with("environment", "dev").set("owner", world.identity("ada").await).await;
    world.table("identity_roles").with("role", "operator").set("environment", "dev").await;
    world.freeze("petra").await;
    for change in ["no_machines = 1", "asks_reason = 1, protected = 1", "no_machines = 0, second_factor = 1"] {
        world.change(format!("update environments set {change}")).await;
        history_is_complete(&world).await;
    }
    world
        .execute("insert into environments (name, protected, no_machines) values ('lab', 1, 1), ('other', 0, 0)")
        .await;
    history_is_complete(&world).await;
    world.table("environments").with("name", "lab").remove().await;
    ada.post(&group, &[("action", "remove"), ("name", "readers"), ("typed", "readers")]).await;
    history_is_complete(&world).await;
    world.identities().set("frozen_at", None::<i64>).await;
    history_is_complete(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_could_use_a_secret_then_is_told() {
    let world = World::new().await;
    let (mut ada, mut omar, mut quinn) =
        (world.sign_in("ada").await, world.sign_in("omar").await, world.sign_in("quinn").await);
    let secret = hidden(&world).await;
    let before = last_change(&world).await;
    let group = add_group(&mut ada, "readers").await;
    member(&mut ada, &group, "vera", "").await;
    let group_id = group.rsplit('/').next().expect("an id");
    let access = format!("/secrets/{secret}/access");
    omar.post(&access, &[("action", "grant-group"), ("group", group_id), ("group-lasts", "")]).await;
    let shared = last_change(&world).await;
    assert!(reveals(&readers(&mut quinn, &secret, None).await, "vera"));
    ada.post(&group, &[("action", "remove"), ("name", "readers"), ("typed", "readers")]).await;
    world.freeze("omar").await;
    assert_eq!(can(&readers(&mut quinn, &secret, None).await, "vera"), None);
    assert_eq!(can(&readers(&mut quinn, &secret, Some(before)).await, "vera"), None);
    let then = readers(&mut quinn, &secret, Some(shared)).await;
    assert!(reveals(&then, "vera"), "{then}");
    assert!(then.codes().contains(&"omar".to_owned()), "he was not disabled then");
    let ancient = readers(&mut quinn, &secret, Some(Timestamp(1_000_000_000_000))).await;
    assert!(ancient.shows("are kept since") && ancient.shows("did not exist at that time"), "{ancient}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_role_decides_as_it_did() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    let secret = hidden(&world).await;
    let start = last_change(&world).await;
    world.table("role_permissions").with("role", "operator").with("permission", "secret.reveal").remove().await;
    assert!(!reveals(&readers(&mut quinn, &secret, None).await, "omar"));
    assert!(reveals(&readers(&mut quinn, &secret, Some(start)).await, "omar"));
}

/// A machine could read until the wall was built.
#[tokio::test(flavor = "multi_thread")]
async fn a_past_wall_decides_as_it_did() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    let secret = hidden(&world).await;
    world.identities().with("name", "vera").set("kind", "service_account").await;
    world.grant_until(&secret, "vera", None).await;
    let open = last_change(&world).await;
    world.table("environments").with("name", "dev").set("no_machines", 1).await;
    let walled = last_change(&world).await;
    world.table("environments").with("name", "dev").set("no_machines", 0).await;
    let reads = |page: &Page| reveals(page, "vera");
    assert!(reads(&readers(&mut quinn, &secret, None).await));
    assert!(!reads(&readers(&mut quinn, &secret, Some(walled)).await));
    if walled > open {
        assert!(reads(&readers(&mut quinn, &secret, Some(open)).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_read_a_value_and_lost_access_is_named() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let secret = hidden(&world).await;
    let (page, access) = (format!("/secrets/{secret}"), format!("/secrets/{secret}/access"));
    assert!(readers(&mut omar, &secret, None).await.shows("Nobody has read version 1"));
    omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await;
    assert_eq!(vera.post(&page, &[("action", "reveal")]).await.status, StatusCode::OK);
    let shown = readers(&mut omar, &secret, None).await;
    assert!(
        shown.shows("1 account has read version 1")
            && !shown.shows("can no longer read it")
            && shown.shows("Can still reveal it"),
        "{shown}"
    );
    let vera = world.identity("vera").await;
    omar.post(&access, &[("action", "take-back"), ("from", &vera)]).await;
    let shown = readers(&mut omar, &secret, None).await;
    assert!(shown.shows("1 account has read version 1 and can no longer read it"), "{shown}");
    omar.post(&page, &[("action", "rotate"), ("value", "another value")]).await;
    assert!(readers(&mut omar, &secret, None).await.shows("Nobody has read version 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_none_brings_the_form_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let secret = hidden(&world).await;
    let page = omar.get(&format!("/secrets/{secret}/readers?on=yesterday")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.page().shows("yesterday") && page.page().shows("Enter a day or a time"), "{}", page.body);
}
