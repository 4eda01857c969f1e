//! Recovery codes: each counts once, and a form makes them once.

use super::codes::{METHODS, confirm, make_recovery_codes, may_read, set_up_codes};
use crate::support::world::{Setup, World};
use axum::http::StatusCode;
use server::account::recovery_codes;
use server::sign_in::limits::Allowance;

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_counts_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    let codes = make_recovery_codes(&mut omar).await;
    assert_eq!(codes.len(), 10);
    let mut lost = world.sign_in("omar").await;
    assert_eq!(confirm(&mut lost, &codes[3].to_uppercase()).await.location(), "/secrets");
    assert!(may_read(&mut lost).await);
    assert!(lost.get("/inbox").await.page().shows("A recovery code of yours was used, and 9 are left."));
    assert!(lost.get(METHODS).await.page().shows("You have 9 left."));
    assert_eq!(world.table("authentications").with("method", "password+recovery-code").count().await, 1);
    let mut again = world.sign_in("omar").await;
    assert_eq!(confirm(&mut again, &codes[3]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.records().because("wrong_recovery_code").count().await, 1);

    let newer = make_recovery_codes(&mut lost).await;
    assert_eq!(confirm(&mut again, &codes[4]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "new ones replace them");
    assert_eq!(confirm(&mut again, &newer[4]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_in_20_concurrent_tries_counts_once() {
    let many = Allowance { tries: 1000, ..Allowance::CODE };
    let world = World::with(Setup { code_allowance: many, ..Setup::default() }).await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    let code = make_recovery_codes(&mut omar).await.remove(0);
    let lost = world.sign_in("omar").await;
    let tries = (0..20).map(|_| {
        let (mut client, code) = (lost.clone(), code.clone());
        async move { confirm(&mut client, &code).await.status.as_u16() }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(world.count_all("recovery_codes").await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_again_makes_no_new_recovery_codes() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    let token = omar.get(METHODS).await.page().form_of("make-recovery-codes").token();
    assert_eq!(token.len(), 32);
    let form = [("action", "make-recovery-codes"), ("form", token.as_str())];
    let first = omar.post(METHODS, &form).await;
    assert!(first.page().shows("shown this once"), "{}", first.body);
    let hashes = || world.table("recovery_codes").ordered("hash").each("hash");
    let made = hashes().await;
    for _ in 0..2 {
        let again = omar.post(METHODS, &form).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.page().shows("This form was sent before") && !again.page().shows("shown this once"));
    }
    assert_eq!(hashes().await, made, "the printed codes still count");
    let next = first.page().form_of("make-recovery-codes");
    let wanted = omar.submit(METHODS, &next).await;
    assert_eq!(wanted.status, StatusCode::OK, "a new form makes new codes");
    assert_ne!(hashes().await, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_at_once_does_its_work_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    let tries = (0..8).map(|_| {
        let mut client = omar.clone();
        let form = [("action", "make-recovery-codes"), ("form", "a token of this form")];
        async move { client.post(METHODS, &form).await.status.as_u16() }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(world.count_all("recovery_codes").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_secrets_and_recovery_codes_are_never_in_the_clear() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let app = set_up_codes(&world, &mut omar).await;
    let codes = make_recovery_codes(&mut omar).await;
    let hash = recovery_codes::hash(&codes[0]);
    assert!(world.database_holds(&hash).await, "the search finds what is there");
    assert!(!world.database_holds(&app.0).await);
    for code in codes {
        assert!(!world.database_holds(&code).await && !world.database_holds(&code.replace('-', "")).await);
    }
}
