//! Sign-in and set-up: what a guesser learns (nothing), how often one may try, and what a session begins with.

use crate::gates::cross_site::page_addresses;
use crate::support::world::{Answer, Client, Setup, World, settings};
use axum::http::StatusCode;
use doorward::{Randomness, SecretText, TimeSpan};
use futures::future::join_all;
use futures::poll;
use server::account::password::{PasswordCost, Passwords};
use server::backend::SqlBackend;
use server::clock::SystemRandomness;
use server::http::address::TrustedProxies;
use server::sign_in::limits::{Allowance, Allowances};
use server::sign_in::{authenticate, handle};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const NOBODYS_PASSWORD: &str = "not-the-password-of-anybody";

/// An answer without what differs from one request to the next: nonce, ids, and the name that was typed.
fn without_what_varies(answer: &Answer, typed: &str) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    let mut head: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    head.sort();
    let text = format!("{}\n{}\n{}", answer.status, head.join("\n"), answer.body);
    text.replace(nonce, "NONCE").replace(&format!("value=\"{typed}\""), "value=\"TYPED\"")
}

/// Puts another pool of passwords behind the world's router.
fn with_passwords(world: &mut World, passwords: Passwords) -> Arc<Passwords> {
    let passwords = Arc::new(passwords);
    let backend = SqlBackend { passwords: Arc::clone(&passwords), ..world.backend.clone() };
    world.router = server::router(backend, settings(TrustedProxies::default()));
    passwords
}

fn retry_after(answer: &Answer) -> i64 {
    let seconds = answer.header("retry-after").parse().expect("a number of seconds");
    assert!(seconds >= 1);
    seconds
}

/// An unknown name, a wrong password and a frozen identity.
#[tokio::test(flavor = "multi_thread")]
async fn unknown_wrong_and_frozen_sign_ins_get_one_answer() {
    let world = World::new().await;
    world.freeze("omar").await;
    let unknown = world.visitor().sign_in("vexa", NOBODYS_PASSWORD).await;
    let wrong = world.visitor().sign_in("vera", NOBODYS_PASSWORD).await;
    let frozen = world.visitor().sign_in("omar", world.password("omar")).await;
    let no_name = world.visitor().sign_in("' or 1=1 --", NOBODYS_PASSWORD).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected = without_what_varies(&wrong, "vera");
    assert!(expected.contains("value=\"TYPED\""), "the typed name is kept: {expected}");
    assert_eq!(without_what_varies(&unknown, "vexa"), expected);
    assert_eq!(without_what_varies(&frozen, "omar"), expected);
    assert_eq!(without_what_varies(&no_name, "' or 1=1 --"), expected);
    assert_eq!(world.count_all("sessions").await, 0);
}

/// Randomness that can be held up, and whoever draws from it with it.
#[derive(Default)]
struct Held(Mutex<bool>, Condvar);

impl Held {
    fn hold(&self, whether: bool) {
        *self.0.lock().unwrap() = whether;
        self.1.notify_all();
    }
}

impl Randomness for Held {
    fn fill(&self, bytes: &mut [u8]) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |held| *held).unwrap());
        SystemRandomness.fill(bytes);
    }
}

/// Lets go when the test ends, however it ends: a runtime waits for its workers.
struct LetGo(Arc<Held>);

impl Drop for LetGo {
    fn drop(&mut self) {
        self.0.hold(false);
    }
}

