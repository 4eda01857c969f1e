//! Ways to sign in are changed by their owner after a fresh confirmation, or reset by somebody who cannot use them then.

use crate::account::codes::{METHODS, make_recovery_codes, may_read, set_up_codes};
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;
use server::account::passkeys;
use server::db::transaction::Source;
use server::sign_in::handle;
use server::{identities, sessions};

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

const RESET: &str = "/access/methods/reset";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_resets_nothing_they_can_then_use() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let app = set_up_codes(&world, &mut vera).await;
    let recovery = make_recovery_codes(&mut vera).await;
    let before = world.kept_password("vera").await;
    let mut ada = world.sign_in("ada").await;
    set_up_codes(&world, &mut ada).await;
    let page = ada.get(RESET).await.page();
    assert!(page.shows("you do not learn it: you cannot sign in as them"));
    let reset = ada.post(RESET, &[("whose", "Vera"), ("typed", "vera "), ("why", "lost her phone")]).await;
    assert!(reset.location().starts_with("/access/revocations/"), "{}", reset.body);
    let result = ada.get(reset.location()).await;
    let told =
        "Removed from Vera Lindqvist (vera): one-time codes and 10 recovery codes. All their sessions have ended.";
    assert!(result.page().shows(told), "the next page says what was done");
    let said = reset.everything() + &result.everything();
    for secret in [world.password("vera"), &recovery[0], &app.0, before.as_str()] {
        assert!(!said.contains(secret));
    }
    assert_eq!(world.kept_password("vera").await, before, "the password is the one that vera alone knows");
    assert!(!may_read(&mut vera).await, "her sessions have ended");
    assert_eq!(world.count_all("recovery_codes").await, 0);
    assert!(!world.has_second_factor("vera").await);

    let mut thief = world.visitor();
    for guess in [world.password("ada"), recovery[0].as_str(), app.0.as_str()] {
        assert_eq!(thief.sign_in("vera", guess).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut vera = world.sign_in("vera").await;
    assert!(may_read(&mut vera).await, "she signs in with her own password");
    assert!(vera.get("/inbox").await.page().shows("Ada Moreau removed your second factors and ended your sessions."));
    assert_eq!(
        world.records().of("methods.reset").allowed().each("parameters").await,
        ["whose=vera&why=lost%20her%20phone"]
    );
}

/// A reset of `whose` second factors, as it is confirmed.
fn reset(whose: &str) -> [(&str, &str); 2] {
    [("whose", whose), ("typed", whose)]
}

/// Ending a session of somebody else needs them too.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_others_needs_two_fresh_factors() {
    let world = World::new().await;
    set_up_codes(&world, &mut world.sign_in("petra").await).await;
    let vera = world.session_of("vera").await;
    let end = [("action", "end"), ("session", vera.as_str())];
    let mut ada = world.sign_in("ada").await;
    assert!(ada.post("/access/sessions", &end).await.location().starts_with("/confirm?next="), "by one factor");
    let page = ada.get("/access/sessions").await.page();
    assert!(page.shows("you need a second factor") && !page.offers("end"), "{page}");
    let app = set_up_codes(&world, &mut ada).await;
    world.clock.advance(TimeSpan::minutes(6));
    assert!(ada.get("/access/sessions").await.page().offers("end"));
    for address in ["/access/sessions", "/sessions"] {
        let asked = ada.post(address, &end).await;
        assert!(asked.location().starts_with("/confirm?next="), "{address}: the proof is too old");
    }
    assert!(ada.post(RESET, &reset("petra")).await.location().starts_with("/confirm?next="));
    let code = app.code(&world);
    assert_eq!(ada.post("/confirm", &[("action", "code"), ("code", &code)]).await.status, StatusCode::SEE_OTHER);
    assert!(ada.post("/access/sessions", &end).await.location().starts_with("/access/revocations/"));
    assert!(ada.post(RESET, &reset("petra")).await.location().starts_with("/access/revocations/"));

    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::minutes(6));
    let own = world.open_sessions().by("omar").ordered("id desc").one("id").await;
    assert_eq!(omar.post("/sessions", &[("action", "end"), ("session", &own)]).await.location(), "/signed-out");
}

