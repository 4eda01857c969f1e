//! Limits: by role, in number, and whatever the clock does.

use crate::account::codes::{may_read, set_up_codes};
use crate::support::world::{Setup, World};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use server::sessions::sweep;

async fn live(world: &World) -> i64 {
    world.open_sessions().count().await
}

/// G23.
#[tokio::test(flavor = "multi_thread")]
async fn no_expired_session_lives_again_when_the_clock_steps_back() {
    let world = World::new().await;
    let mut idle = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(61));
    assert_eq!(idle.get("/secrets").await.status, StatusCode::SEE_OTHER);
    world.clock.step_back(TimeSpan::minutes(60));
    assert_eq!(idle.get("/secrets").await.status, StatusCode::SEE_OTHER, "idle too long stays so");

    let mut expired = world.sign_in("omar").await;
    for _ in 0..13 {
        world.clock.advance(TimeSpan::minutes(58));
        expired.get("/secrets").await;
    }
    assert_eq!(expired.get("/secrets").await.status, StatusCode::SEE_OTHER);
    world.clock.step_back(TimeSpan::hours(12));
    assert_eq!(expired.get("/secrets").await.status, StatusCode::SEE_OTHER, "expired stays expired");
    assert_eq!(world.records().refused().distinct("reason_code").await, ["session_expired", "session_idle"]);
}

/// G23: also where nobody used the session while its time was up.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_writes_down_what_has_expired_unseen() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(61));
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.expect("it sweeps");
    world.clock.step_back(TimeSpan::minutes(60));
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.sessions().each("ended_because").await, ["idle"]);
    assert_eq!(
        world.records().of("session.ended").each_of(&["reason_code", "entry", "name"]).await,
        ["ended_idle server omar"]
    );
    assert_eq!(world.count_all("revocations").await, 1, "every process hears of it");
}

/// G43: what a revocation has ended did not also end idle.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_tells_no_second_end_of_a_revoked_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    omar.post("/sessions", &[("action", "end-all")]).await;
    world.clock.advance(TimeSpan::minutes(61));
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.expect("it sweeps");
    assert_eq!(world.sessions().each("ended_because").await, ["revoked"]);
    assert_eq!(world.records().of("session.ended").count().await, 0);
}

