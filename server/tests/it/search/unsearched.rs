//! After a large change, a search says how much it could not look at yet.

use super::keep_words;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_says_how_many_changes_it_leaves_out() {
    let world = World::new().await;
    keep_words(&world).await;
    let mut petra = world.sign_in("petra").await;
    let page = petra.get("/search?q=numbat").await.body;
    assert!(page.contains("Nothing matches “numbat”<") && !page.contains("not searched yet"), "{page}");
    world
        .execute(
            "insert into search_stale (what, thing) select 'secret', id from secrets where true on conflict do nothing",
        )
        .await;
    let mut known = world.count_all("search_stale").await;
    while known <= 200 {
        // More of the same: a thing that is gone counts like one that has changed.
        world
            .execute(
                "insert into search_stale (what, thing) select 'secret', 'x' || thing from search_stale where true \
                 on conflict do nothing",
            )
            .await;
        known = world.count_all("search_stale").await;
    }
    let said = match known - 200 {
        1 => "1 of the latest changes is not searched yet".to_owned(),
        more => format!("{more} of the latest changes are not searched yet"),
    };
    let page = petra.get("/search?q=numbat").await.body;
    assert!(page.contains(&said) && page.contains("Nothing matches “numbat” yet"), "{page}");
    let suggestions = petra.call("/api/search", "numbat").await.body;
    assert!(suggestions.contains(&said) && suggestions.contains("/search?q=numbat"), "{suggestions}");
    keep_words(&world).await;
    assert!(!petra.get("/search?q=numbat").await.body.contains("not searched yet"));
}
