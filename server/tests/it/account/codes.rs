//! One-time and recovery codes: each counts once, and a second factor that is set up is needed in every session.

use crate::gates::cross_site::{addresses, function_addresses};
use crate::support::page::Page;
use crate::support::world::{Answer, Client, Setup, World};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan, Timestamp};
use server::sign_in::limits::Allowance;
use totp_rs::{Algorithm, Builder, Secret};

pub const METHODS: &str = "/settings/methods";
pub const STEP: TimeSpan = TimeSpan::seconds(30);

async fn live(world: &World) -> i64 {
    world.open_sessions().count().await
}

/// An authenticator app.
pub struct App(pub String);

impl App {
    /// The code of the present step.
    pub fn code(&self, world: &World) -> String {
        self.code_at(world.clock.now())
    }

    /// The code of the step of a moment.
    pub fn code_at(&self, moment: Timestamp) -> String {
        let secret = Secret::try_from_base32(&self.0).expect("base 32");
        let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30);
        let totp = totp.with_secret(secret).build().expect("a secret");
        totp.generate(moment.0.unsigned_abs() / 1000).to_string()
    }
}

/// The key that a page shows for an app to be set up with.
pub fn key_on(page: &Page) -> Option<String> {
    page.has_link("open it on this device").then(|| page.codes().into_iter().find(|code| code.len() == 32)).flatten()
}

/// The picture has no name: the key beside it says the same.
fn shows_qr(answer: &Answer) -> bool {
    answer.body.contains("class=\"qr\"")
}

/// Sets up one-time codes as a person does, and leaves the step of the first code behind.
pub async fn set_up_codes(world: &World, client: &mut Client) -> App {
    assert_eq!(client.post(METHODS, &[("action", "start-codes")]).await.location(), METHODS);
    let page = client.get(METHODS).await.page();
    let app = App(key_on(&page).expect("a key for the app"));
    assert!(page.link("open it on this device").starts_with("otpauth://totp/Doorward%20"), "{page}");
    let code = app.code(world);
    let on = client.post(METHODS, &[("action", "turn-codes-on"), ("code", &code)]).await;
    assert_eq!((on.status, on.location()), (StatusCode::SEE_OTHER, METHODS), "{}", on.body);
    world.clock.advance(STEP);
    app
}

pub async fn make_recovery_codes(client: &mut Client) -> Vec<String> {
    let page = client.post(METHODS, &[("action", "make-recovery-codes")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.page().section("Your recovery codes").items()
}

pub async fn confirm(client: &mut Client, code: &str) -> Answer {
    client.post("/confirm?next=%2Fsecrets", &[("action", "code"), ("code", code)]).await
}

pub async fn may_read(client: &mut Client) -> bool {
    client.get("/secrets").await.status == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_signs_in_behind_the_password() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let before = omar.handle.clone();
    let app = set_up_codes(&world, &mut omar).await;
    assert_ne!(omar.handle, before, "the handle changes with what was shown");
    assert!(may_read(&mut omar).await, "the first code counted for this session too");
    let second = || world.identities().with("name", "omar").number("second_factor");
    assert_eq!(second().await, 1);

    let mut again = world.sign_in("omar").await;
    assert_eq!(again.get("/secrets").await.location(), "/confirm?next=%2Fsecrets");
    let asked = again.get("/confirm?next=%2Fsecrets").await.page();
    assert!(asked.shows("Enter your second factor to finish signing in") && asked.shows("authenticator app"));
    assert!(!asked.shows("Password for"), "a password alone is not offered");
    assert_eq!(confirm(&mut again, &app.code(&world)).await.location(), "/secrets");
    assert!(may_read(&mut again).await);
    assert_eq!(world.methods_of_sessions().await, ["password+code", "password+code"]);

    let off = again.post(METHODS, &[("action", "turn-codes-off"), ("end-others", "yes")]).await;
    assert_eq!(off.location(), METHODS, "{}", off.body);
    assert_eq!((second().await, live(&world).await), (0, 1));
    assert!(may_read(&mut world.sign_in("omar").await).await, "the password alone is enough again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_second_factor_reads_nothing() {
    let world = World::new().await;
    let app = set_up_codes(&world, &mut world.sign_in("omar").await).await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let open = ["/confirm", "/sign-out", "/sign-in", "/signed-out", "/set-up", "/invitation", "/collect"];
    for address in addresses(&id).into_iter().filter(|address| !open.contains(&address.as_str())) {
        let answer = omar.get(&address).await;
        assert!(answer.location().starts_with("/confirm?next="), "{address}: {}", answer.status);
        assert!(answer.body.is_empty(), "{address}");
    }
    for address in function_addresses() {
        assert_eq!(omar.call(address, &id).await.status, StatusCode::UNAUTHORIZED, "{address}");
    }
    let rotate = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "x")]).await;
    assert!(rotate.location().starts_with("/confirm?next="));
    let off = omar.post(METHODS, &[("action", "turn-codes-off")]).await;
    assert!(off.location().starts_with("/confirm?next="), "nor does it take the second factor away");
    assert_eq!(world.count_all("secret_versions").await, 200);

    let by_password = omar.post("/confirm", &[("password", world.password("omar"))]).await;
    assert_eq!(by_password.status, StatusCode::UNPROCESSABLE_ENTITY, "nor is the password again enough");
    assert!(by_password.page().shows("A password alone is not enough"));
    assert!(!may_read(&mut omar).await);
    assert_eq!(confirm(&mut omar, &app.code(&world)).await.location(), "/secrets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_never_counts_twice() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let app = set_up_codes(&world, &mut omar).await;
    let code = app.code(&world);
    assert_eq!(confirm(&mut world.sign_in("omar").await, &code).await.status, StatusCode::SEE_OTHER);
    for mut client in [omar, world.sign_in("omar").await] {
        let before = client.handle.clone();
        let again = confirm(&mut client, &code).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.page().shows("Wrong code, or already used"), "{}", again.body);
        assert_eq!(client.handle, before);
    }
    assert_eq!(world.records().because("wrong_code").of("session.step_up").count().await, 2);
}

