//! Who can use a secret: the page says what each account's own requests get.

use crate::support::world::{Client, World};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};

const EVERYBODY: [&str; 6] = ["vera", "omar", "petra", "quinn", "ada", "noor"];

/// What the page says that somebody can do, or `None` if it does not list them.
async fn can(auditor: &mut Client, id: &str, name: &str) -> Option<String> {
    let page = auditor.get(&format!("/secrets/{id}/access")).await.page();
    let table = page.table("Who can do what with this secret");
    let row = table.rows.iter().find(|row| row.page.codes().iter().any(|code| code == name))?;
    Some(row.cell("Can").to_owned())
}

/// For secrets of each environment and owner, with a grant of vera's that lasts, has ended, or will end.
#[tokio::test(flavor = "multi_thread")]
async fn who_can_use_a_secret_is_what_they_get() {
    let world = World::new().await;
    let mut auditor = world.sign_in("quinn").await;
    let mut clients = Vec::new();
    for name in EVERYBODY {
        clients.push((name, world.sign_in(name).await));
    }
    for (environment, owner) in [("dev", "omar"), ("staging", "ada"), ("production", "omar")] {
        let id = world.secrets().whose("owner", owner).with("environment", environment).first().await;
        let now = world.clock.now();
        for ends in [None, Some(now.plus(TimeSpan::hours(1))), Some(now)] {
            world.grant_until(&id, "vera", ends).await;
            for (name, client) in &mut clients {
                let what = format!("{name}, {environment} of {owner}, until {ends:?}");
                let said = can(&mut auditor, &id, name).await;
                let says = |word: &str| said.as_ref().is_some_and(|said| said.contains(word));
                let page = format!("/secrets/{id}");
                assert_eq!(said.is_some(), client.get(&page).await.status == StatusCode::OK, "{what}");
                let revealed = client.post(&page, &[("action", "reveal")]).await.status == StatusCode::OK;
                assert_eq!(says("reveal"), revealed, "{what}: {said:?}");
                let rotated = client.post(&page, &[("action", "rotate"), ("value", "another value")]).await;
                assert_eq!(says("rotate"), rotated.status == StatusCode::SEE_OTHER, "{what}: {said:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_of_a_secret_are_accounts_that_are_enabled() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    assert!(can(&mut omar, &id, "ada").await.is_some());
    world.freeze("ada").await;
    assert!(can(&mut omar, &id, "ada").await.is_none());
}
