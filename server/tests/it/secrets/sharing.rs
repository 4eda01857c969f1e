//! Grants: given by whoever keeps a secret to somebody else, never to oneself, and taken back at once.

use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;

async fn of_vera(world: &World) -> Vec<String> {
    world.identities().with("name", "vera").ids().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_from_the_next_request_until_taken_back() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let id = world.secrets().whose("owner", "omar").with("environment", "dev").ungranted().first().await;
    assert_eq!(vera.call_value(&id).await.status, StatusCode::NOT_FOUND);

    let access = format!("/secrets/{id}/access");
    let grant = [("action", "grant"), ("with", " Vera "), ("lasts", "1h")];
    assert_eq!(omar.post(&access, &grant).await.location(), access);
    let page = omar.get(&access).await.page();
    assert!(page.shows("Vera Lindqvist") && page.shows("Shared with Vera Lindqvist until "));
    assert_eq!(vera.call_value(&id).await.status, StatusCode::OK);

    let identity = &of_vera(&world).await[0];
    let taken = omar.post(&access, &[("action", "take-back"), ("from", identity)]).await;
    assert_eq!(taken.location(), access);
    assert_eq!(vera.call_value(&id).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_sent_again_is_neither_extended_nor_revived() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.grants().remove().await;
    let access = format!("/secrets/{id}/access");
    let token = omar.get(&access).await.page().form_of("grant").token();
    let grant = [("action", "grant"), ("with", "vera"), ("lasts", "1h"), ("form", token.as_str())];
    assert_eq!(omar.post(&access, &grant).await.status, StatusCode::SEE_OTHER);
    let ends = world.grants().number("ends_at").await;
    world.clock.advance(TimeSpan::minutes(4));
    let again = omar.post(&access, &grant).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.page().shows("This form was already sent"), "{}", again.body);
    assert_eq!(world.grants().number("ends_at").await, ends);
    let identity = of_vera(&world).await.remove(0);
    omar.post(&access, &[("action", "take-back"), ("from", &identity)]).await;
    assert_eq!(omar.post(&access, &grant).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.count_all("grants").await, 0);
    let next = again.page().form_of("grant").token();
    let wanted = [("action", "grant"), ("with", "vera"), ("lasts", "1h"), ("form", next.as_str())];
    assert_eq!(omar.post(&access, &wanted).await.status, StatusCode::SEE_OTHER, "a new form grants again");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_a_grant_that_never_was_reloads_no_page() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.grants().remove().await;
    let access = format!("/secrets/{id}/access");
    let identity = of_vera(&world).await.remove(0);
    let before = (world.privileges_version("vera").await, world.policy_version().await);
    let take_back = [("action", "take-back"), ("from", identity.as_str())];
    omar.post(&access, &take_back).await;
    assert_eq!((world.privileges_version("vera").await, world.policy_version().await), before);

    omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await;
    world.clock.advance(TimeSpan::minutes(59));
    omar.post(&access, &take_back).await;
    assert_eq!(world.privileges_version("vera").await, before.0 + 1, "a grant that counted");
    omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await;
    world.clock.advance(TimeSpan::minutes(59));
    omar.get("/settings").await;
    world.clock.advance(TimeSpan::minutes(2));
    omar.post(&access, &take_back).await;
    assert_eq!(world.privileges_version("vera").await, before.0 + 1, "a grant that had ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_names_the_roles_and_policy_that_decided() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    omar.call_value(&id).await;
    let access = format!("/secrets/{id}/access");
    omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await;
    omar.call_value(&id).await;
    let said = world.records().of("secret.reveal").each("policy_rows || '|' || decision || '|' || reason").await;
    assert_eq!(said, ["operator everywhere|allowed|by role, as owner"; 2]);
    // Each version is the one that decided: the grant itself was decided by the policy before it.
    let versions = world.records().one_of("action", &["secret.reveal", "secret.share"]);
    assert_eq!(versions.number("count(distinct policy_version)").await, 2);
    let before = "select count(*) from audit a, audit b where a.action = 'secret.reveal' and b.action = 'secret.share' \
                  and a.policy_version = b.policy_version and a.authenticated_at <= a.at";
    assert_eq!(world.count(before).await, 1);
    let receipt = world.records().of("secret.reveal").ids().await.remove(0);
    let page = omar.get(&format!("/access/records/{receipt}")).await.page();
    assert!(page.shows("operator everywhere") && page.has_term("Policy version"), "the receipt shows the rows");
}

/// G24: nobody relaxes a control on themselves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_a_secret_to_themselves() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.omars_secret("dev").await;
    assert_eq!(ada.call_value(&id).await.status, StatusCode::FORBIDDEN, "an administrator knows of it, and no more");
    for spelling in ["ada", "ADA", " ada "] {
        let grant = [("action", "grant"), ("with", spelling), ("lasts", "1h")];
        let answer = ada.post(&format!("/secrets/{id}/access"), &grant).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{spelling}");
        assert!(answer.page().shows("You cannot share a secret with yourself."), "beside the field");
    }
    assert_eq!(world.records().because("same_person").count().await, 3);
    assert_eq!(ada.call_value(&id).await.status, StatusCode::FORBIDDEN);
}

/// The error is beside its field.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_to_nobody_or_to_the_owner_is_refused() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let access = format!("/secrets/{}/access", world.omars_secret("dev").await);
    for (with, lasts, said) in [
        ("nobody-here", "1h", "No one has the sign-in name “nobody-here”."),
        ("omar", "1h", "They own it, and need no grant."),
        ("", "1h", "Give the sign-in name"),
        ("vera", "for ever", "Choose one of these."),
    ] {
        let answer = ada.post(&access, &[("action", "grant"), ("with", with), ("lasts", lasts)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{with} {lasts}");
        assert!(answer.page().shows(said), "{said}");
    }
    let begun = world.identities().number("max(created_at)").await;
    assert_eq!(world.grants().above("granted_at", begun).count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_without_effect_says_so() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let access = format!("/secrets/{}/access", world.omars_secret("dev").await);
    // Noor has no role at all.
    omar.post(&access, &[("action", "grant"), ("with", "noor"), ("lasts", "")]).await;
    let page = omar.get(&access).await.page();
    assert_eq!(page.times("No role of theirs may reveal secrets here, so this has no effect yet."), 2, "{page}");
    omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "")]).await;
    assert_eq!(omar.get(&access).await.page().times("this has no effect yet"), 1, "only noor's");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_share_is_offered_names() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let page = world.sign_in("omar").await.get(&format!("/secrets/{id}/access")).await.page();
    assert!(page.field("Sign-in name").choices().iter().any(|name| name.contains("Petra")), "{page}");
    let page = world.sign_in("quinn").await.get(&format!("/secrets/{id}/access")).await.page();
    assert!(!page.offers("grant") && page.fields().iter().all(|field| field.options.is_empty()), "{page}");
}
