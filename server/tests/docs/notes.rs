//! The smallest site, which docs/loaders.md walks through, by the requests of two people and a visitor.

use crate::example;
use crate::support::client::Client;
use axum::http::StatusCode;

const ORIGIN: &str = "http://127.0.0.1:3001";
const ADAS: &str = "A note of ada for vera";
const VERAS: &str = "A note of vera for vera";

struct People {
    visitor: Client,
    ada: Client,
    vera: Client,
}

async fn people() -> People {
    let visitor = Client::new(example::router(ORIGIN), ORIGIN);
    let (mut ada, mut vera) = (visitor.clone(), visitor.clone());
    for (client, name) in [(&mut ada, "ada"), (&mut vera, "vera")] {
        let answer = client.post("/sign-in?next=%2Fnotes%2F1", &[("name", name)]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/notes/1"));
    }
    People { visitor, ada, vera }
}

#[tokio::test]
async fn a_loader_reads_only_what_the_viewer_may_read() {
    let People { mut visitor, mut ada, mut vera } = people().await;
    for client in [&mut ada, &mut vera] {
        let page = client.get("/notes/1").await;
        assert!(page.status == StatusCode::OK && page.body.contains(&format!("<h1>{ADAS}</h1>")), "{}", page.body);
    }
    let hidden = ada.get("/notes/0").await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert!(!hidden.everything().contains(VERAS));
    assert_eq!(hidden.body.len(), ada.get("/notes/7").await.body.len(), "as if there were none");
    let answer = visitor.get("/notes/1").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fnotes%2F1"));
}

#[tokio::test]
async fn an_action_asks_for_itself_and_changes_what_all_read() {
    let People { mut visitor, mut ada, mut vera } = people().await;
    let new = [("title", "Better")];
    assert_eq!(vera.post("/notes/1", &new).await.status, StatusCode::FORBIDDEN, "she may only read it");
    assert!(visitor.post("/notes/1", &new).await.location().starts_with("/sign-in?"));
    assert_eq!(ada.post("/notes/1", &[("title", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(vera.get("/notes/1").await.body.contains(ADAS), "nothing has changed");
    let renamed = ada.post("/notes/1", &new).await;
    assert_eq!((renamed.status, renamed.location()), (StatusCode::SEE_OTHER, "/notes/1"));
    assert!(vera.get("/notes/1").await.body.contains("<h1>Better</h1>"));
}

/// What Leptos would hydrate the page's resources with.
fn serialized(page: &str) -> String {
    page.split("__RESOLVED_RESOURCES").skip(1).collect()
}

#[tokio::test]
async fn a_resource_holds_what_the_viewer_may_read_and_no_more() {
    let People { mut ada, mut vera, .. } = people().await;
    let page = vera.get("/notes/1").await.body;
    assert!(serialized(&page).contains(VERAS), "{page}");
    assert!(!serialized(&page).contains(ADAS), "what a loader read is not serialized: {page}");
    let page = ada.get("/notes/1").await.body;
    assert!(serialized(&page).contains("NotFound"), "{page}");
    assert!(!page.contains(VERAS), "{page}");
}

#[tokio::test]
async fn the_server_function_is_guarded_like_the_page() {
    let People { mut visitor, mut ada, mut vera } = people().await;
    let note = [("id", "0")];
    assert!(vera.post("/api/note/title", &note).await.body.contains(VERAS));
    for (client, status) in [(&mut ada, StatusCode::NOT_FOUND), (&mut visitor, StatusCode::UNAUTHORIZED)] {
        let answer = client.post("/api/note/title", &note).await;
        assert_eq!(answer.status, status);
        assert!(!answer.everything().contains(VERAS));
    }
}

#[tokio::test]
async fn another_site_can_do_nothing_here() {
    let People { ada, .. } = people().await;
    let request = ada.request(axum::http::Method::POST, "/notes/1").header("origin", "https://evil.example");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body("title=x".into()).unwrap();
    assert_eq!(ada.open(request).await.status(), StatusCode::FORBIDDEN);
}
