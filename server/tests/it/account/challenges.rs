//! Challenges for passkeys: who gets one, and what it is good for.

use super::passkeys::{CHALLENGE, answer_sign_in, ceremony, challenge, may_read, with_passkey, world};
use crate::support::world::{NAMED_ORIGIN, Setup, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use server::sessions::sweep;
use server::sign_in::limits::Allowance;

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_answered_once_and_within_its_time() {
    let world = world().await;
    let (_, device) = with_passkey(&world, "omar", 1).await;
    let mut visitor = world.visitor();
    let given = challenge(&mut visitor, "sign-in").await;
    let answer = device.get(&given);
    let tries = (0..20).map(|_| {
        let (mut client, given, answer) = (world.visitor(), given.clone(), answer.clone());
        async move { answer_sign_in(&mut client, &given, &answer).await.status.as_u16() }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(world.records().because("no_ceremony").count().await, 19);

    let late = challenge(&mut visitor, "sign-in").await;
    world.clock.advance(TimeSpan::minutes(5));
    let refused = answer_sign_in(&mut visitor, &late, &device.get(&late)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("That passkey was not accepted"), "{}", refused.body);
    let wrong = challenge(&mut visitor, "sign-in").await;
    assert_eq!(answer_sign_in(&mut visitor, &wrong, "{}").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = answer_sign_in(&mut visitor, &wrong, &device.get(&wrong)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a wrong answer uses it up too");
    assert!(visitor.handle.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_holds_for_one_session_and_one_purpose() {
    let world = world().await;
    let (mut omar, device) = with_passkey(&world, "omar", 1).await;
    let mut other = world.sign_in("omar").await;
    let mine = challenge(&mut omar, "confirm").await;
    let answer = device.get(&mine);
    let fields = [("action", "passkey"), ("passkey", answer.as_str()), ("ceremony", ceremony(&mine))];
    assert_eq!(other.post("/confirm", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let to_sign_in = challenge(&mut other, "sign-in").await;
    let answer = device.get(&to_sign_in);
    let fields = [("action", "passkey"), ("passkey", answer.as_str()), ("ceremony", ceremony(&to_sign_in))];
    assert_eq!(other.post("/confirm", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!may_read(&mut other).await);
    assert_eq!(world.records().of("session.step_up").because("no_ceremony").count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_asks_the_guard_where_it_is_about_somebody() {
    let world = world().await;
    for purpose in ["confirm", "add"] {
        assert_eq!(world.visitor().post(CHALLENGE, &[("for", purpose)]).await.status, StatusCode::UNAUTHORIZED);
    }
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.post(CHALLENGE, &[("for", "confirm")]).await.status, StatusCode::NOT_FOUND, "he has none yet");
    world.clock.advance(TimeSpan::minutes(6));
    let stale = omar.post(CHALLENGE, &[("for", "add")]).await;
    assert_eq!(stale.status, StatusCode::UNAUTHORIZED);
    for odd in [&[("for", "x")][..], &[], &[("for", "sign-in"), ("who", "omar")]] {
        assert_eq!(omar.post(CHALLENGE, odd).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(world.records().of("methods.ask_for_passkey").refused().count().await, 2);
    assert_eq!(world.count_all("ceremonies").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_gets_no_challenge_and_no_address_gets_many() {
    let address_allowance = Allowance { tries: 3, one_back_every: TimeSpan::seconds(10) };
    let world = World::with(Setup { origin: NAMED_ORIGIN, address_allowance, ..Setup::default() }).await;
    let mut visitor = world.visitor();
    let foreign = visitor
        .request(Method::POST, CHALLENGE)
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("for=sign-in"))
        .expect("a request");
    assert_eq!(visitor.send(foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(visitor.get(CHALLENGE).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(visitor.post(CHALLENGE, &[("for", "sign-in")]).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    world.clock.advance(TimeSpan::minutes(6));
    sweep::once(&world.backend.database, &world.backend.endings(), doorward::Clock::now(&*world.clock))
        .await
        .expect("it sweeps");
    assert_eq!(world.count_all("ceremonies").await, 0, "what nobody answered is forgotten");
}
