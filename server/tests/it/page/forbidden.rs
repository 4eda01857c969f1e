//! What a 403 says: the permission that is missing, where one may know of it.

use crate::support::world::World;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_page_names_the_permission_that_is_missing() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let page = vera.get("/access/ledger").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let sentence = "You need the permission “ledger.read” to read the ledger. Ask an administrator";
    assert!(page.page().shows(sentence) && page.page().links_to("/#access-heading"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_names_the_environment_too() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    let page = omar.post(&format!("/secrets/{id}"), &[("action", "rename"), ("name", "other")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let sentence = "the permission “secret.rename” to rename secrets in production.";
    assert!(page.page().shows(sentence), "{}", page.body);
}

/// G18: the permission would tell that there is something to need it for.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_secret_names_no_permission() {
    let world = World::new().await;
    let mut noor = world.sign_in("noor").await;
    let page = noor.get(&format!("/secrets/{}", world.omars_secret("dev").await)).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(!page.page().shows("permission") && !page.body.contains("#access-heading"), "{}", page.body);
}
