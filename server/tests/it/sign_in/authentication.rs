//! Sign-in and set-up: what a guesser learns (nothing), how often one may try, and what a session begins with.

use crate::gates::cross_site::page_addresses;
use crate::support::world::{Answer, World, settings};
use axum::http::StatusCode;
use server::account::password::{PasswordCost, Passwords};
use server::backend::SqlBackend;
use server::clock::SystemRandomness;
use server::http::address::TrustedProxies;
use server::sign_in::{authenticate, handle};
use std::sync::Arc;

pub const NOBODYS_PASSWORD: &str = "not-the-password-of-anybody";

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
pub fn with_passwords(world: &mut World, passwords: Passwords) -> Arc<Passwords> {
    let passwords = Arc::new(passwords);
    let backend = SqlBackend { passwords: Arc::clone(&passwords), ..world.backend.clone() };
    world.router = server::router(backend, settings(TrustedProxies::default()));
    passwords
}

pub fn retry_after(answer: &Answer) -> i64 {
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
