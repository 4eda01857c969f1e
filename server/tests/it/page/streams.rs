//! Parts of a page that come after the rest: each asks when it is due, and an ended session stops the stream.

use crate::support::world::World;
use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use futures::StreamExt;

const PANEL: &str = "Recent activity";

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_part_is_in_place_and_asked_for_as_a_stream() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = omar.get(&format!("/secrets/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.page().shows(PANEL) && page.page().addresses().iter().any(|address| address.contains("/history.ndjson")),
        "{}",
        page.body
    );
    assert!(!page.body.contains("data-deferred"), "no place is left empty");
    assert!(page.body.contains("</html>"), "the page goes on after it");
    assert_eq!(world.records().of("secret.history").each_of(&["entry", "decision"]).await, ["stream allowed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_stops_if_the_session_ends_before_its_part() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let request = omar.request(Method::GET, &format!("/secrets/{id}")).header(header::ACCEPT, "text/html");
    let mut body = omar.open(request.body(Body::empty()).unwrap()).await.into_body().into_data_stream();
    let first = body.next().await.expect("a beginning").expect("bytes");
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.contains("id=\"secret-name\"") && !first.contains(PANEL), "the head comes first");

    omar.post("/sign-out", &[]).await;
    let rest = to_bytes(Body::from_stream(body), 1024 * 1024).await.expect("the stream ends");
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains("Your session has ended") && rest.contains("/sign-in?next="), "{rest}");
    assert!(!rest.contains(PANEL) && !rest.contains("</html>"), "nothing comes after that: {rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_deferred_part_says_so_and_the_page_stays() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let request = omar.request(Method::GET, &format!("/secrets/{id}")).header(header::ACCEPT, "text/html");
    let mut body = omar.open(request.body(Body::empty()).unwrap()).await.into_body().into_data_stream();
    body.next().await.expect("a beginning").expect("bytes");
    world.table("role_permissions").with("permission", "secret.history").remove().await;
    let rest = to_bytes(Body::from_stream(body), 1024 * 1024).await.expect("the stream ends");
    let rest = String::from_utf8_lossy(&rest);
    let record = world.records().of("secret.history").refused().ids().await;
    assert!(rest.contains("You do not have access") && rest.contains(&record[0]) && !rest.contains(PANEL), "{rest}");
    assert!(rest.contains("</html>"));
}

/// G47: the rest of a page is bound to its session, and not to a handle that was replaced while it was on its way.
#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_part_comes_after_its_handle_was_replaced() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let request = omar.request(Method::GET, &format!("/secrets/{id}")).header(header::ACCEPT, "text/html");
    let mut body = omar.open(request.body(Body::empty()).unwrap()).await.into_body().into_data_stream();
    body.next().await.expect("a beginning").expect("bytes");
    let password = world.password("omar").to_owned();
    assert_eq!(omar.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(omar.get("/settings").await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::seconds(37));
    let rest = to_bytes(Body::from_stream(body), 1024 * 1024).await.expect("the stream ends");
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains(PANEL) && rest.contains("</html>"), "{rest}");
    assert_eq!(world.count_all("incidents").await, 0);
}
