//! Owners: what happens to their machines if they leave, and how a machine changes hands.

use super::{Machine, make};
use crate::support::world::World;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_accepts_and_the_old_trust_ends() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.secret("old").await;
    let mut vera = world.sign_in("vera").await;
    let accept = [("action", "accept")];
    assert_eq!(vera.post(&machine.page, &accept).await.status, StatusCode::NOT_FOUND, "nobody offered it");
    let offer = [("action", "offer"), ("to", "vera")];
    assert_eq!(machine.owner.post(&machine.page, &offer).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.table("machine_credentials").without("revoked_at").count().await, 1);
    for other in ["petra", "omar", "ada"] {
        let taken = world.sign_in(other).await.post(&machine.page, &accept).await;
        assert!(taken.status.is_client_error(), "G34: it is vera's to accept, and not {other}'s");
    }
    assert!(vera.get(&machine.page).await.page().shows("This machine is offered to you"));
    assert_eq!(vera.post(&machine.page, &accept).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.table("machine_credentials").without("revoked_at").count().await, 0);
    assert_eq!(machine.owner.get(&machine.page).await.status, StatusCode::NOT_FOUND, "it is omar's no more");
    assert_eq!(vera.post(&machine.page, &make("new", "1d")).await.status, StatusCode::OK);
    assert_eq!(vera.post(&machine.page, &accept).await.status, StatusCode::FORBIDDEN, "an offer counts once");
}

/// G24: otherwise an administrator could give a role to a machine, and then take the machine.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_keeps_nothing_that_they_gave() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.give(&world, "auditor", "*").await;
    let mut ada = world.sign_in("ada").await;
    ada.post("/access/groups", &[("name", "robots"), ("purpose", "")]).await;
    let group = format!("/access/groups/{}", world.table("identity_groups").ids().await[0]);
    let join = [("action", "add-member"), ("whom", "ci"), ("lasts", "")];
    assert_eq!(ada.post(&group, &join).await.status, StatusCode::SEE_OTHER);
    let to_oneself = ada.post(&machine.page, &[("action", "offer"), ("to", "ada")]).await;
    assert_eq!(to_oneself.status, StatusCode::FORBIDDEN, "nobody offers one to themselves");
    machine.owner.post(&machine.page, &[("action", "offer"), ("to", "ada")]).await;
    assert_eq!(ada.post(&machine.page, &[("action", "accept")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.table("held_roles").with("identity", &machine.id).count().await, 0);
    assert_eq!(world.table("group_members").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_of_a_disabled_owner_are_listed_for_adoption() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "omar").await;
    Machine::add(&world, "other", "petra").await;
    let mut ada = world.sign_in("ada").await;
    let omar = format!("/access/identities/{}", world.identity("omar").await);
    assert_eq!(ada.post(&omar, &[("action", "disable")]).await.status, StatusCode::SEE_OTHER);
    let orphans = ada.get("/access/machines?state=orphaned").await;
    assert!(orphans.page().links_to(&machine.page) && orphans.page().shows("Orphaned"), "{}", orphans.body);
    assert!(!orphans.page().has_link("other"));
    let frozen = world.records().of("machine.freeze").because("owner_disabled");
    assert_eq!(frozen.each("resource").await, [format!("machine:{}", machine.id)]);
    assert_eq!(ada.post(&machine.page, &[("action", "offer"), ("to", "vera")]).await.status, StatusCode::SEE_OTHER);
    let mut vera = world.sign_in("vera").await;
    assert_eq!(vera.post(&machine.page, &[("action", "accept")]).await.status, StatusCode::SEE_OTHER);
    assert!(!ada.get("/access/machines?state=orphaned").await.page().links_to(&machine.page));
}
