//! The form of the ledger's search, and forms of other pages whose address cannot be read.

use super::reading::busy;
use crate::support::world::{Answer, World};
use axum::http::StatusCode;

/// The page has its form, with the wrong text in a marked field, and nothing that was read.
fn is_the_form(page: &Answer, field: &str, typed: &str, message: &str) {
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
    let page = page.page();
    let found = page.fields().into_iter().find(|each| each.name == field).expect("the field");
    assert_eq!(found.attribute("aria-invalid"), Some("true"), "{field} is not marked");
    assert!(found.error.as_ref().is_some_and(|error| error.contains(message)), "{message}: {:?}", found.error);
    assert!(found.value.starts_with(typed), "{found:?}");
    assert!(page.has_section("Main"), "the navigation stays");
    assert!(page.rows().is_empty(), "nothing was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_search_brings_its_form_back() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    for (query, field, typed, message) in [
        ("from=garbage", "from", "garbage", "Give a time"),
        ("until=yesterday", "until", "yesterday", "Give a time"),
        ("decision=maybe", "decision", "maybe", "Choose allowed or refused."),
        ("outcome=maybe", "outcome", "maybe", "Choose one of the outcomes."),
        ("environment=a%20b", "environment", "a b", "No environment can have this name."),
        ("when=soon", "when", "soon", "Choose one of the times."),
        ("from=2026-11-24T10:00&until=2026-11-24T09:00", "until", "2026-11-24T09:00", "This is not later than “From”."),
    ] {
        let page = quinn.get(&format!("/access/ledger?who=vera&{query}")).await;
        is_the_form(&page, field, typed, message);
        assert!(page.page().fields().iter().any(|field| field.value == "vera"), "what was typed elsewhere is kept");
    }
    assert_eq!(world.records().of("ledger.read").by("quinn").with("outcome", "invalid").count().await, 7);
    let refused = world.sign_in("vera").await.get("/access/ledger?from=garbage").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "a refusal goes first");
    assert!(!refused.body.contains("garbage\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_unreadable_addresses_bring_their_forms_back() {
    let world = World::new().await;
    let page = world.sign_in("omar").await.get("/secrets?name=billing&page=abc").await;
    is_the_form(&page, "page", "abc", "Enter the number of a page");
    assert!(page.page().hidden("name") == "billing");
    let mut ada = world.sign_in("ada").await;
    for (by, what, message) in [
        ("network", "banana", "a network such as"),
        ("before", "yesterday", "Give a time"),
        ("method", "sms", "Give a way to sign in"),
    ] {
        let page = ada.get(&format!("/access/sessions/end?by={by}&what={what}")).await;
        is_the_form(&page, "what", what, message);
        assert!(page.page().fields().iter().any(|field| field.value == by), "the kind stays chosen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_clicked_in_a_row_is_added_to_the_search() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    world.sign_in("omar").await.call_value(&id).await;
    let page = world.sign_in("quinn").await.get("/access/ledger?action=reveal&decision=allowed").await.page();
    for address in [
        "/access/ledger?who=omar&action=reveal&decision=allowed".to_owned(),
        format!("/access/ledger?action=reveal&resource=secret%3A{id}&decision=allowed"),
    ] {
        assert!(page.links_to(&address), "{address}: {:?}", page.addresses());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_suggests_people_actions_reasons_and_environments() {
    let world = World::new().await;
    let fields = world.sign_in("quinn").await.get("/access/ledger").await.page().fields();
    let options: Vec<_> = fields.iter().flat_map(|field| &field.options).map(|(value, _)| value.as_str()).collect();
    for option in ["vera", "secret.reveal", "not_granted", "staging"] {
        assert!(options.contains(&option), "{option}: {options:?}");
    }
    for label in ["Contains", "Reason code", "Channel", "Time"] {
        assert!(fields.iter().any(|field| field.label == label), "{label}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_chosen_by_its_name() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    world.sign_in("omar").await.call_value(&id).await;
    let mut quinn = world.sign_in("quinn").await;
    for (when, found) in [("today", true), ("7-days", true), ("yesterday", false)] {
        let page = quinn.get(&format!("/access/ledger?action=secret.reveal&when={when}")).await.page();
        assert_eq!(page.codes().contains(&"secret.reveal".to_owned()), found, "{when}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_search_is_ones_own_and_leads_back_to_itself() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let address = "/access/ledger?who=omar&decision=refused";
    let kept = quinn.post(address, &[("action", "keep"), ("name", " Omar, <refused> ")]).await;
    assert_eq!(kept.location(), address);
    let page = quinn.get("/access/ledger").await.page();
    assert_eq!(page.link("Omar, <refused>"), address);
    assert_eq!(world.records().of("ledger.keep_search").count().await, 1);
    for name in ["", " ", "a name of more than sixty characters, which nobody could read in a row"] {
        let answer = quinn.post(address, &[("action", "keep"), ("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(world.table("kept_searches").hand_to("identity", "vera").await, 1);
    assert!(!quinn.get("/access/ledger").await.page().shows("Omar, <refused>"), "somebody else's is not shown");
    quinn.post("/access/ledger", &[("action", "remove"), ("name", "Omar, <refused>")]).await;
    assert_eq!(world.count_all("kept_searches").await, 1, "nor removed");
    world.table("kept_searches").hand_to("identity", "quinn").await;
    let removed = quinn.post("/access/ledger", &[("action", "remove"), ("name", "Omar, <refused>")]).await;
    assert_eq!(removed.location(), "/access/ledger");
    assert!(!quinn.get("/access/ledger").await.page().shows("Omar, <refused>"));
    let mut vera = world.sign_in("vera").await;
    let refused = vera.post(address, &[("action", "keep"), ("name", "mine")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(world.count_all("kept_searches").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_keeps_so_many_searches_and_no_more() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    world
        .execute(
            "insert into kept_searches (identity, name, query, kept_at) select i.id, r.id, '', 0 from identities i, \
             (select id from secrets order by id limit 50) r where i.name = 'quinn'",
        )
        .await;
    assert_eq!(world.count_all("kept_searches").await, 50);
    let answer = quinn.post("/access/ledger?who=omar", &[("action", "keep"), ("name", "one more")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("remove one first") && answer.page().shows("one more"), "what was typed is kept");
    assert_eq!(world.count_all("kept_searches").await, 50);
}