/// G43.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_a_request_meets_is_recorded_as_an_end() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(61));
    for _ in 0..2 {
        assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(
        world.records().of("session.ended").each_of(&["reason_code", "entry"]).await,
        ["ended_idle page"],
        "once"
    );
    assert_eq!(world.count_all("revocations").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_removes_only_sessions_that_no_longer_count() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    omar.post("/sign-out", &[]).await;
    world.clock.advance(TimeSpan::hours(24 * 31));
    let mut vera = world.sign_in("vera").await;
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.expect("it sweeps");
    assert_eq!(world.count_all("sessions").await, 1);
    assert_eq!(world.count_all("handles").await, 1);
    assert_eq!(vera.get("/secrets").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_steps_back_makes_no_authentication_fresh() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.step_back(TimeSpan::minutes(1));
    assert_eq!(omar.call_value(&id).await.status, StatusCode::UNAUTHORIZED, "an authentication from the future");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_session_ends_after_15_idle_minutes() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    world.clock.advance(TimeSpan::minutes(14));
    assert_eq!(ada.get("/").await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::minutes(16));
    assert_eq!(ada.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/").await.status, StatusCode::OK, "other roles keep the usual limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_too_many_ends_the_least_recently_used() {
    let world = World::new().await;
    world.limit_sessions("operator", 2).await;
    let mut first = world.sign_in("omar").await;
    let mut second = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(2));
    assert_eq!(first.get("/").await.status, StatusCode::OK);
    let mut third = world.sign_in("omar").await;
    assert_eq!(live(&world).await, 2);
    assert_eq!(second.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!((first.get("/").await.status, third.get("/").await.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(world.records().of("session.ended").each("reason_code").await, ["ended_as_surplus"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_can_refuse_one_session_more_and_says_so() {
    let world = World::new().await;
    world.limit_sessions_and_refuse("operator", 1).await;
    let mut first = world.sign_in("omar").await;
    let mut visitor = world.visitor();
    let refused = visitor.sign_in("omar", world.password("omar")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("signed in at too many places"), "{}", refused.body);
    assert!(visitor.handle.is_none());
    assert_eq!(world.records().because("too_many_sessions").count().await, 1);
    first.post("/sign-out", &[]).await;
    assert_eq!(visitor.sign_in("omar", world.password("omar")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sign_ins_at_once_keep_the_role_limit() {
    let world = World::with(Setup { queue: 64, ..Setup::default() }).await;
    world.limit_sessions("operator", 3).await;
    let sign_ins = (0..8).map(|_| {
        let mut client = world.visitor();
        let password = world.password("omar").to_owned();
        async move { client.sign_in("omar", &password).await.status }
    });
    let answers = futures::future::join_all(sign_ins).await;
    assert!(answers.iter().all(|status| *status == StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(live(&world).await, 3);
}

/// A password alone ends no session of somebody who has a second factor.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_sign_in_ends_no_whole_session() {
    let world = World::new().await;
    world.limit_sessions("operator", 2).await;
    let mut first = world.sign_in("omar").await;
    let app = set_up_codes(&world, &mut first).await;
    let mut second = world.sign_in("omar").await;
    let code = app.code(&world);
    second.post("/confirm", &[("action", "code"), ("code", &code)]).await;
    world.clock.advance(TimeSpan::seconds(30));
    for _ in 0..12 {
        world.sign_in("omar").await;
    }
    assert!(may_read(&mut first).await && may_read(&mut second).await, "both go on");
    assert_eq!(live(&world).await, 2 + 5, "a small number of half ones is kept");
    assert_eq!(world.sessions().having("ended_at").distinct("ended_because").await, ["too many unfinished sign-ins"]);

    // One that is completed counts, and takes the place of the whole one that was used least lately.
    let mut third = world.sign_in("omar").await;
    third.post("/confirm", &[("action", "code"), ("code", &app.code(&world))]).await;
    assert!(may_read(&mut third).await);
    assert_eq!([may_read(&mut first).await, may_read(&mut second).await].iter().filter(|may| **may).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_refuses_refuses_a_completed_sign_in_too() {
    let world = World::new().await;
    let mut first = world.sign_in("omar").await;
    let app = set_up_codes(&world, &mut first).await;
    world.limit_sessions_and_refuse("operator", 1).await;
    let mut second = world.sign_in("omar").await;
    let refused = second.post("/confirm", &[("action", "code"), ("code", &app.code(&world))]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("signed in at too many places"), "{}", refused.body);
    assert!(may_read(&mut first).await && !may_read(&mut second).await);
    first.post("/sign-out", &[]).await;
    let code = app.code(&world);
    let confirmed = second.post("/confirm", &[("action", "code"), ("code", &code)]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "the refused try did not use the code up");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_stay_signed_in_is_a_use_of_the_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(58));
    let stayed = omar.post("/sessions", &[("action", "stay"), ("next", "/secrets")]).await;
    assert_eq!(stayed.location(), "/secrets");
    world.clock.advance(TimeSpan::minutes(58));
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_browser_is_told_of_and_the_first_one_is_not() {
    let world = World::new().await;
    world.sign_in("omar").await;
    let mut omar = world.sign_in("omar").await;
    assert!(omar.get("/inbox").await.page().shows("No notices"), "it is the same browser");
    world.table("known_browsers").set("browser", "Lynx").await;
    let mut omar = world.sign_in("omar").await;
    assert!(omar.get("/inbox").await.page().shows("which was not seen before"));
    assert!(omar.get("/").await.page().shows("1 unread notice"));
    omar.post("/inbox", &[]).await;
    assert!(!omar.get("/").await.page().shows("1 unread notice"));
}