/// The flood is turned away.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ins_leaves_other_pages_usable() {
    let mut world = World::new().await;
    let held = Arc::new(Held::default());
    let random: Arc<dyn Randomness> = held.clone();
    let passwords = with_passwords(&mut world, Passwords::new(PasswordCost::LEAST, 1, 0, random).unwrap());
    let mut ada = world.sign_in("ada").await;

    // The pool's only place is taken: its worker waits for a salt.
    held.hold(true);
    let _let_go = LetGo(Arc::clone(&held));
    let secret = SecretText::new("somebody else's password".to_owned()).unwrap();
    let mut other = Box::pin(passwords.hash(&secret));
    assert!(poll!(other.as_mut()).is_pending());
    // That unknown names are turned away too shows that they go through the same pool.
    for name in ["vera", "nobody"] {
        let mut flood: Vec<Client> = (0..8).map(|_| world.visitor()).collect();
        let answers = join_all(flood.iter_mut().map(|client| client.sign_in(name, NOBODYS_PASSWORD))).await;
        for answer in answers {
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
            retry_after(&answer);
        }
    }
    assert_eq!(ada.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(world.visitor().get("/sign-in").await.status, StatusCode::OK);

    held.hold(false);
    assert!(other.await.is_ok());
    assert_eq!(world.visitor().sign_in("vera", world.password("vera")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sign_ins_at_once_each_is_answered() {
    let world = World::with(Setup { workers: 1, queue: 0, ..Setup::default() }).await;
    let mut clients: Vec<Client> = (0..8).map(|_| world.visitor()).collect();
    let names = ["vera", "omar", "petra", "quinn", "ada", "noor"];
    let tries =
        clients.iter_mut().zip(names.iter().cycle()).map(|(client, name)| client.sign_in(name, world.password(name)));
    let answers = tokio::time::timeout(Duration::from_secs(120), join_all(tries)).await.expect("none hangs");
    let many = |status| answers.iter().filter(|answer| answer.status == status).count();
    let (begun, turned_away) = (many(StatusCode::SEE_OTHER), many(StatusCode::TOO_MANY_REQUESTS));
    assert!(begun >= 1, "somebody comes in");
    assert_eq!(begun + turned_away, answers.len());
    assert_eq!(world.count_all("sessions").await, i64::try_from(begun).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_handle_is_never_adopted() {
    let world = World::new().await;
    for planted in ["A".repeat(43), handle::new(&SystemRandomness).0.expose().to_owned()] {
        let mut victim = world.visitor();
        victim.handle = Some(planted.clone());
        let answer = victim.sign_in("vera", world.password("vera")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_ne!(victim.handle.as_deref(), Some(planted.as_str()));
        let mut attacker = world.visitor();
        attacker.handle = Some(planted);
        assert_eq!(attacker.get("/secrets").await.location(), "/sign-in?next=%2Fsecrets");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_presented_at_sign_in_ends_there() {
    let world = World::new().await;
    // An attacker's own session, planted in a victim's browser.
    let mut attacker = world.sign_in("noor").await;
    let mut victim = world.visitor();
    victim.handle.clone_from(&attacker.handle);
    assert_eq!(victim.sign_in("vera", world.password("vera")).await.status, StatusCode::SEE_OTHER);
    assert_ne!(victim.handle, attacker.handle);
    assert!(attacker.get("/").await.location().starts_with("/sign-in"));
    assert!(victim.get("/").await.page().shows("Vera Lindqvist"));
    let because = world.sessions().having("ended_at").each("ended_because").await;
    assert_eq!(because, ["replaced at sign-in"]);
}

/// The authentication is its own too.
#[tokio::test(flavor = "multi_thread")]
async fn each_sign_in_has_its_own_handle_and_session() {
    let world = World::new().await;
    let mut client = world.visitor();
    let mut handles = Vec::new();
    for _ in 0..3 {
        client.sign_in("vera", world.password("vera")).await;
        handles.push(client.handle.clone().unwrap());
    }
    handles.push(world.sign_in("vera").await.handle.unwrap());
    handles.sort();
    handles.dedup();
    assert_eq!(handles.len(), 4);
    assert!(handles.iter().all(|handle| handle.len() == 43));
    assert_eq!(world.sessions().number("count(distinct id)").await, 4);
    assert_eq!(world.sessions().number("count(distinct authentication)").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sign_in_gives_no_cookie_and_ends_no_session() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let handle = vera.handle.clone();
    let answer = vera.sign_in("vera", NOBODYS_PASSWORD).await;
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(vera.handle, handle);
    assert_eq!(vera.get("/").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_kept_nowhere_but_in_the_browser() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.omars_secret("dev").await;
    let handle = ada.handle.clone().unwrap();
    for address in page_addresses(&id) {
        assert!(!ada.get(&address).await.everything().contains(&handle), "{address}");
    }
    ada.call_value(&id).await;
    ada.post("/settings", &[("theme", "dark")]).await;
    assert!(!world.database_holds(&handle).await);
    // That the search finds what is there.
    let session = world.ids_of("sessions").await.remove(0);
    assert!(world.database_holds(&session).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_at_sign_in_is_not_kept() {
    let world = World::new().await;
    // People type their password into the wrong field.
    world.visitor().sign_in("pass-typed-as-a-name", "pass-of-nobody-at-all").await;
    world.visitor().sign_in("vera", "pass-that-vera-mistyped").await;
    world.sign_in("vera").await;
    for text in ["pass-typed-as-a-name", "pass-of-nobody-at-all", "pass-that-vera-mistyped", world.password("vera")] {
        assert!(!world.database_holds(text).await, "{text}");
    }
    let reasons = world.records().of("session.start").refused().ordered("reason_code").each("reason_code").await;
    assert_eq!(reasons, ["unknown_name", "wrong_password"]);
}

/// It opens by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_guessed_account_closes_for_a_while() {
    let world = World::new().await;
    for _ in 0..Allowances::PASSWORDS.account.tries {
        // Each from another address: the limit is the account's.
        assert_eq!(world.visitor().sign_in("vera", NOBODYS_PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for password in [NOBODYS_PASSWORD, world.password("vera")] {
        let answer = world.visitor().sign_in("vera", password).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.page().shows("Too many tries"), "{}", answer.body);
    }
    let spelled = world.visitor().sign_in(" VERA ", world.password("vera")).await;
    assert_eq!(spelled.status, StatusCode::TOO_MANY_REQUESTS, "another spelling is the same account");
    assert_eq!(world.visitor().sign_in("omar", world.password("omar")).await.status, StatusCode::SEE_OTHER);

    let answer = world.visitor().sign_in("vera", world.password("vera")).await;
    let wait = TimeSpan::seconds(retry_after(&answer));
    world.clock.advance(TimeSpan(wait.0 - 1000));
    assert_eq!(world.visitor().sign_in("vera", world.password("vera")).await.status, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(TimeSpan::seconds(1));
    assert_eq!(world.visitor().sign_in("vera", world.password("vera")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_limited_like_an_account() {
    let world = World::new().await;
    let mut guesser = world.visitor();
    for _ in 0..10 {
        guesser.sign_in("nobody", NOBODYS_PASSWORD).await;
    }
    assert_eq!(guesser.sign_in("nobody", NOBODYS_PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_locks_no_account_for_others() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let mut guesser = world.visitor();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(guesser.sign_in("ada", NOBODYS_PASSWORD).await.status.as_u16());
    }
    assert_eq!(statuses, [[422; 10].as_slice(), &[429; 2]].concat());
    assert_eq!(world.visitor().sign_in("ada", world.password("ada")).await.status, StatusCode::SEE_OTHER);
    let confirmed = ada.post("/confirm", &[("password", world.password("ada"))]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_keeps_no_owner_out_of_a_known_browser() {
    let address_allowance = Allowance { tries: 200, ..Allowance::ADDRESS };
    let world = World::with(Setup { address_allowance, ..Setup::default() }).await;
    let mut ada = world.sign_in("ada").await;
    let mut flooding = world.visitor();
    flooding.address = ada.address;
    for number in 0..200 {
        // From everywhere, and from the owner's own network too.
        flooding.sign_in("ada", NOBODYS_PASSWORD).await;
        flooding.sign_in(&format!("nobody{number}"), NOBODYS_PASSWORD).await;
        world.visitor().sign_in("ada", NOBODYS_PASSWORD).await;
    }
    assert_eq!(world.visitor().sign_in("ada", world.password("ada")).await.status, StatusCode::TOO_MANY_REQUESTS);
    let confirmed = ada.post("/confirm", &[("password", world.password("ada"))]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "the open session confirms");
    ada.post("/sign-out", &[]).await;
    assert!(ada.marks.is_some(), "the mark outlives the session");
    assert_eq!(ada.sign_in("ada", world.password("ada")).await.status, StatusCode::SEE_OTHER, "and signs in anew");
    let mut other = world.visitor();
    other.marks.clone_from(&ada.marks);
    other.address = ada.address;
    assert_eq!(other.sign_in("vera", world.password("vera")).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_by_a_limit_are_recorded_and_summarized() {
    let world = World::new().await;
    let mut guesser = world.visitor();
    for _ in 0..60 {
        guesser.sign_in("vera", NOBODYS_PASSWORD).await;
        guesser.sign_in("pass-typed-as-a-name", NOBODYS_PASSWORD).await;
    }
    let recorded = world.records().because("too_many_tries").each("coalesce(name, '-')").await;
    assert_eq!(recorded, ["vera", "-"], "one for each, and the rest as a number later");
    assert!(!world.database_holds("pass-typed-as-a-name").await);
}

const COMPOSED: &str = "p\u{e2}t\u{e9} de campagne";
const DECOMPOSED: &str = "pa\u{302}te\u{301} de campagne";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_signs_in_from_any_keyboard() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let current = world.password("vera");
    let fields = [("action", "change-password"), ("current", current), ("password", COMPOSED), ("repeat", COMPOSED)];
    assert_eq!(vera.post("/settings/methods", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.visitor().sign_in("vera", DECOMPOSED).await.status, StatusCode::SEE_OTHER);
    assert_eq!(vera.post("/confirm", &[("password", DECOMPOSED)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_spellings_of_a_name_are_one_account() {
    let world = World::new().await;
    let password = world.password("quinn");
    for same in ["quinn ", " QUINN", "Quinn"] {
        assert_eq!(world.visitor().sign_in(same, password).await.status, StatusCode::SEE_OTHER, "{same:?}");
    }
    let wide = world.visitor().sign_in("\u{ff51}uinn", password).await;
    assert_eq!(wide.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(authenticate::spell_name("\u{212a}im"), "kim");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookie_is_told_so() {
    let world = World::new().await;
    let mut safari = world.visitor();
    safari.keeps_cookies = false;
    safari.user_agent = Some("Safari");
    let page = safari.get("/sign-in").await;
    assert!(page.header("set-cookie").starts_with("__Host-cookies="), "it is tried");
    for _ in 0..3 {
        let signed_in = safari.sign_in("omar", world.password("omar")).await;
        assert_eq!(signed_in.location(), "/sign-in?next=%2F&check=cookie");
        let told = safari.get(signed_in.location()).await;
        assert!(told.page().shows("did not keep the session’s cookie"), "{}", told.body);
    }
    assert_eq!(world.count_all("open_sessions").await, 1, "no sessions pile up");

    // A browser that came by another way keeps it, and goes on.
    let mut browser = world.visitor();
    browser.keeps_cookies = false;
    let signed_in = browser.sign_in("omar", world.password("omar")).await;
    let cookie = signed_in.header("set-cookie");
    browser.handle = cookie.strip_prefix("__Host-doorward=").and_then(|rest| rest.split(';').next()).map(str::to_owned);
    assert_eq!(browser.get(signed_in.location()).await.location(), "/");
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_names_a_sign_in_by_its_code() {
    let world = World::new().await;
    world.sign_in("vera").await;
    assert_eq!(world.records().of("session.start").each_of(&["reason_code", "reason"]).await, ["password by password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tries_many_names_is_turned_away() {
    let address_allowance = Allowance { tries: 3, one_back_every: TimeSpan::seconds(10) };
    let world = World::with(Setup { address_allowance, ..Setup::default() }).await;
    let mut guesser = world.visitor();
    for name in ["one", "two", "three"] {
        assert_eq!(guesser.sign_in(name, NOBODYS_PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = guesser.sign_in("vera", world.password("vera")).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.visitor().sign_in("vera", world.password("vera")).await.status, StatusCode::SEE_OTHER);
    world.clock.advance(TimeSpan::seconds(retry_after(&answer)));
    assert_eq!(guesser.sign_in("vera", world.password("vera")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_limited_like_a_sign_in() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    for _ in 0..10 {
        let answer = vera.post("/confirm", &[("password", NOBODYS_PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = vera.post("/confirm", &[("password", world.password("vera"))]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    retry_after(&answer);
}

async fn password_of_vera(world: &World) -> Vec<String> {
    world.table("passwords").whose("identity", "vera").each("phc").await
}

/// It happens when the person signs in.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_rehashed_when_the_cost_was_raised() {
    let mut world = World::new().await;
    let before = password_of_vera(&world).await.remove(0);
    assert!(before.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{before}");
    let raised = PasswordCost::new(20_480, 3, 1).unwrap();
    with_passwords(&mut world, Passwords::new(raised, 1, 8, Arc::new(SystemRandomness)).unwrap());

    world.visitor().sign_in("vera", NOBODYS_PASSWORD).await;
    assert_eq!(password_of_vera(&world).await, [before.as_str()], "a wrong password changes nothing");
    world.sign_in("vera").await;
    let after = password_of_vera(&world).await.remove(0);
    assert!(after.starts_with("$argon2id$v=19$m=20480,t=3,p=1$"), "{after}");
    world.sign_in("vera").await;
    assert_eq!(password_of_vera(&world).await, [after], "and it stays as it is");
}
