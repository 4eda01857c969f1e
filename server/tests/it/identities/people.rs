//! People: added, invited, given roles, disabled.

use crate::support::world::{Answer, Client, Setup, World, holds};
use axum::http::StatusCode;
use doorward::{SecretText, TimeSpan, Within};
use server::identities::cli::add_user;

const PASSWORD: &str = "an entirely new sentence";

async fn id_of(world: &World, name: &str) -> String {
    world.identity(name).await
}

/// Adds a person, and returns the address in the link.
async fn add(admin: &mut Client, display_name: &str, name: &str) -> String {
    let added = admin.post("/access/identities/add", &[("display-name", display_name), ("name", name)]).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    link(&added)
}

pub fn link(shown: &Answer) -> String {
    shown.page().revealed().strip_prefix("http://127.0.0.1:3000").expect("a link").to_owned()
}

pub async fn accept(world: &World, link: &str, password: &str) -> Answer {
    let code = link.split_once("code=").expect("a code").1;
    world.visitor().post("/invitation", &[("code", code), ("password", password), ("repeat", password)]).await
}

pub async fn change(client: &mut Client, id: &str, fields: &[(&str, &str)]) -> Answer {
    client.post(&format!("/access/identities/{id}"), fields).await
}

fn role<'a>(action: &'a str, role: &'a str, within: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("action", action), ("role", role), ("within", within)];
    if action == "give-role" {
        fields.push(("lasts", ""));
    }
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_chooses_a_password_once() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let link = add(&mut ada, "Jörg Weiß", "Joerg@example.com").await;
    // Opening the link consumes nothing: programs open links to preview them.
    for _ in 0..3 {
        let page = world.visitor().get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.page().shows("Jörg Weiß") && page.page().shows("joerg@example.com"), "{}", page.body);
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert_eq!(accept(&world, &link, "short").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ready = accept(&world, &link, PASSWORD).await;
    assert!(ready.status == StatusCode::OK && ready.page().shows("Your account is ready"), "{}", ready.body);
    for again in [accept(&world, &link, "another long sentence").await, world.visitor().get(&link).await] {
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.page().shows("This link does not work"), "{}", again.body);
    }
    let mut joerg = world.visitor();
    assert_eq!(joerg.sign_in("joerg@example.com", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(joerg.get("/").await.status, StatusCode::OK);
    assert_eq!(joerg.get("/secrets").await.status, StatusCode::FORBIDDEN, "nobody gave a role yet");
    assert_eq!(world.records().of("identity.accept_invitation").allowed().count().await, 1);
    assert!(world.records().of("identity.accept_invitation").refused().count().await >= 2);
}

/// The code is in no row and no record; only its hash is.
#[tokio::test(flavor = "multi_thread")]
async fn an_invitations_code_is_stored_nowhere() {
    let world = World::new().await;
    let link = add(&mut world.sign_in("ada").await, "Jo", "jo").await;
    assert_eq!(accept(&world, &link, "short").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = link.split_once("code=").expect("a code").1;
    assert!(!holds(&world.database.everything(&world.rows).await, code));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_with_time_and_with_a_newer_one() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let first = add(&mut ada, "Jo", "jo").await;
    let id = id_of(&world, "jo").await;
    let second = link(&change(&mut ada, &id, &[("action", "invite")]).await);
    assert_eq!(accept(&world, &first, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.clock.advance(TimeSpan::hours(3 * 24));
    assert_eq!(accept(&world, &second, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut ada = world.sign_in("ada").await;
    let third = link(&change(&mut ada, &id, &[("action", "invite")]).await);
    assert_eq!(accept(&world, &third, PASSWORD).await.status, StatusCode::OK);
    let page = change(&mut ada, &id, &[("action", "invite")]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.page().shows("They can sign in already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_accept_an_invitation_at_once_set_one_password() {
    let world = World::new().await;
    let link = add(&mut world.sign_in("ada").await, "Jo", "jo").await;
    let (one, other) = tokio::join!(
        accept(&world, &link, "the first of two sentences"),
        accept(&world, &link, "the second of two sentences")
    );
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY]);
    let chosen =
        if one.status == StatusCode::OK { "the first of two sentences" } else { "the second of two sentences" };
    assert_eq!(world.visitor().sign_in("jo", chosen).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_adds_nobody_twice() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let page = ada.get("/access/identities/add").await;
    let token = page.page().hidden("form");
    let fields = [("display-name", "Jo"), ("name", "jo"), ("form", token.as_str())];
    assert_eq!(ada.post("/access/identities/add", &fields).await.status, StatusCode::OK);
    let again = ada.post("/access/identities/add", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.page().shows("This form was already sent"), "{}", again.body);
    let taken = ada.post("/access/identities/add", &[("display-name", "Jo"), ("name", "JO ")]).await;
    assert!(taken.page().shows("Somebody has the sign-in name “jo” already."), "{}", taken.body);
    assert_eq!(world.records().of("identity.add").each("outcome").await, ["done", "invalid", "invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_counts_from_the_next_request_until_its_end() {
    let world = World::new().await;
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    let id = id_of(&world, "noor").await;
    assert_eq!(noor.get("/secrets").await.status, StatusCode::FORBIDDEN);
    let mut fields = role("give-role", "operator", "dev");
    fields.pop();
    fields.push(("lasts", "8h"));
    assert_eq!(change(&mut ada, &id, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(noor.get("/secrets").await.status, StatusCode::OK);
    let page = ada.get(&format!("/access/identities/{id}")).await.page();
    assert!(page.shows("in dev") && page.shows("Ada Moreau"), "{page}");
    world.clock.advance(TimeSpan::minutes(59));
    assert_eq!(noor.get("/secrets").await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::hours(8));
    let mut noor = world.sign_in("noor").await;
    assert_eq!(noor.get("/secrets").await.status, StatusCode::FORBIDDEN, "the role has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_taken_away_opens_nothing() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let id = id_of(&world, "omar").await;
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(change(&mut ada, &id, &role("take-role", "operator", "*")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::FORBIDDEN);
    let again = change(&mut ada, &id, &role("take-role", "operator", "*")).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.records().of("role.take").each("outcome").await, ["done", "invalid"]);
}

/// G24: nobody changes what they may do themselves, not even by a role that they would lose.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_their_own_account() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let own = id_of(&world, "ada").await;
    for fields in [
        role("give-role", "auditor", "*"),
        role("take-role", "administrator", "*"),
        vec![("action", "disable")],
        vec![("action", "enable")],
        vec![("action", "invite")],
    ] {
        assert_eq!(change(&mut ada, &own, &fields).await.status, StatusCode::FORBIDDEN, "{fields:?}");
    }
    let page = ada.get(&format!("/access/identities/{own}")).await.page();
    assert!(!page.shows("Take away") && !page.shows("Give the role"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let link = add(&mut ada, "Jo", "jo").await;
    accept(&world, &link, PASSWORD).await;
    let (jo_id, ada_id) = (id_of(&world, "jo").await, id_of(&world, "ada").await);
    let mut fields = role("give-role", "administrator", "*");
    fields.pop();
    fields.push(("lasts", "8h"));
    assert_eq!(change(&mut ada, &jo_id, &fields).await.status, StatusCode::SEE_OTHER);
    let mut jo = world.visitor();
    jo.sign_in("jo", PASSWORD).await;
    for fields in [role("take-role", "administrator", "*"), vec![("action", "disable")]] {
        let kept = change(&mut jo, &ada_id, &fields).await;
        assert_eq!(kept.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", kept.body);
        assert!(kept.page().shows("Nobody else could give roles then."), "{}", kept.body);
    }
    let mut shorter = role("give-role", "administrator", "*");
    shorter.pop();
    shorter.push(("lasts", "8h"));
    assert_eq!(change(&mut jo, &ada_id, &shorter).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.get("/access/identities").await.status, StatusCode::OK, "nothing was changed");
    // With a second one that lasts, the first can go.
    assert_eq!(change(&mut ada, &jo_id, &role("give-role", "administrator", "*")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(change(&mut jo, &ada_id, &[("action", "disable")]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_who_end_each_other_leave_one() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let link = add(&mut ada, "Jo", "jo").await;
    accept(&world, &link, PASSWORD).await;
    let (jo_id, ada_id) = (id_of(&world, "jo").await, id_of(&world, "ada").await);
    assert_eq!(change(&mut ada, &jo_id, &role("give-role", "administrator", "*")).await.status, StatusCode::SEE_OTHER);
    let mut jo = world.visitor();
    jo.sign_in("jo", PASSWORD).await;
    let taken = role("take-role", "administrator", "*");
    tokio::join!(change(&mut ada, &jo_id, &taken), change(&mut jo, &ada_id, &taken));
    assert_eq!(world.table("identity_roles").with("role", "administrator").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_person_is_out_with_the_next_request() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    let id = id_of(&world, "omar").await;
    assert_eq!(change(&mut ada, &id, &[("action", "disable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
    let refused = world.visitor().sign_in("omar", world.password("omar")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = ada.get("/access/identities?matching=omar").await.page();
    assert!(page.shows("Disabled"), "{page}");
    assert_eq!(change(&mut ada, &id, &[("action", "enable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER, "an ended session stays ended");
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_persons_invitation_opens_nothing() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let link = add(&mut ada, "Jo", "jo").await;
    let id = id_of(&world, "jo").await;
    assert_eq!(change(&mut ada, &id, &[("action", "disable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(accept(&world, &link, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(&mut ada, &id, &[("action", "enable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(accept(&world, &link, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_finds_people_by_any_part_of_a_name() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    add(&mut ada, "ŁUCJA 100%_!", "lucja").await;
    for (search, found) in
        [("łucja", true), ("100%25_!", true), ("LUC", true), ("100%25x", false), ("1_0", false), ("%25", true)]
    {
        let page = ada.get(&format!("/access/identities?matching={search}")).await;
        assert_eq!(page.page().shows("ŁUCJA"), found, "{search}: {}", page.body);
    }
    let nobody = ada.get("/access/identities?matching=nobody-like-this").await.page();
    assert!(nobody.shows("Nobody matches “nobody-like-this”"), "{nobody}");
    for bad in ["page=0", "page=-1", "page=99999999999"] {
        assert_eq!(
            ada.get(&format!("/access/identities?{bad}")).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_doorward_gets_to_a_colleague_with_a_role() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    let password = SecretText::new(PASSWORD.to_owned()).unwrap();
    let roles = vec!["administrator".to_owned()];
    add_user(&world.backend, "root", "Root", roles, Within::Everywhere, password).await.unwrap();
    let mut root = world.visitor();
    root.sign_in("root", PASSWORD).await;
    let link = add(&mut root, "Colleague", "colleague").await;
    assert_eq!(accept(&world, &link, "a sentence of the colleague").await.status, StatusCode::OK);
    let id = id_of(&world, "colleague").await;
    assert_eq!(change(&mut root, &id, &role("give-role", "operator", "*")).await.status, StatusCode::SEE_OTHER);
    let mut colleague = world.visitor();
    colleague.sign_in("colleague", "a sentence of the colleague").await;
    assert_eq!(colleague.get("/secrets").await.status, StatusCode::OK);
}
