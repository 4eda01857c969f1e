//! A copied handle ends its session and opens an incident, which people see, mark and close.

use super::handles::{incidents, live, signed_in};
use crate::support::world::{Client, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;

/// The copy is used after the handle was rotated.
/// G14.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_handle_ends_the_family_and_raises_an_incident() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut thief = omar.clone();
    world.clock.advance(TimeSpan::minutes(16));
    // The new handle comes back, so the old one is replaced.
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.advance(TimeSpan::seconds(36));
    let refused = thief.get("/secrets").await;
    assert_eq!(refused.location(), "/sign-in?next=%2Fsecrets");
    assert!(!signed_in(&mut omar).await, "the family has ended");
    assert_eq!((live(&world).await, incidents(&world).await), (0, 1));
    assert_eq!(
        world.records().refused().of("secret.list").ordered("at").each("reason_code").await,
        ["handle_replayed", "session_ended"]
    );

    assert!(!signed_in(&mut thief).await);
    assert_eq!(incidents(&world).await, 1, "one incident for one copy");
    let mut again = world.sign_in("omar").await;
    assert!(again.get("/").await.page().shows("Incidents about you"));
    assert!(again.get("/inbox").await.page().shows("A copy of your session"));
}

/// A session of omar's whose replaced handle came back from another browser.
async fn replayed(world: &World) {
    let mut omar = world.sign_in("omar").await;
    let thief = omar.clone();
    world.clock.advance(TimeSpan::minutes(16));
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.advance(TimeSpan::seconds(36));
    let request = thief.request(Method::GET, "/secrets").header(header::USER_AGENT, "curl/8.5.0");
    thief.open(request.body(Body::empty()).unwrap()).await;
}

async fn about(client: &mut Client, action: &str, incident: &str) -> StatusCode {
    client.post("/", &[("action", action), ("incident", incident)]).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_names_the_browser_and_address_of_the_copy() {
    let world = World::new().await;
    replayed(&world).await;
    let from = world.records().because("handle_replayed").each("address").await.remove(0);
    assert_eq!(world.incidents().each_of(&["user_agent", "address"]).await, [format!("curl/8.5.0 {from}")]);
    let seen = world.sign_in("ada").await.get("/").await.page();
    assert!(seen.shows("curl") && seen.shows(&from) && seen.shows("Omar Haddad"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_an_incident_is_about_marks_it_and_others_close_it() {
    let world = World::new().await;
    replayed(&world).await;
    let id = world.ids_of("incidents").await.remove(0);
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    assert_eq!(about(&mut omar, "close-incident", &id).await, StatusCode::FORBIDDEN);
    assert_eq!(about(&mut world.sign_in("vera").await, "close-incident", &id).await, StatusCode::NOT_FOUND);
    assert_eq!(about(&mut ada, "acknowledge-incident", &id).await, StatusCode::NOT_FOUND, "it is not about her");
    assert_eq!(about(&mut omar, "acknowledge-incident", &id).await, StatusCode::SEE_OTHER);
    let own = omar.get("/").await.page();
    assert!(own.shows("Open; seen by you") && !own.offers("acknowledge-incident"), "{own}");
    assert_eq!(incidents(&world).await, 1, "it stays open for administrators");

    assert!(ada.get("/").await.page().offers("close-incident"));
    assert_eq!(about(&mut ada, "close-incident", &id).await, StatusCode::SEE_OTHER);
    assert_eq!(incidents(&world).await, 0);
    for client in [&mut ada, &mut omar] {
        let page = client.get("/").await.page();
        assert!(page.shows("Closed by ") && page.shows("Ada Moreau"), "it stays listed: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_closes_an_incident_about_themselves() {
    let world = World::new().await;
    replayed(&world).await;
    world.incidents().set("identity", world.identity("ada").await).await;
    let id = world.ids_of("incidents").await.remove(0);
    let mut ada = world.sign_in("ada").await;
    assert_eq!(about(&mut ada, "close-incident", &id).await, StatusCode::FORBIDDEN);
    assert_eq!(about(&mut ada, "acknowledge-incident", &id).await, StatusCode::SEE_OTHER);
    assert_eq!(incidents(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_are_told_of_an_incident_on_every_page() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    assert!(!ada.get("/settings").await.page().section("Main").shows("new"));
    // For a while, noor is an administrator too; vera was one.
    world.give_role_in("noor", "administrator", "*", Some(doorward::Timestamp(9_999_999_999_999))).await;
    world.give_role_in("vera", "administrator", "*", Some(doorward::Timestamp(1))).await;
    replayed(&world).await;
    let mut ada = world.sign_in("ada").await;
    assert!(ada.get("/settings").await.page().section("Main").shows("1 new"), "the navigation counts it");
    assert!(ada.get("/inbox").await.page().shows("There is an incident about a session of omar."));
    ada.post("/inbox", &[]).await;
    assert!(!ada.get("/settings").await.page().section("Main").shows("new"));
    assert_eq!(world.notices().with("kind", "incident_opened").count().await, 2, "and nobody else is told");
}

/// G14: sign-in takes a handle too. Set-up is closed as soon as there is anybody who could have one.
#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_handle_at_sign_in_ends_the_family_and_is_told() {
    for (password, expected) in [(None, StatusCode::SEE_OTHER), (Some("wrong"), StatusCode::UNPROCESSABLE_ENTITY)] {
        let world = World::new().await;
        let mut omar = world.sign_in("omar").await;
        let mut thief = omar.clone();
        world.clock.advance(TimeSpan::minutes(16));
        assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
        world.clock.advance(TimeSpan::seconds(36));
        let password = password.unwrap_or(world.password("vera"));
        assert_eq!(thief.sign_in("vera", password).await.status, expected);
        assert!(!signed_in(&mut omar).await, "the family has ended");
        assert_eq!(incidents(&world).await, 1);
        assert_eq!(world.notices().with("kind", "incident").count().await, 1);
        assert_eq!(
            world.records().of("session.ended").each_of(&["reason_code", "name"]).await,
            ["ended_by_replay omar"]
        );
        assert_eq!(world.count_all("revocations").await, 1, "open tabs are told");
    }
}