/// G23.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_no_second_time_after_the_clock_stepped_back() {
    let world = World::new().await;
    let app = set_up_codes(&world, &mut world.sign_in("omar").await).await;
    let used = app.code(&world);
    assert_eq!(confirm(&mut world.sign_in("omar").await, &used).await.status, StatusCode::SEE_OTHER);
    world.clock.step_back(TimeSpan::seconds(60));
    let mut omar = world.sign_in("omar").await;
    for code in [used, app.code(&world)] {
        assert_eq!(confirm(&mut omar, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    world.clock.advance(TimeSpan::seconds(90));
    assert_eq!(confirm(&mut omar, &app.code(&world)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_code_in_20_concurrent_tries_counts_once() {
    let many = Allowance { tries: 1000, ..Allowance::CODE };
    let world = World::with(Setup { code_allowance: many, ..Setup::default() }).await;
    let app = set_up_codes(&world, &mut world.sign_in("omar").await).await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(world.sign_in("omar").await);
    }
    let code = app.code(&world);
    let tries = (0..20).map(|number| {
        let (mut client, code) = (sessions[number % 5].clone(), code.clone());
        async move { confirm(&mut client, &code).await.status.as_u16() }
    });
    let mut answers = futures::future::join_all(tries).await;
    answers.sort_unstable();
    assert_eq!(answers[0], 303);
    assert!(answers[1..].iter().all(|status| *status == 422), "{answers:?}");
    assert_eq!(
        world.table("authentications").with("method", "password+code").count().await,
        2,
        "the first code, and this one"
    );
}

/// The right password gives no tries back.
#[tokio::test(flavor = "multi_thread")]
async fn codes_cannot_be_guessed_for_long() {
    let world = World::new().await;
    let app = set_up_codes(&world, &mut world.sign_in("omar").await).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        // Each from another network, and in a session of its own.
        let mut thief = world.sign_in("omar").await;
        for _ in 0..5 {
            statuses.push(confirm(&mut thief, "000000").await.status.as_u16());
        }
    }
    assert_eq!(statuses, [[422; 20].as_slice(), &[429; 5]].concat());
    assert_eq!(confirm(&mut world.sign_in("omar").await, &app.code(&world)).await.status.as_u16(), 429);
    world.clock.advance(TimeSpan::minutes(5));
    assert_eq!(confirm(&mut world.sign_in("omar").await, &app.code(&world)).await.status.as_u16(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessed_codes_keep_no_known_browser_out() {
    let world = World::new().await;
    let app = set_up_codes(&world, &mut world.sign_in("omar").await).await;
    let mut owner = world.sign_in("omar").await;
    assert!(owner.marks.is_none(), "a password alone leaves no mark");
    assert_eq!(confirm(&mut owner, &app.code(&world)).await.status, StatusCode::SEE_OTHER);
    assert!(owner.marks.is_some());
    world.clock.advance(STEP);
    for _ in 0..5 {
        let mut thief = world.sign_in("omar").await;
        for _ in 0..5 {
            confirm(&mut thief, "000000").await;
        }
    }
    let mut stranger = world.sign_in("omar").await;
    assert_eq!(confirm(&mut stranger, &app.code(&world)).await.status, StatusCode::TOO_MANY_REQUESTS);
    // The session that is open confirms as ever, and the same browser signs in anew.
    assert_eq!(confirm(&mut owner, &app.code(&world)).await.status, StatusCode::SEE_OTHER);
    world.clock.advance(STEP);
    owner.handle = None;
    owner.sign_in("omar", world.password("omar")).await;
    assert_eq!(confirm(&mut owner, &app.code(&world)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_waits_is_shown_in_its_session_alone() {
    let world = World::new().await;
    let (mut omar, mut other) = (world.sign_in("omar").await, world.sign_in("omar").await);
    omar.post(METHODS, &[("action", "start-codes")]).await;
    let shown = key_on(&omar.get(METHODS).await.page()).expect("a key");
    assert_eq!(shown.len(), 32);
    assert!(!shows_qr(&other.get(METHODS).await));
    omar.post(METHODS, &[("action", "start-codes")]).await;
    assert_eq!(
        key_on(&omar.get(METHODS).await.page()).as_ref(),
        Some(&shown),
        "the same form keeps the secret that was scanned"
    );
    let cancelled = omar.post(METHODS, &[("action", "cancel-codes")]).await;
    assert_eq!(cancelled.location(), METHODS);
    assert!(!shows_qr(&omar.get(METHODS).await));
    assert_eq!(world.count_all("one_time_codes").await, 0);
    let app = set_up_codes(&world, &mut omar).await;
    assert_ne!(app.0, shown);
    omar.post(METHODS, &[("action", "cancel-codes")]).await;
    assert_eq!(world.count_all("one_time_codes").await, 1, "codes that count are not cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_count_only_after_a_first_one_was_right() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    omar.post(METHODS, &[("action", "start-codes")]).await;
    let wrong = omar.post(METHODS, &[("action", "turn-codes-on"), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.page().field("Code").error.is_some() && shows_qr(&wrong), "it can be tried again");
    assert_eq!(world.records().because("wrong_code").count().await, 1);
    assert!(may_read(&mut world.sign_in("omar").await).await, "the password is still enough");
    let none = omar.post(METHODS, &[("action", "make-recovery-codes")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "there is nothing yet that they could stand in for");

    world.clock.advance(TimeSpan::minutes(6));
    let stale = omar.get(METHODS).await;
    assert!(!shows_qr(&stale) && !stale.body.contains("otpauth"), "the secret is shown to a fresh session alone");
    let late = omar.post(METHODS, &[("action", "turn-codes-on"), ("code", "000000")]).await;
    assert!(late.location().starts_with("/confirm?next="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_one_time_secret_of_another_opens_nothing() {
    let world = World::new().await;
    let veras = set_up_codes(&world, &mut world.sign_in("vera").await).await;
    set_up_codes(&world, &mut world.sign_in("omar").await).await;
    world
        .execute(
            "update one_time_codes set nonce = (select o.nonce from one_time_codes o join identities i on i.id = o.identity \
             where i.name = 'vera'), ciphertext = (select o.ciphertext from one_time_codes o join identities i on \
             i.id = o.identity where i.name = 'vera')",
        )
        .await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(STEP);
    assert_eq!(confirm(&mut omar, &veras.code(&world)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!may_read(&mut omar).await);
    assert_eq!(confirm(&mut world.sign_in("vera").await, &veras.code(&world)).await.status, StatusCode::SEE_OTHER);
}
