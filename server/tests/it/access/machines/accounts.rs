//! Service accounts and their credentials on pages.

use super::{Machine, add, make, secret_on};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_has_a_person_as_its_owner() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    Machine::add(&world, "ci", "omar").await;
    for owner in ["nobody-here", "ci", ""] {
        let refused = add(&mut ada, "other", owner).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{owner}");
        assert!(refused.page().shows("For a test."), "the form keeps what was typed");
    }
    world.freeze("petra").await;
    assert_eq!(add(&mut ada, "other", "petra").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(add(&mut ada, "ci", "omar").await.status, StatusCode::UNPROCESSABLE_ENTITY, "the name is taken");
    assert_eq!(world.count_all("machines").await, 1);
    let list = ada.get("/access/machines").await;
    assert!(list.page().shows("A machine") && list.page().shows("Unused"), "{}", list.body);
    assert_eq!(add(&mut world.sign_in("omar").await, "his", "omar").await.status, StatusCode::FORBIDDEN);
}

/// Everybody may look for machines of their own, and nobody sees another's.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_known_to_its_owner_and_to_overseers() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "omar").await;
    for (who, knows) in [("omar", true), ("ada", true), ("quinn", true), ("vera", false), ("petra", false)] {
        let mut client = world.sign_in(who).await;
        let list = client.get("/access/machines").await;
        assert_eq!((list.status, list.page().links_to(&machine.page)), (StatusCode::OK, knows), "{who}");
        let page = client.get(&machine.page).await;
        let expected = if knows { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(page.status, expected, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_is_shown_once_and_kept_nowhere() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let page = machine.owner.get(&machine.page).await;
    let token = page.page().form_of("make-credential").token();
    let mut fields = make("pipeline", "1d").to_vec();
    fields.push(("form", token.as_str()));
    let made = machine.owner.post(&machine.page, &fields).await;
    let secret = secret_on(&made);
    assert!(secret.len() == 52 && made.header("cache-control") == "no-store");
    let again = machine.owner.post(&machine.page, &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a reload makes no other one");
    assert_eq!(world.count_all("machine_credentials").await, 1);
    let page = machine.owner.get(&machine.page).await;
    assert!(page.page().shows("pipeline") && !page.body.contains(&secret));
    assert!(!world.database_holds(&secret).await && !world.database_holds(&secret[3..46]).await);
}

/// Whoever holds a credential acts as the machine, so an administrator makes none for another's.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_alone_makes_a_credential() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "omar").await;
    for (who, expected) in
        [("ada", StatusCode::FORBIDDEN), ("quinn", StatusCode::FORBIDDEN), ("vera", StatusCode::NOT_FOUND)]
    {
        let refused = world.sign_in(who).await.post(&machine.page, &make("mine", "1d")).await;
        assert_eq!(refused.status, expected, "{who}");
    }
    assert_eq!(world.count_all("machine_credentials").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotation_has_an_overlap_and_two_credentials_at_most() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.secret("first").await;
    let made = machine.owner.post(&machine.page, &make("second", "1h")).await;
    secret_on(&made);
    let third = machine.owner.post(&machine.page, &make("third", "1h")).await;
    assert_eq!(third.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(third.page().shows("It has two credentials; revoke one first."), "{}", third.body);
    let hours =
        world.table("machine_credentials").ordered("id").each("cast((ends_at - made_at) / 3600000 as text)").await;
    assert_eq!(hours, ["1", "2160"], "the first one ends in an hour, the second one in 90 days");
    world.clock.advance(TimeSpan::minutes(61));
    let mut omar = world.sign_in("omar").await;
    secret_on(&omar.post(&machine.page, &make("third", "0")).await);
    let counting = "select count(*) from machine_credentials where revoked_at is null and ends_at > made_at + 7200000";
    assert_eq!(world.count(counting).await, 1, "the second one ended with the third");
}

/// G24: a machine that somebody owns counts as themselves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gains_by_a_machine_of_their_own() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "ada").await;
    let mut ada = world.sign_in("ada").await;
    let account = format!("/access/identities/{}", machine.id);
    let role = [("action", "give-role"), ("role", "auditor"), ("within", "*"), ("lasts", "")];
    assert_eq!(ada.post(&account, &role).await.status, StatusCode::FORBIDDEN);

    ada.post("/access/groups", &[("name", "robots"), ("purpose", "")]).await;
    let group = format!("/access/groups/{}", world.table("identity_groups").ids().await[0]);
    let join = [("action", "add-member"), ("whom", "ci"), ("lasts", "")];
    assert_eq!(ada.post(&group, &join).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count_all("group_members").await, 0);
    world
        .change(format!(
            "insert into group_members (group_id, identity, added_at) select id, '{}', 1 from identity_groups",
            machine.id
        ))
        .await;
    let role = [("action", "give-role"), ("role", "auditor"), ("within", "*"), ("lasts", "")];
    assert_eq!(ada.post(&group, &role).await.status, StatusCode::FORBIDDEN, "her machine is in the group");

    let omars = world.omars_secret("dev").await;
    let share = [("action", "grant"), ("with", "ci"), ("lasts", "")];
    let shared = ada.post(&format!("/secrets/{omars}/access"), &share).await;
    assert!(shared.status.is_client_error(), "{}", shared.status);
    assert_eq!(world.records().of("secret.share").because("same_person").count().await, 1);
    world.add_role("tester", &[]).await;
    world.give_role("ci", "tester").await;
    let edit = [("action", "apply"), ("holds:ledger.read@*", "yes"), ("seen", "1")];
    assert_eq!(ada.post("/access/roles/tester", &edit).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.grants().whose("identity", "ci").count().await, 0);
}

/// A password would let whoever chose it act as the machine, on pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gets_no_password() {
    let world = World::new().await;
    let machine = Machine::add(&world, "ci", "omar").await;
    let mut ada = world.sign_in("ada").await;
    let invited = ada.post(&format!("/access/identities/{}", machine.id), &[("action", "invite")]).await;
    assert_eq!(invited.status, StatusCode::FORBIDDEN);
    assert_eq!(world.records().of("identity.invite").because("not_a_person").count().await, 1);
    world
        .change(format!(
            "insert into passwords (identity, phc, changed_at) select '{}', p.phc, 1 from passwords p \
             join identities i on i.id = p.identity where i.name = 'omar'",
            machine.id
        ))
        .await;
    let signed_in = world.visitor().sign_in("ci", world.password("omar")).await;
    assert_eq!(signed_in.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.records().of("session.start").because("unknown_name").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_disables_a_machine_and_another_enables_it() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let disabled = machine.owner.post(&machine.page, &[("action", "disable")]).await;
    assert_eq!(disabled.status, StatusCode::SEE_OTHER);
    assert!(machine.owner.get(&machine.page).await.page().shows("Disabled"));
    let enable = [("action", "enable")];
    assert!(machine.owner.post(&machine.page, &enable).await.status.is_client_error());
    assert_eq!(world.sign_in("ada").await.post(&machine.page, &enable).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.identities().having("frozen_at").count().await, 0);
}
