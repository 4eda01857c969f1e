//! Ways to sign in are changed by their owner after a fresh confirmation, or reset by somebody who cannot use them then.

use crate::account::codes::{METHODS, make_recovery_codes, may_read, set_up_codes};
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

const NEW_PASSWORD: &str = "a sentence that is long enough";

async fn change_password(client: &mut Client, current: &str, password: &str, end_others: bool) -> Answer {
    let mut fields =
        vec![("action", "change-password"), ("current", current), ("password", password), ("repeat", password)];
    if end_others {
        fields.push(("end-others", "yes"));
    }
    client.post(METHODS, &fields).await
}

/// Whether the form for the password ends other sessions, unless that is changed.
fn ends_others(answer: &Answer) -> bool {
    answer.page().form_of("change-password").sends("end-others")
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_ends_other_sessions_if_chosen() {
    for end_others in [false, true] {
        let world = World::new().await;
        let (mut omar, mut other) = (world.sign_in("omar").await, world.sign_in("omar").await);
        assert!(ends_others(&omar.get(METHODS).await));
        let changed = change_password(&mut omar, world.password("omar"), NEW_PASSWORD, end_others).await;
        assert_eq!(changed.location(), METHODS, "{}", changed.body);
        assert!(may_read(&mut omar).await, "this session goes on");
        assert_eq!(may_read(&mut other).await, !end_others);
        let old = world.visitor().sign_in("omar", world.password("omar")).await;
        assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.visitor().sign_in("omar", NEW_PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert!(!world.database_holds(NEW_PASSWORD).await);
    }
}

/// Whoever finds a session open cannot take the account with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_changes_by_the_current_one_alone() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for current in ["", "not the current password"] {
        let answer = change_password(&mut omar, current, NEW_PASSWORD, false).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{current}");
        assert!(answer.page().field("Current password").error.is_some(), "{}", answer.page());
    }
    assert_eq!(
        world.records().of("methods.choose_password").because("wrong_password").count().await,
        1,
        "a wrong one is recorded"
    );
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_common_password_is_refused() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for (password, said) in [
        ("LeaveMeAlone", "This password is on the list of common passwords; choose another."),
        ("Doorward-2026!", "made of “doorward”"),
        ("password12345", "made of “password”"),
        ("omar omar omar", "made of the sign-in name"),
        ("omaromaromar", "made of the sign-in name"),
        ("tooshort1", "A password needs at least 12 characters."),
    ] {
        let answer = change_password(&mut omar, world.password("omar"), password, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        let error = answer.page().field("New password").error;
        assert!(error.is_some_and(|error| error.contains(said)), "{password}");
        assert!(!answer.body.contains(password), "no password comes back");
    }
    let differ = [("action", "change-password"), ("password", NEW_PASSWORD), ("repeat", "another sentence")];
    let answer = omar.post(METHODS, &differ).await;
    assert!(answer.page().field("New password again").error.is_some());
    assert!(!ends_others(&answer), "the choice stays as it was sent");
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_asks_for_a_fresh_confirmation_first() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(6));
    for action in ["change-password", "start-codes", "turn-codes-off", "make-recovery-codes"] {
        let mut fields = vec![("action", action)];
        if action == "change-password" {
            fields.extend([("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)]);
        }
        let answer = omar.post(METHODS, &fields).await;
        let asked = match action {
            "change-password" => "choose_password".to_owned(),
            action => action.replace('-', "_"),
        };
        assert_eq!(answer.location(), format!("/confirm?next=%2Fsettings%2Fmethods&for=methods.{asked}"));
    }
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_is_told_of_each_change() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    make_recovery_codes(&mut omar).await;
    // A second factor that was shown lately stands for the current password.
    change_password(&mut omar, "", NEW_PASSWORD, false).await;
    omar.post(METHODS, &[("action", "turn-codes-off")]).await;
    let inbox = omar.get("/inbox").await.page();
    for told in [
        "One-time codes were set up.",
        "Recovery codes were replaced.",
        "Your password was changed.",
        "One-time codes were removed.",
    ] {
        assert!(inbox.shows(told), "{told}");
    }
    let expected =
        ["methods.turn_codes_on", "methods.make_recovery_codes", "methods.change_password", "methods.turn_codes_off"];
    assert_eq!(
        world
            .records()
            .like("action", "methods.%")
            .allowed()
            .none_of("action", &["methods.read", "methods.start_codes", "methods.choose_password"])
            .each("action")
            .await,
        expected
    );
    assert_eq!(world.count_all("recovery_codes").await, 0, "they stand in for nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_from_a_confirmation_says_what_was_asked() {
    let world = World::new().await;
    let address = format!("/secrets/{}", world.omars_secret("production").await);
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(6));
    let asked = omar.post(&address, &[("action", "reveal")]).await;
    let escaped = address.replace('/', "%2F");
    assert_eq!(asked.location(), format!("/confirm?next={escaped}&for=secret.reveal"));
    let page = omar.get(asked.location()).await.page();
    assert!(page.shows("To reveal this value, you must have signed in or confirmed"), "{page}");
    let (told, password) = ("Press “Reveal” to see the value.", world.password("omar"));
    let by_island = omar.clone().post_as_island(asked.location(), &[("password", "wrong")]).await;
    assert_eq!(by_island.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(omar.post(asked.location(), &[("password", password)]).await.location(), address);
    assert!(omar.get(&address).await.page().shows(told));
    assert!(!omar.get(&address).await.page().shows(told), "it is said once");

    world.clock.advance(TimeSpan::minutes(6));
    let confirmed = omar.post_as_island(asked.location(), &[("password", password)]).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    assert!(!omar.get(&address).await.page().shows(told), "a script goes on by itself");
    let made_up = omar.get("/confirm?next=%2F&for=Call+this+number").await.page();
    assert!(made_up.shows("What you asked for needs") && !made_up.shows("Call this number"));
}
