//! Who is told that an environment exists by trying to move it: nobody.

use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;

async fn move_down(client: &mut Client, name: &str) -> Answer {
    client.post("/access/environments", &[("action", "move"), ("environment", name), ("to", "down")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_tells_nobody_which_environments_there_are() {
    let world = World::new().await;
    for person in ["omar", "quinn", "noor"] {
        let mut client = world.sign_in(person).await;
        for name in ["dev", "no-such"] {
            assert_eq!(move_down(&mut client, name).await.status, StatusCode::FORBIDDEN, "{person} {name}");
        }
    }
    let mut ada = world.sign_in("ada").await;
    assert_eq!(move_down(&mut ada, "no-such").await.status, StatusCode::NOT_FOUND);
}
