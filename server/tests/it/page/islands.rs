//! Forms that an island sends: the same action by the same guard, with answers that a script can read.

use crate::support::world::World;
use axum::http::StatusCode;

/// The island is told where to go on.
#[tokio::test(flavor = "multi_thread")]
async fn an_islands_form_is_decided_like_any_other() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let address = format!("/secrets/{}", world.omars_secret("dev").await);
    let fields = [("action", "rename"), ("name", "renamed/by-island")];
    let answer = omar.post_as_island(&address, &fields).await;
    assert_eq!((answer.status, answer.header("doorward-onward")), (StatusCode::NO_CONTENT, address.as_str()));
    assert!(answer.location().is_empty());
    let page = omar.get(&address).await.page();
    assert!(page.shows("renamed/by-island") && page.shows("Renamed to "), "{page}");
    assert!(!omar.get(&address).await.page().shows("Renamed to "), "a message is shown once");
    let entries = world.records().of("secret.rename").each("entry").await;
    assert_eq!(entries, ["server_function"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_island_without_session_learns_only_where_to_sign_in() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut late = omar.clone();
    let address = format!("/secrets/{}", world.omars_secret("dev").await);
    omar.post("/sign-out", &[]).await;
    let answer = late.post_as_island(&address, &[("action", "rename"), ("name", "x")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let said: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert!(said["onward"].as_str().is_some_and(|onward| onward.starts_with("/sign-in?next=%2Fsecrets%2F")));
    assert_eq!(said["sentence"], "Your session has ended. Sign in to go on.");
    assert!(answer.header("clear-site-data").contains("prefetchCache"), "what was fetched in advance is thrown away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_name_is_kept_as_typed_beside_its_error() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    let taken = world.secrets().with("environment", "dev").other_than("id", &*id).first().await;
    let taken = world
        .secrets()
        .each_of(&["id", "name"])
        .await
        .into_iter()
        .find_map(|line| line.strip_prefix(&taken).map(|name| name.trim().to_owned()));
    for (name, said) in [("no good name!", "A name has letters"), (taken.as_deref().unwrap(), "has that name")] {
        for island in [false, true] {
            let fields = [("action", "rename"), ("name", name)];
            let answer =
                if island { omar.post_as_island(&address, &fields).await } else { omar.post(&address, &fields).await };
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(answer.page().shows(said) && answer.page().field("Name").value == name, "{name}");
        }
    }
    assert_eq!(world.secrets().with("name", "no good name!").count().await, 0);
}
