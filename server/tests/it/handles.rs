//! Handles: replaced every so often and at each change of privilege, and a copy of an old one ends the session.

use crate::world::{Client, Setup, World};
use axum::http::StatusCode;
use doorward::{PlaceRule, Span};

const LIVE: &str = "select count(*) from open_sessions";
const INCIDENTS: &str = "select count(*) from incidents where closed_at is null";

async fn signed_in(client: &mut Client) -> bool {
    client.get("/secrets").await.status == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_replaced_every_renewal_period_and_the_session_goes_on() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let first = omar.handle.clone();
    world.clock.advance(Span::minutes(14));
    assert!(signed_in(&mut omar).await);
    assert_eq!(omar.handle, first, "not yet");
    world.clock.advance(Span::minutes(2));
    assert!(signed_in(&mut omar).await);
    let second = omar.handle.clone();
    assert_ne!(second, first, "a new handle");
    assert!(signed_in(&mut omar).await);
    assert_eq!(omar.handle, second, "one for each period");
    assert_eq!(world.count(LIVE).await, 1, "it is the same session");
    let renewed = "select count(*) from audit where action = 'session.renew' and decision = 'allowed'";
    assert_eq!(world.count(renewed).await, 1, "and that is recorded");
}

/// G14.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_handle_used_after_its_rotation_ends_the_family_and_raises_an_incident() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut thief = omar.clone();
    world.clock.advance(Span::minutes(16));
    // The new handle comes back, so the old one is replaced.
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.advance(Span::seconds(36));
    let refused = thief.get("/secrets").await;
    assert_eq!(refused.location(), "/sign-in?next=%2Fsecrets");
    assert!(!signed_in(&mut omar).await, "the family has ended");
    assert_eq!((world.count(LIVE).await, world.count(INCIDENTS).await), (0, 1));
    let record = "select reason_code from audit where decision = 'refused' and action = 'secret.list' order by at";
    assert_eq!(world.texts(record).await, ["handle_replayed", "session_ended"]);

    assert!(!signed_in(&mut thief).await);
    assert_eq!(world.count(INCIDENTS).await, 1, "one incident for one copy");
    let mut again = world.sign_in("omar").await;
    assert!(again.get("/").await.body.contains("Incidents about you"));
    assert!(again.get("/inbox").await.body.contains("A copy of your session"));
    let mut ada = world.sign_in("ada").await;
    let seen = ada.get("/").await.body;
    assert!(seen.contains("Incidents") && seen.contains("Omar Haddad"), "administrators see it too");
    let id = world.texts("select id from incidents").await.remove(0);
    assert_eq!(
        world.sign_in("vera").await.post("/", &[("action", "close-incident"), ("incident", &id)]).await.status,
        404
    );
    assert_eq!(ada.post("/", &[("action", "close-incident"), ("incident", &id)]).await.status, StatusCode::SEE_OTHER);
    assert!(!ada.get("/").await.body.contains("Incidents"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_who_is_first_to_renew_is_found_when_the_owner_comes_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut thief = omar.clone();
    world.clock.advance(Span::minutes(16));
    assert!(signed_in(&mut thief).await && signed_in(&mut thief).await);
    world.clock.advance(Span::seconds(36));
    assert!(!signed_in(&mut omar).await);
    assert!(!signed_in(&mut thief).await, "and the copy is worth nothing any more");
    assert_eq!(world.count(INCIDENTS).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_with_the_old_handle_are_still_answered() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(Span::minutes(16));
    let mut other_tab = omar.clone();
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.advance(Span::seconds(20));
    assert!(signed_in(&mut other_tab).await, "within the grace");
    assert_eq!(world.count(INCIDENTS).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_new_handle_that_is_lost_signs_nobody_out() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut lost = omar.clone();
    world.clock.advance(Span::minutes(16));
    assert!(signed_in(&mut lost).await);
    for _ in 0..3 {
        world.clock.advance(Span::minutes(5));
        let mut lost_too = omar.clone();
        assert!(signed_in(&mut lost_too).await, "the old one counts until a new one is used");
    }
    world.clock.advance(Span::seconds(36));
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    assert_eq!(world.count(INCIDENTS).await, 0);
    let unused = "select count(*) from handles where used_at is null and retired_at is null";
    assert_eq!(world.count(unused).await, 0, "what was lost was replaced, not added to");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_get_one_new_handle_between_them() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    world.clock.advance(Span::minutes(16));
    let tabs = (0..8).map(|_| {
        let mut tab = omar.clone();
        async move {
            let answer = tab.get("/settings").await;
            (answer.status, tab.handle)
        }
    });
    let answers = futures::future::join_all(tabs).await;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK));
    let new = answers.iter().filter(|(_, handle)| *handle != omar.handle).count();
    assert_eq!(new, 1);
    assert_eq!(world.count("select count(*) from handles").await, 2);
}

/// G13.
#[tokio::test(flavor = "multi_thread")]
async fn the_handle_changes_at_step_up_and_the_old_one_gains_nothing_by_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.advance(Span::minutes(6));
    let mut copy = omar.clone();
    let password = world.password("omar").to_owned();
    assert_eq!(omar.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert_ne!(omar.handle, copy.handle);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert_eq!(copy.call_value(&id).await.status, StatusCode::UNAUTHORIZED, "even within the grace");
    assert!(signed_in(&mut copy).await, "what it could do before, it can while requests are under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn handles_that_are_planted_truncated_doubled_or_oversized_open_nothing() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let good = omar.handle.clone().expect("a handle");
    let planted = "A".repeat(43);
    for handle in [planted.clone(), good[1..].to_owned(), good.repeat(2), format!("{good}="), "a".repeat(100_000)] {
        let mut client = omar.clone();
        client.handle = Some(handle);
        assert_eq!(client.get("/secrets").await.status, StatusCode::SEE_OTHER);
    }
    let mut fixed = world.visitor();
    fixed.handle = Some(planted.clone());
    fixed.sign_in("omar", world.password("omar")).await;
    assert_ne!(fixed.handle, Some(planted), "a planted handle is never adopted");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_or_browser_in_mid_session_must_confirm_before_anything_is_shown() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut elsewhere = omar.clone();
    elsewhere.address = "203.0.113.77".parse().unwrap();
    let asked = elsewhere.get("/secrets").await;
    assert_eq!(asked.location(), "/confirm?next=%2Fsecrets");
    let reasons = "select reason_code from audit where decision = 'refused'";
    assert_eq!(world.texts(reasons).await, ["moved"]);
    assert!(elsewhere.get("/confirm?next=%2Fsecrets").await.body.contains("another network or browser"));
    let password = world.password("omar").to_owned();
    elsewhere.post("/confirm?next=%2Fsecrets", &[("password", &password)]).await;
    assert!(signed_in(&mut elsewhere).await, "it has moved with its owner");
    assert!(!signed_in(&mut omar).await, "and from the old place it asks in turn");

    let lax = World::with(Setup { places: PlaceRule::NONE, ..Setup::default() }).await;
    let mut omar = lax.sign_in("omar").await;
    omar.address = "203.0.113.77".parse().unwrap();
    assert!(signed_in(&mut omar).await, "the rule can be switched off");
}

/// G47: the clocks of two nodes differ by a few seconds.
#[tokio::test(flavor = "multi_thread")]
async fn clock_skew_of_a_few_seconds_ends_no_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(Span::minutes(16));
    let mut under_way = omar.clone();
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.step_back(Span::seconds(4));
    assert!(signed_in(&mut under_way).await, "decided by a clock that is behind");
    world.clock.advance(Span::seconds(4 + 34));
    assert!(signed_in(&mut under_way).await, "decided by a clock that is ahead");
    assert_eq!(world.count(INCIDENTS).await, 0);
    assert!(signed_in(&mut omar).await);
}

/// G40: what a step-up has shown is never handed to whoever holds the handle from before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_by_an_old_handle_never_gains_a_step_up() {
    let world = World::with(Setup { renewal: Span::minutes(1), ..Setup::default() }).await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.advance(Span::minutes(6));
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await, "a handle that is not due");
    let mut lost = omar.clone();
    let password = world.password("omar").to_owned();
    assert_eq!(lost.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    // The answer with the new handle never arrived, and the old one is due meanwhile.
    world.clock.advance(Span::seconds(90));
    for _ in 0..2 {
        assert!(signed_in(&mut omar).await);
        assert_eq!(omar.call_value(&id).await.status, StatusCode::UNAUTHORIZED, "it has shown nothing lately");
    }
    assert_eq!(lost.call_value(&id).await.status, StatusCode::OK, "what was shown is still the step-up's own");
}

/// G47: of two answers that each carry a handle, the older one arrives last.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_arrives_late_ends_no_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(Span::minutes(16));
    let mut slow = omar.clone();
    assert!(signed_in(&mut slow).await);
    let password = world.password("omar").to_owned();
    assert_eq!(omar.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert!(signed_in(&mut omar).await, "the step-up's handle is in use");
    omar.handle = slow.handle;
    assert!(signed_in(&mut omar).await, "the browser goes on with the older one");
    world.clock.advance(Span::seconds(36));
    assert!(signed_in(&mut omar).await);
    assert_eq!(world.count(INCIDENTS).await, 0);
}
