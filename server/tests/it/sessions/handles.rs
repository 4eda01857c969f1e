//! Handles: replaced every so often and at each change of privilege, and a copy of an old one ends the session.

use crate::support::world::{Client, Setup, World};
use axum::http::StatusCode;
use doorward::{ReconfirmOn, TimeSpan};

pub async fn live(world: &World) -> i64 {
    world.open_sessions().count().await
}

pub async fn incidents(world: &World) -> i64 {
    world.incidents().without("closed_at").count().await
}

pub async fn signed_in(client: &mut Client) -> bool {
    client.get("/secrets").await.status == StatusCode::OK
}

/// The session goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_replaced_every_renewal_period() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let first = omar.handle.clone();
    world.clock.advance(TimeSpan::minutes(14));
    assert!(signed_in(&mut omar).await);
    assert_eq!(omar.handle, first, "not yet");
    world.clock.advance(TimeSpan::minutes(2));
    assert!(signed_in(&mut omar).await);
    let second = omar.handle.clone();
    assert_ne!(second, first, "a new handle");
    assert!(signed_in(&mut omar).await);
    assert_eq!(omar.handle, second, "one for each period");
    assert_eq!(live(&world).await, 1, "it is the same session");
    assert_eq!(world.records().of("session.renew").allowed().count().await, 1, "and that is recorded");
}

/// G47: an honest sign-in in the browser of another session is no theft.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_anew_ends_the_old_session_without_an_incident() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.sign_in("omar", world.password("omar")).await.status, StatusCode::SEE_OTHER);
    assert!(signed_in(&mut omar).await);
    assert_eq!(world.records().of("session.ended").each("reason_code").await, ["ended_by_sign_in"]);
    assert_eq!((incidents(&world).await, world.count_all("revocations").await), (0, 1));
}

async fn renewed_now(world: &World) -> i64 {
    world.records().of("session.renew").count().await
}

/// A copy that keeps no new cookie.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_takes_no_new_handle_must_confirm() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let copy = || omar.clone();
    world.clock.advance(TimeSpan::minutes(16));
    for _ in 0..6 {
        assert!(signed_in(&mut copy()).await, "lost answers are no harm");
        world.clock.advance(TimeSpan::seconds(299));
    }
    assert_eq!(incidents(&world).await, 0);
    world.clock.advance(TimeSpan::seconds(30));
    assert_eq!(copy().get("/secrets").await.location(), "/confirm?next=%2Fsecrets");
    assert_eq!(copy().call_value(&id).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.incidents().each("kind").await, ["renewals_ignored"], "once, however often it comes");
    assert_eq!(live(&world).await, 1, "the session goes on");
    let renewed = renewed_now(&world).await;
    let mut at_the_door = copy();
    assert_eq!(at_the_door.get("/confirm").await.status, StatusCode::OK);
    assert_eq!((renewed_now(&world).await, at_the_door.handle), (renewed, copy().handle), "and asking gives no handle");
    let mut owner = copy();
    owner.post("/confirm", &[("password", world.password("omar"))]).await;
    assert!(signed_in(&mut owner).await);
}

/// Forms offer a new handle too, or whoever only sends those would keep a copy for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_alone_gets_a_new_handle_when_it_is_due() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let first = omar.handle.clone();
    world.clock.advance(TimeSpan::minutes(16));
    assert_eq!(omar.post("/inbox", &[]).await.status, StatusCode::SEE_OTHER);
    assert_ne!(omar.handle, first);
    assert!(signed_in(&mut omar).await);
}

/// An idle browser was offered nothing, so it is asked nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_browser_is_not_asked_to_confirm() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(55));
    let mut other_tab = omar.clone();
    assert!(signed_in(&mut omar).await && signed_in(&mut other_tab).await && signed_in(&mut omar).await);
}