/// Whoever stole a session and adds a passkey of their own does not keep it past a reset at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_takes_a_passkey_that_is_just_being_added() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    set_up_codes(&world, &mut ada).await;
    let omar = world.sign_in("omar").await;
    let handle = handle::read(omar.handle.as_deref().expect("a handle")).expect("it is one");
    let now = doorward::Clock::now(&*world.clock);
    let mut adding = Source::writer(&world.backend.database).await.expect("a transaction");
    let found = sessions::sql::find(&mut adding, &handle, now).await.expect("it answers").expect("a session");
    let resetting = tokio::spawn(async move { ada.post(RESET, &reset("omar")).await });
    until_it_waits(&world).await;
    let identity = found.principal.identity;
    let new = passkeys::sql::NewRow {
        credential_id: "a-thief".to_owned(),
        identity,
        name: "A".to_owned(),
        passkey: "{}".to_owned(),
    };
    assert!(passkeys::sql::add(&mut adding, new, now).await.expect("it answers"));
    identities::sql::note_second_factor(&mut adding, identity).await.expect("it answers");
    adding.commit().await.expect("it is kept");
    let reset = resetting.await.expect("it ends");
    assert!(reset.location().starts_with("/access/revocations/"), "{}", reset.body);
    assert_eq!(world.count_all("passkeys").await, 0);
    assert!(!world.has_second_factor("omar").await);
}

/// Until somebody waits for the open transaction: on PostgreSQL for its locks, on SQLite for the only writer.
async fn until_it_waits(world: &World) {
    if world.database.file().is_some() {
        assert_eq!(world.records().of("methods.reset").count().await, 0);
        return;
    }
    let waiting = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
                   where not l.granted and d.datname = current_database()";
    let at_a_row =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.count(waiting).await + world.count(at_a_row).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_needs_two_factors_and_somebody_else() {
    let world = World::new().await;
    set_up_codes(&world, &mut world.sign_in("vera").await).await;
    let mut ada = world.sign_in("ada").await;
    assert!(ada.get(RESET).await.page().shows("You need a second factor of your own"));
    let one_factor = ada.post(RESET, &reset("vera")).await;
    assert!(one_factor.location().starts_with("/confirm?next="));
    set_up_codes(&world, &mut ada).await;
    let own = ada.post(RESET, &reset("ada")).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "a field error, not a page without a way on");
    assert_eq!(own.page().field("Sign-in name").error.as_deref(), Some("This is your own name."));
    assert_eq!(ada.post(RESET, &reset("nobody")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for other in ["quinn", "petra", "omar", "noor"] {
        let refused = world.sign_in(other).await.post(RESET, &reset("vera")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
        assert!(!refused.page().shows("your own name"), "{other}");
    }
    assert_eq!(world.table("one_time_codes").having("confirmed_at").count().await, 2);
    let expected = ["no_second_factor", "same_person", "role+fresh+two_factors", "no_permission", "no_permission"];
    assert_eq!(world.records().of("methods.reset").each("reason_code").await[..5], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_previewed_and_confirmed_by_name() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    set_up_codes(&world, &mut vera).await;
    make_recovery_codes(&mut vera).await;
    let mut ada = world.sign_in("ada").await;
    set_up_codes(&world, &mut ada).await;
    let preview = ada.get("/access/methods/reset?whose=Vera").await.page();
    for (term, shown) in [
        ("Name", "Vera Lindqvist"),
        ("Sign-in name", "vera"),
        ("To be removed", "one-time codes and 10 recovery codes"),
        ("Sessions that end", "1"),
    ] {
        assert_eq!(preview.described(term), shown);
    }
    for (address, said) in [
        ("/access/methods/reset?whose=nobody", "No one has the sign-in name “nobody”."),
        ("/access/methods/reset?whose=ada", "This is your own name."),
    ] {
        let page = ada.get(address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.page().shows(said) && !page.page().has_field("Type “"), "{address}");
    }
    for typed in ["", "petra", "Vera Lindqvist"] {
        let answer = ada.post("/access/methods/reset?whose=vera", &[("whose", "vera"), ("typed", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.page().shows("Type “vera” to confirm."), "{typed}");
    }
    assert!(may_read(&mut vera).await, "nothing has changed");
    assert_eq!(world.count_all("recovery_codes").await, 10);
    for other in ["quinn", "petra", "omar", "noor"] {
        let refused = world.sign_in(other).await.get("/access/methods/reset?whose=vera").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
        assert!(!refused.page().shows("recovery codes"), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_without_second_factors_ends_no_session() {
    let world = World::new().await;
    let mut petra = world.sign_in("petra").await;
    let mut ada = world.sign_in("ada").await;
    set_up_codes(&world, &mut ada).await;
    let preview = ada.get("/access/methods/reset?whose=petra").await.page();
    assert!(preview.shows("There is nothing to remove") && !preview.has_field("Type “"));
    let answer = ada.post(RESET, &reset("petra")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("has no second factor. Nothing was changed."), "{}", answer.body);
    assert!(may_read(&mut petra).await);
    assert!(!petra.get("/inbox").await.page().shows("removed your second factors"));
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
