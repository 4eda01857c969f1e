//! Groups: what is given to one counts for each member, while they are in it.

use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

/// Adds a group, and returns its page's address.
pub async fn add_group(admin: &mut Client, name: &str) -> String {
    let added = admin.post("/access/groups", &[("name", name), ("purpose", "for a test")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    added.header("location").to_owned()
}

pub async fn member(admin: &mut Client, group: &str, whom: &str, lasts: &str) -> Answer {
    admin.post(group, &[("action", "add-member"), ("whom", whom), ("lasts", lasts)]).await
}

pub async fn role(admin: &mut Client, group: &str, action: &str, role: &str, within: &str) -> Answer {
    let mut fields = vec![("action", action), ("role", role), ("within", within)];
    if action == "give-role" {
        fields.push(("lasts", ""));
    }
    admin.post(group, &fields).await
}

async fn remove_member(world: &World, admin: &mut Client, group: &str, whom: &str) -> Answer {
    let id = world.identity(whom).await;
    admin.post(group, &[("action", "remove-member"), ("member", &id)]).await
}

fn group_id(group: &str) -> &str {
    group.rsplit('/').next().expect("an id")
}

/// A secret of omar's in dev that nobody was granted.
async fn hidden(world: &World) -> String {
    world.secrets().with("environment", "dev").whose("owner", "omar").ungranted().first().await
}

async fn share(sharer: &mut Client, secret: &str, group: &str, lasts: &str) -> Answer {
    let fields = [("action", "grant-group"), ("group", group_id(group)), ("group-lasts", lasts)];
    sharer.post(&format!("/secrets/{secret}/access"), &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_groups_role_counts_while_one_is_in_it() {
    let world = World::new().await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::FORBIDDEN);
    let group = add_group(&mut ada, "watchers").await;
    assert_eq!(role(&mut ada, &group, "give-role", "auditor", "*").await.status, StatusCode::SEE_OTHER);
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::FORBIDDEN, "not a member yet");
    assert_eq!(member(&mut ada, &group, "noor", "8h").await.status, StatusCode::SEE_OTHER);
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::OK);
    let page = ada.get(&format!("/access/identities/{}", world.identity("noor").await)).await;
    assert!(page.page().shows("by the group"), "{}", page.body);
    world.clock.advance(TimeSpan::hours(8));
    let mut noor = world.sign_in("noor").await;
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::FORBIDDEN, "the membership has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_loss_by_a_group_holds_from_the_next_request() {
    let world = World::new().await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    let group = add_group(&mut ada, "watchers").await;
    for loss in ["remove-member", "take-role", "remove"] {
        role(&mut ada, &group, "give-role", "auditor", "*").await;
        member(&mut ada, &group, "noor", "").await;
        assert_eq!(noor.get("/access/ledger").await.status, StatusCode::OK, "{loss}");
        let before = world.privileges_version("noor").await;
        let lost = match loss {
            "remove-member" => remove_member(&world, &mut ada, &group, "noor").await,
            "take-role" => role(&mut ada, &group, "take-role", "auditor", "*").await,
            _ => ada.post(&group, &[("action", "remove"), ("name", "watchers"), ("typed", "watchers")]).await,
        };
        assert_eq!(lost.status, StatusCode::SEE_OTHER, "{loss}: {}", lost.body);
        assert_eq!(noor.get("/access/ledger").await.status, StatusCode::FORBIDDEN, "{loss}");
        assert!(world.privileges_version("noor").await > before, "{loss}: open pages learn of it");
    }
    assert_eq!(ada.get(&group).await.status, StatusCode::NOT_FOUND);
}

/// Nobody gives themselves anything by way of a group (G24).
#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_a_group_that_they_are_in() {
    let world = World::new().await;
    world.give_role("noor", "administrator").await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    let group = add_group(&mut ada, "operators").await;
    let oneself = member(&mut ada, &group, "ada", "").await;
    assert_eq!(oneself.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(oneself.page().shows("You cannot add yourself"), "{}", oneself.body);
    assert_eq!(member(&mut noor, &group, "ada", "").await.status, StatusCode::SEE_OTHER);
    for refused in [
        role(&mut ada, &group, "give-role", "operator", "*").await,
        role(&mut ada, &group, "take-role", "operator", "*").await,
        remove_member(&world, &mut ada, &group, "ada").await,
        ada.post(&group, &[("action", "remove"), ("name", "operators"), ("typed", "operators")]).await,
    ] {
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(member(&mut ada, &group, "vera", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count_all("group_members").await, 1);
    assert_eq!(world.count_all("group_roles").await, 0);
    assert_eq!(role(&mut noor, &group, "give-role", "operator", "*").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_shared_with_a_group_is_its_members() {
    let world = World::new().await;
    let (mut ada, mut omar, mut vera) =
        (world.sign_in("ada").await, world.sign_in("omar").await, world.sign_in("vera").await);
    let group = add_group(&mut ada, "readers").await;
    member(&mut ada, &group, "vera", "").await;
    let secret = hidden(&world).await;
    let (page, value) = (format!("/secrets/{secret}"), [("action", "reveal")]);
    assert_eq!(vera.get(&page).await.status, StatusCode::NOT_FOUND);
    let shared = share(&mut omar, &secret, &group, "8h").await;
    assert_eq!(shared.status, StatusCode::SEE_OTHER, "{}", shared.body);
    assert_eq!(vera.post(&page, &value).await.status, StatusCode::OK);
    assert!(vera.get("/inbox").await.page().shows("with your group readers"));
    let access = omar.get(&format!("{page}/access")).await;
    assert!(access.page().shows("1 member") && access.page().shows("Vera"), "{}", access.body);
    let fields = [("action", "take-back-group"), ("group", group_id(&group))];
    assert_eq!(omar.post(&format!("{page}/access"), &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(vera.get(&page).await.status, StatusCode::NOT_FOUND);
    share(&mut omar, &secret, &group, "8h").await;
    assert_eq!(vera.get(&page).await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::hours(8));
    assert_eq!(world.sign_in("vera").await.get(&page).await.status, StatusCode::NOT_FOUND, "the grant has ended");
}

/// An administrator sees every secret, and may share it; but not with themselves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_shares_with_their_own_group_to_gain_by_it() {
    let world = World::new().await;
    world.give_role("noor", "administrator").await;
    let (mut ada, mut noor, mut omar) =
        (world.sign_in("ada").await, world.sign_in("noor").await, world.sign_in("omar").await);
    let group = add_group(&mut noor, "ours").await;
    for whom in ["ada", "omar"] {
        assert_eq!(member(&mut noor, &group, whom, "").await.status, StatusCode::SEE_OTHER);
    }
    let secret = hidden(&world).await;
    let refused = share(&mut ada, &secret, &group, "8h").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("You are in this group"), "{}", refused.body);
    assert_eq!(world.count_all("group_grants").await, 0);
    assert_eq!(share(&mut omar, &secret, &group, "8h").await.status, StatusCode::SEE_OTHER, "it is omar's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_also_by_a_group() {
    let world = World::new().await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    let group = add_group(&mut ada, "admins").await;
    role(&mut ada, &group, "give-role", "administrator", "*").await;
    member(&mut ada, &group, "noor", "").await;
    let own = format!("/access/identities/{}", world.identity("ada").await);
    let taken = [("action", "take-role"), ("role", "administrator"), ("within", "*")];
    assert_eq!(noor.post(&own, &taken).await.status, StatusCode::SEE_OTHER, "noor is left, by the group");
    world.give_role_in("ada", "administrator", "*", Some(doorward::Timestamp(99999999999999))).await;
    for refused in [
        remove_member(&world, &mut ada, &group, "noor").await,
        member(&mut ada, &group, "noor", "8h").await,
        role(&mut ada, &group, "take-role", "administrator", "*").await,
        ada.post(&group, &[("action", "remove"), ("name", "admins"), ("typed", "admins")]).await,
    ] {
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.page().shows("Nobody could give roles any more"), "{}", refused.body);
    }
    assert_eq!(noor.get(&group).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_groups_page_names_no_secret_that_one_may_not_see() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let group = add_group(&mut ada, "readers").await;
    let secret = hidden(&world).await;
    share(&mut omar, &secret, &group, "8h").await;
    world.table("role_permissions").with("role", "auditor").with("permission", "secret.inventory").remove().await;
    let page = world.sign_in("quinn").await.get(&group).await;
    assert!(page.page().shows("And 1 that you may not see here."), "{}", page.body);
    assert!(!page.body.contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_name_or_an_unknown_member_is_said_beside_the_field() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let group = add_group(&mut ada, "readers").await;
    for (name, sentence) in
        [("readers", "There is a group “readers” already."), ("a b", "lower-case letters"), ("", "lower-case letters")]
    {
        let refused = ada.post("/access/groups", &[("name", name), ("purpose", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.page().shows(sentence), "{}", refused.body);
    }
    let long = "x".repeat(201);
    let refused = ada.post("/access/groups", &[("name", "b"), ("purpose", &long)]).await;
    assert!(refused.page().shows("at most 200 characters"), "{}", refused.body);
    assert!(
        member(&mut ada, &group, "nobody-here", "").await.page().shows("No one has the sign-in name “nobody-here”.")
    );
    assert_eq!(world.count_all("group_members").await, 0);
}

/// Whoever leaves a group while one of its members decides is either first or last, on PostgreSQL too.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_decided_by_a_group_and_its_loss_take_turns() {
    let world = World::new().await;
    let (mut ada, omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    world.table("identity_roles").with("role", "operator").remove().await;
    let group = add_group(&mut ada, "operators").await;
    role(&mut ada, &group, "give-role", "operator", "*").await;
    let secret = hidden(&world).await;
    for round in 0..6 {
        assert_eq!(member(&mut ada, &group, "omar", "").await.status, StatusCode::SEE_OTHER);
        let (page, value) = (format!("/secrets/{secret}"), format!("value {round}"));
        let fields = [("action", "rotate"), ("value", value.as_str())];
        let mut omar = omar.clone();
        let (rotated, removed) =
            tokio::join!(omar.post(&page, &fields), remove_member(&world, &mut ada, &group, "omar"));
        assert_eq!(removed.status, StatusCode::SEE_OTHER);
        let done = rotated.status == StatusCode::SEE_OTHER || rotated.status == StatusCode::OK;
        assert_eq!(done, world.value_of(&secret).await == value, "{}", rotated.status);
        assert_eq!(omar.post(&page, &fields).await.status, StatusCode::NOT_FOUND, "the loss holds");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_secret_lets_a_groups_grant_be_removed() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let group = add_group(&mut ada, "on-call").await;
    let id = world.omars_secret("dev").await;
    share(&mut omar, &id, &group, "1h").await;
    omar.post(&format!("/secrets/{id}/edit"), &[("action", "archive")]).await;
    let access = format!("/secrets/{id}/access");
    let page = omar.get(&access).await.page();
    assert!(page.shows("Remove access of the group on-call") && !page.shows("Grant access to the group"), "{page}");
    let fields = [("action", "take-back-group"), ("group", group_id(&group))];
    assert_eq!(omar.post(&access, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count_all("group_grants").await, 0);
}
