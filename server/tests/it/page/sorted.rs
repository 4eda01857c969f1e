//! Lists are sorted by the heads of their columns.

use crate::account::codes::set_up_codes;
use crate::support::page::Page;
use crate::support::world::{Client, World};
use axum::http::StatusCode;
use std::collections::BTreeSet;

/// Each list: its address, its table, and what it can be sorted by.
const LISTS: [(&str, &str, &[&str]); 6] = [
    ("/secrets", "Secrets you can see", &["name", "updated"]),
    ("/access/sessions", "Everybody's sessions", &["started", "name", "address", "authenticated", "used", "ends"]),
    ("/access/identities", "People, service accounts and agents", &["name", "signed-in"]),
    ("/access/machines", "Service accounts", &["name", "owner", "environment", "used"]),
    ("/access/groups", "Groups", &["name", "members", "secrets"]),
    ("/access/roles", "Roles", &["name", "permissions", "accounts"]),
];

/// The rows of all pages, in their order: each as what it links to, or as the session that it ends.
async fn walk(client: &mut Client, address: &str, table: &str) -> Vec<String> {
    let (mut rows, mut next) = (Vec::new(), Some(address.to_owned()));
    while let Some(address) = next {
        let page = client.get(&address).await.page();
        let of_row = |row: &Page| {
            let ended = row.all_hidden("session").into_iter().next();
            ended.or_else(|| row.addresses().into_iter().next()).expect("a row leads somewhere")
        };
        rows.extend(page.table(table).rows.iter().map(|row| of_row(&row.page)));
        next = page.next();
    }
    rows
}

/// A world with several pages of secrets and of sessions, and two of everything else.
async fn world() -> (World, Client) {
    let world = World::new().await;
    world.table("role_limits").set("most", 1000).await;
    for _ in 0..30 {
        world.sign_in("vera").await;
        world.sign_in("omar").await;
    }
    let mut ada = world.sign_in("ada").await;
    // Who has shown two factors may end each session of the list.
    set_up_codes(&world, &mut ada).await;
    for name in ["first", "second"] {
        ada.post("/access/groups", &[("name", name), ("purpose", "")]).await;
    }
    (world, ada)
}

/// Many secrets have the time of their last change in common, and all sessions their address.
#[tokio::test(flavor = "multi_thread")]
async fn every_order_has_each_row_once_on_all_its_pages() {
    let (_world, mut ada) = world().await;
    for (address, table, keys) in LISTS {
        let rows: BTreeSet<_> = walk(&mut ada, address, table).await.into_iter().collect();
        for key in keys {
            let up = walk(&mut ada, &format!("{address}?sort={key}"), table).await;
            let mut down = walk(&mut ada, &format!("{address}?sort=-{key}"), table).await;
            assert_eq!(up.iter().cloned().collect::<BTreeSet<_>>(), rows, "{address} {key}");
            assert_eq!(up.len(), rows.len(), "{address} {key}: each once");
            if !["/access/groups", "/access/roles"].contains(&address) {
                down.reverse();
                assert_eq!(up, down, "{address} {key}: the other way round");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_a_list_does_not_have_is_refused_everywhere() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for (address, _, keys) in LISTS.into_iter().chain([("/deliveries", "", ["made", "what", "person"].as_slice())]) {
        for key in keys {
            assert_eq!(ada.get(&format!("{address}?sort={key}")).await.status, StatusCode::OK, "{address} {key}");
        }
        for wrong in ["x", "--name", "Name", "name%20desc", "name,id", "-"] {
            let answer = ada.get(&format!("{address}?sort={wrong}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{address} {wrong}");
        }
    }
    let page = ada.get("/secrets?sort=owner").await.page();
    assert!(page.shows("This list is sorted by one of: name, updated."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_sorts_by_its_column_and_then_the_other_way_round() {
    let world = World::new().await;
    let mut petra = world.sign_in("petra").await;
    let page = petra.get("/secrets?environment=dev&page=2").await.page();
    assert!(page.source().contains("aria-sort=\"ascending\""), "by name");
    let by_update = page.link("Updated");
    assert_eq!(by_update, "/secrets?environment=dev&sort=-updated", "from the first page on, with the filter");
    let page = petra.get(&by_update).await.page();
    assert!(page.source().contains("aria-sort=\"descending\"") && page.source().matches("aria-sort").count() == 1);
    assert_eq!(page.link("Updated ↓"), "/secrets?environment=dev&sort=updated");
    assert_eq!(page.link("Name"), "/secrets?environment=dev");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_keeps_the_order_of_its_list() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    for (address, sort) in
        [("/access/sessions", "name"), ("/access/identities", "-signed-in"), ("/access/machines", "used")]
    {
        let page = ada.get(&format!("{address}?sort={sort}")).await.page();
        assert_eq!(page.form("Search").value("sort"), sort, "{address}");
    }
}
