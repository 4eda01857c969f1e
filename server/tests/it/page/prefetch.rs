//! Pages that a browser fetches before anybody goes there: lists alone, by the same guard, recorded as such.

use crate::gates::cross_site::addresses;
use crate::page::forms::{FORM, raw_post};
use crate::support::world::{Answer, Client, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

async fn prefetch(client: &mut Client, address: &str) -> Answer {
    let request = client.request(Method::GET, address).header(header::ACCEPT, "text/html");
    let request = request.header("sec-fetch-site", "same-origin");
    client.send(request.header("sec-purpose", "prefetch").body(Body::empty()).unwrap()).await
}

/// Each prefetch is recorded as one.
#[tokio::test(flavor = "multi_thread")]
async fn only_lists_are_prefetched_each_decided_and_recorded() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.omars_secret("dev").await;
    let lists = ["/", "/secrets", "/access/routes"];
    for address in addresses(&id) {
        let before = world.count_all("audit").await;
        let answer = prefetch(&mut ada, &address).await;
        let recorded = world.count_all("audit").await - before;
        let expected =
            if lists.contains(&address.as_str()) { (StatusCode::OK, 1) } else { (StatusCode::NO_CONTENT, 0) };
        assert_eq!((answer.status, recorded), expected, "{address}");
        assert_eq!(answer.header("cache-control"), "no-store", "{address}");
    }
    assert_eq!(world.records().with("entry", "prefetch").count().await, 3);
    let mut noor = world.sign_in("noor").await;
    assert_eq!(prefetch(&mut noor, "/secrets").await.status, StatusCode::FORBIDDEN, "the same guard");
    assert_eq!(prefetch(&mut world.visitor(), "/secrets").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_clears_what_was_prefetched() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut other_tab = omar.clone();
    omar.post("/sign-out", &[]).await;
    let answer = other_tab.get("/secrets").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("clear-site-data"), "\"prefetchCache\", \"prerenderCache\"");
    let visitor = world.visitor().get("/secrets").await;
    assert!(!visitor.headers.contains_key("clear-site-data"), "whoever had no session has nothing to throw away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_form_that_claims_prefetch_is_recorded_as_a_form() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let request = raw_post(&omar, "/settings", FORM, "theme=dark");
    let (mut head, body) = request.into_parts();
    head.headers.insert("sec-purpose", "prefetch".parse().unwrap());
    let answer = omar.send(axum::http::Request::from_parts(head, body)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "it is done as any other");
    assert_eq!(world.records().of("settings.change").each("entry").await, ["page"]);
    assert_eq!(world.records().with("entry", "prefetch").count().await, 0);
}
