//! Roles that administrators make: the preview says what the change does, and nobody changes their own.

use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;

fn checked(rows: &[&str]) -> Vec<(String, String)> {
    rows.iter().map(|row| (format!("holds:{row}"), "yes".to_owned())).collect()
}

async fn post(client: &mut Client, role: &str, action: &str, rows: &[(String, String)], seen: &str) -> Answer {
    let mut fields = vec![("action", action)];
    if action == "apply" {
        fields.push(("seen", seen));
    }
    fields.extend(rows.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    client.post(&format!("/access/roles/{role}"), &fields).await
}

async fn add(client: &mut Client, name: &str, like: &str) -> Answer {
    client.post("/access/roles", &[("name", name), ("purpose", "For a test."), ("like", like)]).await
}

fn seen(preview: &Answer) -> String {
    preview.page().hidden("seen")
}

/// Whether a page has this box checked.
pub fn checks(answer: &Answer, name: &str) -> bool {
    answer.page().fields().iter().any(|field| field.name == name && field.checked)
}

/// Previews a change and applies it.
async fn change(client: &mut Client, role: &str, rows: &[&str]) -> (Answer, Answer) {
    let rows = checked(rows);
    let preview = post(client, role, "preview", &rows, "").await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    let seen = seen(&preview);
    let applied = post(client, role, "apply", &rows, &seen).await;
    (preview, applied)
}

async fn give(world: &World, whom: &str, role: &str) {
    world.give_role(whom, role).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_counts_from_the_next_request_on() {
    let world = World::new().await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    assert_eq!(add(&mut ada, "watcher", "").await.status, StatusCode::SEE_OTHER);
    give(&world, "noor", "watcher").await;
    assert_eq!(noor.get("/access/routes").await.status, StatusCode::FORBIDDEN);
    let (preview, applied) = change(&mut ada, "watcher", &["route.list@*", "secret.list@*"]).await;
    assert!(preview.page().shows("route.list everywhere") && preview.page().shows("Noor Rahimi"), "{}", preview.body);
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.body);
    assert_eq!(noor.get("/access/routes").await.status, StatusCode::OK);
    let before = world.privileges_version("noor").await;
    let (preview, applied) = change(&mut ada, "watcher", &["secret.list@*"]).await;
    assert!(preview.page().rows().iter().any(|row| row.cell("Loses").contains("route.list everywhere")));
    assert_eq!(applied.status, StatusCode::SEE_OTHER);
    assert_eq!(noor.get("/access/routes").await.status, StatusCode::FORBIDDEN);
    assert!(world.privileges_version("noor").await > before, "open pages learn of it");
    let edits = world.records().of("role.edit").each("parameters").await;
    assert!(edits[0].contains("holds=route.list%40%2A%2Csecret.list%40%2A"), "{edits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_changes_nothing_and_is_recorded() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "watcher", "auditor").await;
    give(&world, "noor", "watcher").await;
    let before = (world.count_all("role_permissions").await, world.table("policy").number("version").await);
    let preview = post(&mut ada, "watcher", "preview", &checked(&["secret.list@*"]), "").await;
    assert!(preview.page().shows("Nothing is changed yet."), "{}", preview.body);
    assert_eq!((world.count_all("role_permissions").await, world.table("policy").number("version").await), before);
    assert_eq!(world.records().of("role.preview").allowed().count().await, 1);
}

/// Somebody else's change after the preview would make it untrue.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_policy_makes_a_preview_stale() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "watcher", "").await;
    let rows = checked(&["route.list@*"]);
    let preview = post(&mut ada, "watcher", "preview", &rows, "").await;
    add(&mut ada, "another", "").await;
    let refused = post(&mut ada, "watcher", "apply", &rows, &seen(&preview)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("The policy has changed since the preview"), "{}", refused.body);
    assert!(checks(&refused, "holds:route.list@*"), "what was chosen stays");
    assert_eq!(world.table("role_permissions").with("role", "watcher").count().await, 0);
}

/// Nobody changes what they may do themselves (G24), and built-in roles stay.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_edits_a_role_they_hold_or_a_built_in_one() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "watcher", "").await;
    give(&world, "ada", "watcher").await;
    let rows = checked(&["ledger.read@*"]);
    let version = world.table("policy").number("version").await.to_string();
    for action in ["preview", "apply"] {
        assert_eq!(post(&mut ada, "watcher", action, &rows, &version).await.status, StatusCode::FORBIDDEN);
        let built_in = post(&mut ada, "viewer", action, &rows, &version).await;
        assert_eq!(built_in.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(built_in.page().shows("comes with Doorward"), "{}", built_in.body);
    }
    assert_eq!(ada.get("/access/ledger").await.status, StatusCode::FORBIDDEN);
    for (role, status) in [("watcher", StatusCode::FORBIDDEN), ("viewer", StatusCode::UNPROCESSABLE_ENTITY)] {
        assert_eq!(ada.post(&format!("/access/roles/{role}"), &[("action", "remove")]).await.status, status);
    }
    assert_eq!(world.table("role_permissions").with("role", "watcher").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_in_use_stays_and_another_is_removed() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for name in ["used", "spare"] {
        assert_eq!(add(&mut ada, name, "viewer").await.status, StatusCode::SEE_OTHER);
    }
    give(&world, "noor", "used").await;
    let refused = ada.post("/access/roles/used", &[("action", "remove")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("has this role"));
    assert_eq!(ada.post("/access/roles/spare", &[("action", "remove")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/access/roles/spare").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.table("role_permissions").with("role", "spare").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_locks_everybody_out_is_refused() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "chief", "administrator").await;
    give(&world, "noor", "chief").await;
    world.table("identity_roles").with("role", "administrator").remove().await;
    world.give_role_in("ada", "administrator", "*", Some(doorward::Timestamp(99999999999999))).await;
    let (_, applied) = change(&mut ada, "chief", &["secret.list@*"]).await;
    assert_eq!(applied.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(applied.page().shows("Nobody could give roles any more"), "{}", applied.body);
    assert!(world.table("role_permissions").with("role", "chief").count().await > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_and_environments_that_are_none_are_refused() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "watcher", "").await;
    for row in ["secret.fly@*", "secret.list@nowhere", "secret.list", "@*", "secret.list@**", "SECRET.LIST@*"] {
        let refused = post(&mut ada, "watcher", "preview", &checked(&[row]), "").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{row}");
        let version = world.table("policy").number("version").await.to_string();
        let refused = post(&mut ada, "watcher", "apply", &checked(&[row]), &version).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{row}");
    }
    assert_eq!(world.table("role_permissions").with("role", "watcher").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_role_has_a_box_for_all_that_it_holds() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for like in ["administrator", "approver", "auditor", "operator", "viewer"] {
        let name = format!("like-{like}");
        assert_eq!(add(&mut ada, &name, like).await.status, StatusCode::SEE_OTHER);
        let fields = ada.get(&format!("/access/roles/{name}")).await.page().fields();
        for row in world.table("role_permissions").with("role", like).each("permission || '@' || environment").await {
            let is_kept = fields.iter().any(|field| field.name == format!("holds:{row}") && field.checked);
            assert!(is_kept, "{like} {row}: saving the form would take it away");
        }
    }
}
