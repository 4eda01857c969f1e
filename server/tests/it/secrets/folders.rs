//! Folders and tags of the list: they tell nothing of secrets that one may not know of, and wildcards are inert.

use crate::support::world::World;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn no_folder_or_tag_tells_of_a_hidden_secret() {
    let world = World::new().await;
    world.grants().remove().await;
    let (hidden, granted) = (world.omars_secret("dev").await, world.omars_secret("staging").await);
    world.rename(&hidden, "hidden-folder/inside/key").await;
    world.rename(&granted, "open-folder/inside/key").await;
    world.tag(&hidden, "hidden-tag").await;
    world.tag(&granted, "open-tag").await;
    world.grant_until(&granted, "vera", None).await;
    let mut vera = world.sign_in("vera").await;
    let mut petra = world.sign_in("petra").await;
    let seen = vera.get("/secrets").await.page();
    assert!(seen.shows("open-folder") && seen.shows("open-tag"), "{seen}");
    for query in ["", "folder=hidden-folder", "tag=hidden-tag", "folder=hidden-folder/inside", "state=archived"] {
        let answer = vera.get(&format!("/secrets?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert!(!answer.body.contains("hidden-folder/inside/key") && !answer.body.contains(&hidden), "{query}");
        let unasked = answer.body.contains("hidden-tag") && !query.contains("hidden-tag");
        assert!(!unasked, "{query}: {}", answer.body);
    }
    // A folder that there is for others is answered like one that there is for nobody.
    let of_others = vera.get("/secrets?folder=hidden-folder").await.body;
    let of_nobody = vera.get("/secrets?folder=absent-folder").await.body.replace("absent", "hidden");
    assert_eq!(plain(&of_others), plain(&of_nobody));
    let seen = petra.get("/secrets").await.page();
    assert!(seen.shows("hidden-folder") && seen.shows("hidden-tag"), "{seen}");
}

/// The page's main part, without what differs each time.
fn plain(page: &str) -> String {
    let main = page.split("<main").nth(1).and_then(|rest| rest.split("id=\"receipt\"").next()).expect("a page");
    main.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn wildcards_in_folders_and_tags_are_inert() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    world.rename(&id, "a_b/inside/key").await;
    world.tag(&id, "a_b").await;
    let mut petra = world.sign_in("petra").await;
    for query in ["folder=a_b", "folder=a_b/inside", "tag=a_b"] {
        let page = petra.get(&format!("/secrets?{query}")).await.page();
        assert!(page.links_to(&format!("/secrets/{id}")) && page.shows("1–1 of 1"), "{query}: {page}");
    }
    for query in
        ["folder=___", "folder=a_b/insid", "folder=A_b", "folder=a_", "tag=___", "tag=a_", "folder=a_b/inside/key"]
    {
        let answer = petra.get(&format!("/secrets?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert!(!answer.body.contains(&id), "{query}");
    }
    for query in
        ["folder=%25", "folder=a//b", "folder=/", "folder=a/", "folder=..", "tag=%25", "tag=a%20b", "tag=%E2%80%AE"]
    {
        let answer = petra.get(&format!("/secrets?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_lead_on_with_the_rest_of_the_filter() {
    let world = World::new().await;
    let mut petra = world.sign_in("petra").await;
    let page = petra.get("/secrets?environment=dev&sort=updated").await.page();
    assert!(page.links_to("/secrets?environment=dev&folder=billing&sort=updated"), "{:?}", page.addresses());
    let page = petra.get("/secrets?folder=billing").await.page();
    assert!(page.shows("1–20 of 20") && page.has_section("Breadcrumb"), "{page}");
    assert_eq!(page.form("Apply").value("folder"), "billing", "the form keeps the folder");
}