/// A client with IPv4 and IPv6 changes between both all the time.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_each_family_is_confirmed_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let v4 = omar.address;
    omar.address = "2001:db8:1::7".parse().unwrap();
    assert_eq!(omar.get("/secrets").await.location(), "/confirm?next=%2Fsecrets");
    let password = world.password("omar").to_owned();
    omar.post("/confirm", &[("password", &password)]).await;
    for address in [v4, "2001:db8:1::8".parse().unwrap(), v4] {
        omar.address = address;
        assert!(signed_in(&mut omar).await, "{address}");
    }
    for far in ["2001:db8:2::7", "203.0.113.77"] {
        omar.address = far.parse().unwrap();
        assert_eq!(omar.get("/secrets").await.location(), "/confirm?next=%2Fsecrets", "{far}");
    }
    omar.post("/confirm", &[("password", &password)]).await;
    omar.address = "2001:db8:1::9".parse().unwrap();
    assert!(signed_in(&mut omar).await, "of each family the last one counts");
    omar.address = v4;
    assert!(!signed_in(&mut omar).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_who_renews_first_is_found_when_the_owner_returns() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut thief = omar.clone();
    world.clock.advance(TimeSpan::minutes(16));
    assert!(signed_in(&mut thief).await && signed_in(&mut thief).await);
    world.clock.advance(TimeSpan::seconds(36));
    assert!(!signed_in(&mut omar).await);
    assert!(!signed_in(&mut thief).await, "and the copy is worth nothing any more");
    assert_eq!(incidents(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_with_the_old_handle_are_still_answered() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(16));
    let mut other_tab = omar.clone();
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.advance(TimeSpan::seconds(20));
    assert!(signed_in(&mut other_tab).await, "within the grace");
    assert_eq!(incidents(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_new_handle_that_is_lost_signs_nobody_out() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut lost = omar.clone();
    world.clock.advance(TimeSpan::minutes(16));
    assert!(signed_in(&mut lost).await);
    for _ in 0..3 {
        world.clock.advance(TimeSpan::minutes(5));
        let mut lost_too = omar.clone();
        assert!(signed_in(&mut lost_too).await, "the old one counts until a new one is used");
    }
    world.clock.advance(TimeSpan::seconds(36));
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    assert_eq!(incidents(&world).await, 0);
    assert_eq!(
        world.table("handles").without("used_at").without("retired_at").count().await,
        0,
        "what was lost was replaced, not added to"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_get_one_new_handle_between_them() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(16));
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
    assert_eq!(world.count_all("handles").await, 2);
}

/// G13.
#[tokio::test(flavor = "multi_thread")]
async fn the_handle_changes_at_step_up_and_the_old_gains_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.advance(TimeSpan::minutes(6));
    let mut copy = omar.clone();
    let password = world.password("omar").to_owned();
    assert_eq!(omar.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert_ne!(omar.handle, copy.handle);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert_eq!(copy.call_value(&id).await.status, StatusCode::UNAUTHORIZED, "even within the grace");
    assert!(signed_in(&mut copy).await, "what it could do before, it can while requests are under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_cut_doubled_or_oversized_handles_open_nothing() {
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

/// The session has begun elsewhere; nothing is shown before the confirmation.
#[tokio::test(flavor = "multi_thread")]
async fn another_network_or_browser_must_confirm_first() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut elsewhere = omar.clone();
    elsewhere.address = "203.0.113.77".parse().unwrap();
    let asked = elsewhere.get("/secrets").await;
    assert_eq!(asked.location(), "/confirm?next=%2Fsecrets");
    assert_eq!(world.records().refused().each("reason_code").await, ["moved"]);
    assert!(elsewhere.get("/confirm?next=%2Fsecrets").await.page().shows("another network or browser"));
    let password = world.password("omar").to_owned();
    elsewhere.post("/confirm?next=%2Fsecrets", &[("password", &password)]).await;
    assert!(signed_in(&mut elsewhere).await, "it has moved with its owner");
    assert!(!signed_in(&mut omar).await, "and from the old place it asks in turn");

    let lax = World::with(Setup { places: ReconfirmOn::NONE, ..Setup::default() }).await;
    let mut omar = lax.sign_in("omar").await;
    omar.address = "203.0.113.77".parse().unwrap();
    assert!(signed_in(&mut omar).await, "the rule can be switched off");
}

/// G47: the clocks of two nodes differ by a few seconds.
#[tokio::test(flavor = "multi_thread")]
async fn clock_skew_of_a_few_seconds_ends_no_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(16));
    let mut under_way = omar.clone();
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await);
    world.clock.step_back(TimeSpan::seconds(4));
    assert!(signed_in(&mut under_way).await, "decided by a clock that is behind");
    world.clock.advance(TimeSpan::seconds(4 + 34));
    assert!(signed_in(&mut under_way).await, "decided by a clock that is ahead");
    assert_eq!(incidents(&world).await, 0);
    assert!(signed_in(&mut omar).await);
}

/// G40: what a step-up has shown is never handed to whoever holds the handle from before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_by_an_old_handle_never_gains_a_step_up() {
    let world = World::with(Setup { renewal: TimeSpan::minutes(1), ..Setup::default() }).await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.advance(TimeSpan::minutes(6));
    assert!(signed_in(&mut omar).await && signed_in(&mut omar).await, "a handle that is not due");
    let mut lost = omar.clone();
    let password = world.password("omar").to_owned();
    assert_eq!(lost.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    // The answer with the new handle never arrived, and the old one is due meanwhile.
    world.clock.advance(TimeSpan::seconds(90));
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
    world.clock.advance(TimeSpan::minutes(16));
    let mut slow = omar.clone();
    assert!(signed_in(&mut slow).await);
    let password = world.password("omar").to_owned();
    assert_eq!(omar.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert!(signed_in(&mut omar).await, "the step-up's handle is in use");
    omar.handle = slow.handle;
    assert!(signed_in(&mut omar).await, "the browser goes on with the older one");
    world.clock.advance(TimeSpan::seconds(36));
    assert!(signed_in(&mut omar).await);
    assert_eq!(incidents(&world).await, 0);
}
