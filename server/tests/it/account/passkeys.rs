//! Passkeys through the real router: each challenge is answered once, by whom it was for.

#[path = "../../../src/account/passkeys/tests/device.rs"]
mod device;

use crate::account::codes::{METHODS, set_up_codes};
use crate::support::world::{Answer, Client, NAMED_ORIGIN, Setup, World};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use device::{Device, USER_PRESENT};
use doorward::TimeSpan;
use serde_json::Value;

pub const CHALLENGE: &str = "/passkeys/challenge";

pub async fn world() -> World {
    assert_eq!(device::ORIGIN, NAMED_ORIGIN);
    World::with(Setup { origin: NAMED_ORIGIN, ..Setup::default() }).await
}

pub async fn challenge(client: &mut Client, purpose: &str) -> Value {
    let answer = client.post(CHALLENGE, &[("for", purpose)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

pub fn ceremony(challenge: &Value) -> &str {
    challenge["ceremony"].as_str().expect("an id")
}

/// Adds the passkey of `device`, which learns whose it is.
pub async fn add(client: &mut Client, device: &mut Device) -> Answer {
    let given = challenge(client, "add").await;
    let handle = given["publicKey"]["user"]["id"].as_str().expect("a handle");
    device.handle = Some(URL_SAFE_NO_PAD.decode(handle).expect("base64url"));
    let made = device.create(&given);
    let fields =
        [("action", "add-passkey"), ("passkey-name", "Laptop"), ("passkey", &made), ("ceremony", ceremony(&given))];
    client.post(METHODS, &fields).await
}

pub async fn with_passkey(world: &World, name: &str, number: u8) -> (Client, Device) {
    let (mut client, mut device) = (world.sign_in(name).await, Device::new(number));
    let added = add(&mut client, &mut device).await;
    assert_eq!(added.location(), METHODS, "{}", added.body);
    (client, device)
}

pub async fn answer_sign_in(client: &mut Client, given: &Value, answer: &str) -> Answer {
    client.post("/sign-in?next=%2Fsecrets", &[("passkey", answer), ("ceremony", ceremony(given))]).await
}

pub async fn sign_in(client: &mut Client, device: &Device) -> Answer {
    let given = challenge(client, "sign-in").await;
    answer_sign_in(client, &given, &device.get(&given)).await
}

pub async fn confirm(client: &mut Client, device: &Device) -> Answer {
    let given = challenge(client, "confirm").await;
    let answer = device.get(&given);
    let fields = [("action", "passkey"), ("passkey", answer.as_str()), ("ceremony", ceremony(&given))];
    client.post("/confirm?next=%2Fsecrets", &fields).await
}

pub async fn may_read(client: &mut Client) -> bool {
    client.get("/secrets").await.status == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_a_name_and_shows_two_factors() {
    let world = world().await;
    let (mut omar, device) = with_passkey(&world, "omar", 1).await;
    assert!(may_read(&mut omar).await, "the session that added it has shown it");
    assert!(omar.get(METHODS).await.page().shows("Laptop"));
    assert!(omar.get("/inbox").await.page().shows("The passkey “Laptop” was added."));
    assert!(world.has_second_factor("omar").await);

    let mut visitor = world.visitor();
    assert!(visitor.get("/sign-in").await.page().asks_passkey("sign-in"));
    let signed_in = sign_in(&mut visitor, &device).await;
    assert_eq!(signed_in.location(), "/secrets", "{}", signed_in.body);
    assert!(may_read(&mut visitor).await, "nothing more is asked for");
    assert_eq!(world.methods_of_sessions().await[0], "passkey");
    assert_eq!(world.table("passkeys").having("last_used_at").count().await, 1);
    assert_eq!(world.count_all("ceremonies").await, 0, "each was taken away");
}

/// The passkey completes the sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_passkey_a_password_alone_opens_nothing() {
    let world = world().await;
    let (_, device) = with_passkey(&world, "omar", 1).await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/secrets").await.location(), "/confirm?next=%2Fsecrets");
    let asked = omar.get("/confirm?next=%2Fsecrets").await.page();
    assert!(asked.asks_passkey("confirm") && !asked.shows("Password for"), "{asked}");
    let before = omar.handle.clone();
    assert_eq!(confirm(&mut omar, &device).await.location(), "/secrets");
    assert_ne!(omar.handle, before);
    assert!(may_read(&mut omar).await);

    let id = world.omars_secret("production").await;
    world.clock.advance(TimeSpan::minutes(6));
    assert_eq!(omar.call_value(&id).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(confirm(&mut omar, &device).await.location(), "/secrets");
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK, "and it is fresh again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_of_another_confirms_nobody_and_is_not_added_twice() {
    let world = world().await;
    let (_, _) = with_passkey(&world, "omar", 1).await;
    let (_, veras) = with_passkey(&world, "vera", 2).await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(confirm(&mut omar, &veras).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut noor = world.sign_in("noor").await;
    let taken = add(&mut noor, &mut Device::new(2)).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.page().shows("The passkey was not added"));
    assert_eq!(world.count_all("passkeys").await, 2);
    assert!(!world.has_second_factor("noor").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_passkey_and_a_frozen_owners_open_nothing() {
    let world = world().await;
    let (mut omar, device) = with_passkey(&world, "omar", 1).await;
    let id = world.table("passkeys").each("credential_id").await.remove(0);
    let fields = [("action", "remove-passkey"), ("which", id.as_str())];
    let veras = world.sign_in("vera").await.post(METHODS, &fields).await;
    assert_eq!(veras.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody removes another's");
    world.freeze("omar").await;
    assert_eq!(sign_in(&mut world.visitor(), &device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.identities().with("name", "omar").set("frozen_at", None::<i64>).await;
    assert_eq!(omar.post(METHODS, &fields).await.location(), METHODS);
    assert_eq!(sign_in(&mut world.visitor(), &device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(omar.get("/inbox").await.page().shows("The passkey “Laptop” was removed."));
    assert!(may_read(&mut world.sign_in("omar").await).await, "the password is enough again");
    assert_eq!(
        world.records().of("session.start").refused().each("reason_code").await,
        ["identity_frozen", "passkey_unknown"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_passkey_is_refused_and_its_owner_is_told() {
    let world = world().await;
    let mut device = Device::new(1);
    device.counter = 5;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(add(&mut omar, &mut device).await.location(), METHODS);
    device.counter = 6;
    assert_eq!(sign_in(&mut world.visitor(), &device).await.location(), "/secrets");
    assert_eq!(sign_in(&mut world.visitor(), &device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(omar.get("/inbox").await.page().shows("A passkey of yours may have been copied, and was refused."));
    device.counter = 7;
    device.flags = USER_PRESENT;
    assert_eq!(sign_in(&mut world.visitor(), &device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        world.records().of("session.start").refused().each("reason_code").await,
        ["passkey_copied", "passkey_not_verified"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_session_confirms_by_code_and_password_only() {
    let world = world().await;
    let (mut omar, device) = with_passkey(&world, "omar", 1).await;
    let app = set_up_codes(&world, &mut omar).await;
    let mut by_passkey = world.visitor();
    assert_eq!(sign_in(&mut by_passkey, &device).await.status, StatusCode::SEE_OTHER);
    assert!(by_passkey.get("/confirm").await.page().shows("Password for omar"));
    let code = app.code(&world);
    let alone = by_passkey.post("/confirm", &[("action", "code"), ("code", &code)]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody has shown the password in this session");
    let fields = [("action", "code"), ("code", &code), ("password", world.password("omar"))];
    assert_eq!(by_passkey.post("/confirm", &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_whose_backup_flag_changed_is_told_why() {
    let world = world().await;
    let (mut omar, mut device) = with_passkey(&world, "omar", 1).await;
    device.flags |= 8 | 16;
    let told = "says something else about its backup than when it was added";
    assert!(sign_in(&mut world.visitor(), &device).await.page().shows(told));
    assert!(confirm(&mut omar, &device).await.page().shows(told), "one outcome in both");
    assert_eq!(
        world.records().because("passkey_backup_changed").each("action").await,
        ["session.start", "session.step_up"]
    );
}

/// Sign-ins by password and by passkey lock different rows on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_of_two_kinds_at_once_keep_the_limit() {
    let world = world().await;
    let (_, device) = with_passkey(&world, "omar", 1).await;
    let mut visitors = Vec::new();
    for number in 0..6 {
        let mut visitor = world.visitor();
        let given = challenge(&mut visitor, "sign-in").await;
        visitors.push((visitor, given, number));
    }
    // The passkey is no second factor for this, so that both kinds begin whole sessions.
    world.identities().set("second_factor", 0).await;
    world.limit_sessions("operator", 2).await;
    let sign_ins = visitors.into_iter().map(|(mut visitor, given, number)| {
        let (answer, password) = (device.get(&given), world.password("omar").to_owned());
        async move {
            match number % 2 {
                0 => answer_sign_in(&mut visitor, &given, &answer).await.status,
                _ => visitor.sign_in("omar", &password).await.status,
            }
        }
    });
    let answers = futures::future::join_all(sign_ins).await;
    assert!(answers.contains(&StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(world.count_all("open_sessions").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_origin_has_no_name_passkeys_are_not_offered() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.post(CHALLENGE, &[("for", "add")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.visitor().post(CHALLENGE, &[("for", "sign-in")]).await.status, StatusCode::NOT_FOUND);
    for page in [omar.get(METHODS).await, omar.get("/confirm").await, world.visitor().get("/sign-in").await] {
        assert!(!page.body.contains("data-passkey"));
    }
    assert!(omar.get(METHODS).await.page().shows("Passkeys are not offered at this address"));
}
