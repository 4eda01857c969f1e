//! Ways to sign in are changed by their owner after a fresh confirmation, or reset by somebody who cannot use them then.

use crate::codes::{METHODS, make_recovery_codes, may_read, set_up_codes};
use crate::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::Span;

const NEW_PASSWORD: &str = "a sentence that is long enough";

async fn change_password(client: &mut Client, password: &str, end_others: bool) -> Answer {
    let mut fields = vec![("action", "change-password"), ("password", password), ("repeat", password)];
    if end_others {
        fields.push(("end-others", "yes"));
    }
    client.post(METHODS, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_ends_other_sessions_where_that_is_chosen() {
    for end_others in [false, true] {
        let world = World::new().await;
        let (mut omar, mut other) = (world.sign_in("omar").await, world.sign_in("omar").await);
        assert!(omar.get(METHODS).await.body.contains("name=\"end-others\" value=\"yes\" checked"));
        let changed = change_password(&mut omar, NEW_PASSWORD, end_others).await;
        assert_eq!(changed.location(), METHODS, "{}", changed.body);
        assert!(may_read(&mut omar).await, "this session goes on");
        assert_eq!(may_read(&mut other).await, !end_others);
        let old = world.visitor().sign_in("omar", world.password("omar")).await;
        assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.visitor().sign_in("omar", NEW_PASSWORD).await.status, StatusCode::SEE_OTHER);
        assert!(!world.database_holds(NEW_PASSWORD).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_common_password_is_refused() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for (password, said) in [
        ("LeaveMeAlone", "This password is on the list of common passwords; choose another."),
        ("Doorward-2026!", "made of the product"),
        ("omaromaromar", "made of the sign-in name"),
        ("short", "A password needs at least 12 characters."),
    ] {
        let answer = change_password(&mut omar, password, true).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(answer.body.contains(said) && answer.body.contains("id=\"password-error\""), "{password}");
        assert!(!answer.body.contains(password), "no password comes back");
    }
    let differ = [("action", "change-password"), ("password", NEW_PASSWORD), ("repeat", "another sentence")];
    let answer = omar.post(METHODS, &differ).await;
    assert!(answer.body.contains("id=\"repeat-error\""));
    assert!(!answer.body.contains("name=\"end-others\" value=\"yes\" checked"), "the choice stays as it was sent");
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_asks_for_a_fresh_confirmation_first() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(Span::minutes(6));
    for action in ["change-password", "start-codes", "turn-codes-off", "make-recovery-codes"] {
        let mut fields = vec![("action", action)];
        if action == "change-password" {
            fields.extend([("password", NEW_PASSWORD), ("repeat", NEW_PASSWORD)]);
        }
        let answer = omar.post(METHODS, &fields).await;
        assert_eq!(answer.location(), "/confirm?next=%2Fsettings%2Fmethods", "{action}");
    }
    world.sign_in("omar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_is_told_of_each_change() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    make_recovery_codes(&mut omar).await;
    change_password(&mut omar, NEW_PASSWORD, false).await;
    omar.post(METHODS, &[("action", "turn-codes-off")]).await;
    let inbox = omar.get("/inbox").await.body;
    for told in [
        "One-time codes were set up.",
        "New recovery codes were made.",
        "Your password was changed.",
        "One-time codes were removed.",
    ] {
        assert!(inbox.contains(told), "{told}");
    }
    let recorded = "select action from audit where action like 'methods.%' and decision = 'allowed' \
                    and action not in ('methods.read', 'methods.start_codes', 'methods.choose_password') order by id";
    let expected =
        ["methods.turn_codes_on", "methods.make_recovery_codes", "methods.change_password", "methods.turn_codes_off"];
    assert_eq!(world.texts(recorded).await, expected);
    assert_eq!(world.count("select count(*) from recovery_codes").await, 0, "they stand in for nothing any more");
}

const RESET: &str = "/access/methods/reset";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_resets_nothing_they_can_then_use() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let app = set_up_codes(&world, &mut vera).await;
    let recovery = make_recovery_codes(&mut vera).await;
    let phc = "select phc from passwords p join identities i on i.id = p.identity where i.name = 'vera'";
    let before = world.texts(phc).await;
    let mut ada = world.sign_in("ada").await;
    set_up_codes(&world, &mut ada).await;
    let page = ada.get(RESET).await.body;
    assert!(page.contains("you do not learn it: you cannot sign in as them"));
    let reset = ada.post(RESET, &[("whose", "Vera")]).await;
    assert!(reset.location().starts_with("/access/revocations/"), "{}", reset.body);
    let said = reset.everything() + &ada.get(reset.location()).await.everything();
    for secret in [world.password("vera"), &recovery[0], &app.0, before[0].as_str()] {
        assert!(!said.contains(secret));
    }
    assert_eq!(world.texts(phc).await, before, "the password is the one that vera alone knows");
    assert!(!may_read(&mut vera).await, "her sessions have ended");
    assert_eq!(world.count("select count(*) from recovery_codes").await, 0);
    assert_eq!(world.count("select second_factor from identities where name = 'vera'").await, 0);

    let mut thief = world.visitor();
    for guess in [world.password("ada"), recovery[0].as_str(), app.0.as_str()] {
        assert_eq!(thief.sign_in("vera", guess).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut vera = world.sign_in("vera").await;
    assert!(may_read(&mut vera).await, "she signs in with her own password");
    assert!(vera.get("/inbox").await.body.contains("Ada Moreau removed your second factors and ended your sessions."));
    let recorded = "select parameters from audit where action = 'methods.reset' and decision = 'allowed'";
    assert_eq!(world.texts(recorded).await, ["whose=vera"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_needs_two_factors_and_somebody_else() {
    let world = World::new().await;
    set_up_codes(&world, &mut world.sign_in("vera").await).await;
    let mut ada = world.sign_in("ada").await;
    assert!(ada.get(RESET).await.body.contains("You need a second factor of your own"));
    let one_factor = ada.post(RESET, &[("whose", "vera")]).await;
    assert!(one_factor.location().starts_with("/confirm?next="));
    set_up_codes(&world, &mut ada).await;
    assert_eq!(ada.post(RESET, &[("whose", "ada")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.post(RESET, &[("whose", "nobody")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for other in ["quinn", "petra", "omar", "noor"] {
        let refused = world.sign_in(other).await.post(RESET, &[("whose", "vera")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
    }
    assert_eq!(world.count("select count(*) from one_time_codes where confirmed_at is not null").await, 2);
    let reasons = "select reason_code from audit where action = 'methods.reset' order by id";
    let expected = ["no_second_factor", "same_person", "role+two_factors", "no_permission", "no_permission"];
    assert_eq!(world.texts(reasons).await[..5], expected);
}
