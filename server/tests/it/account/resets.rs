//! Administrators remove the second factors of others, and gain nothing by it.

use crate::account::codes::{make_recovery_codes, may_read, set_up_codes};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;
use server::account::passkeys;
use server::db::transaction::Source;
use server::sign_in::handle;
use server::{identities, sessions};

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
    while world.waiting_for_locks().await == 0 {
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
    let error = own.page().field("Sign-in name").error;
    assert!(error.is_some_and(|error| error.starts_with("This is your own name.")));
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
