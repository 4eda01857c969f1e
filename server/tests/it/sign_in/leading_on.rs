//! The way to the sign-in page and from it: whoever is signed in does not stay there, and keeps the navigation elsewhere.

use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_leads_on_whoever_is_signed_in() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let before = world.count_all("audit").await;
    let answer = omar.get("/sign-in?next=%2Fsecrets").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/secrets"));
    assert_eq!(world.count_all("audit").await, before, "nothing was decided");
    world.clock.advance(TimeSpan::hours(13));
    assert_eq!(omar.get("/sign-in?next=%2Fsecrets").await.status, StatusCode::OK, "the session has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_session_says_that_nothing_was_saved() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    world.clock.advance(TimeSpan::hours(13));
    let address = format!("/secrets/{id}");
    let answer = omar.post(&address, &[("action", "rotate"), ("value", "a new value")]).await;
    let led = format!("/sign-in?next={}&unsent=1", address.replace('/', "%2F"));
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*led));
    let page = omar.get(&led).await.page();
    assert!(page.shows("Your session had ended, so what you sent was not saved."), "{page}");
    assert!(!page.source().contains("a new value"));
    // A page that was only read has nothing to lose.
    assert!(!omar.get(&address).await.location().contains("unsent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_the_navigation_of_who_is_signed_in() {
    let world = World::new().await;
    let mut noor = world.sign_in("noor").await;
    for (address, status) in [
        ("/secrets", StatusCode::FORBIDDEN),
        ("/secrets/00000000000000000000000001", StatusCode::NOT_FOUND),
        ("/no/such/page", StatusCode::NOT_FOUND),
        ("/secrets/", StatusCode::NOT_FOUND),
    ] {
        let answer = noor.get(address).await;
        assert_eq!(answer.status, status, "{address}");
        assert!(answer.page().has_section("Main") && answer.page().shows("Noor"), "{address}: {}", answer.body);
        assert!(!answer.page().links_to("/access/ledger"), "only what they may open");
    }
    let records = world.count_all("audit").await;
    let visitor = world.visitor().get("/no/such/page").await;
    assert!(visitor.status == StatusCode::NOT_FOUND && !visitor.page().has_section("Main"));
    assert_eq!(world.count_all("audit").await, records, "a visitor asks for nothing");
}
