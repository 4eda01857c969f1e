//! Pages: what SSR and the direct call decide is the same, and what a page holds is only what it shows.

use crate::support::client::without;
use crate::support::world::World;
use axum::http::StatusCode;

/// G3: the same question gets the same decision by document and by server function.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_and_a_direct_call_give_the_same_decision() {
    let world = World::new().await;
    let ids = world.ids_of("secrets").await;
    for who in ["noor", "vera", "omar", "petra", "quinn", "ada"] {
        let mut client = world.sign_in(who).await;
        for id in ids.iter().step_by(9) {
            let form = client.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await;
            let call = client.call_value(id).await;
            assert_eq!(form.status, call.status, "{who} {id}");
        }
    }
    let pairs = "select count(*) from (select identity, resource, count(distinct reason_code) as reasons from audit where \
                 action = 'secret.reveal' group by identity, resource) as by_question where reasons <> 1";
    assert_eq!(world.count(pairs).await, 0, "and for the same reason");
}

/// A secret that is not yours and one that does not exist are answered alike, byte for byte but for the record's id.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_secret_is_answered_like_one_that_does_not_exist() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let hidden = world.secrets().ungranted().first().await;
    let mut answers = Vec::new();
    for id in [hidden.as_str(), "01jd8z3k7q5m2v9xw4t6b1n0hr"] {
        let answer = vera.get(&format!("/secrets/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let records = world.records().of("secret.read").ordered("id desc").ids().await;
        let nonce =
            answer.body.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("-").to_owned();
        answers.push(
            without(&answer.body, "data-now=\"")
                .replace(&records[0], "RECORD")
                .replace(&nonce, "NONCE")
                .replace(id, "ID"),
        );
    }
    assert_eq!(answers[0], answers[1]);
}

/// G17: nothing is serialized into a page beside the props of its islands, and those hold what the page shows.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_holds_no_serialized_resource_and_no_permission_name() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    for address in ["/".to_owned(), "/secrets".to_owned(), format!("/secrets/{id}"), "/settings".to_owned()] {
        let page = omar.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(
            !page.body.contains("__RESOLVED_RESOURCES[") && !page.body.contains("__SERIALIZED_ERRORS.push"),
            "{address}"
        );
        assert!(!page.body.contains(&value), "{address}");
    }
    let page = omar.get(&format!("/secrets/{id}")).await.body;
    assert!(page.contains("<leptos-island"), "the page has an island");
    assert!(!page.contains("data-props"), "an island is given nothing: what it shows stands in the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_navigation_shows_only_what_the_person_may_open() {
    let world = World::new().await;
    assert!(world.sign_in("vera").await.get("/").await.page().links_to("/secrets"));
    assert!(!world.sign_in("noor").await.get("/").await.page().links_to("/secrets"));
}

/// Secrets are kept from the pages of the refused also in the middle of a page's own error.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_refused_by_the_form_is_not_sent_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let typed = format!("typed-{}", "x".repeat(70_000));
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", &typed)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("A value may have at most 65,536 bytes."));
    assert!(!answer.body.contains("typed-"));
}
