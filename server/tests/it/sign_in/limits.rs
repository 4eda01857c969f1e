//! Floods of sign-ins and guesses: limited, recorded, and no harm to others.

use super::authentication::{NOBODYS_PASSWORD, retry_after, with_passwords};
use crate::support::world::{Client, Setup, World};
use axum::http::StatusCode;
use doorward::{Randomness, SecretText, TimeSpan};
use futures::future::join_all;
use futures::poll;
use server::account::password::{PasswordCost, Passwords};
use server::clock::SystemRandomness;
use server::sign_in::limits::{Allowance, Allowances};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

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
