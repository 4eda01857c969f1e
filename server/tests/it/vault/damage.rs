//! Damaged values: named, and everything else is served.

use crate::support::world::World;
use axum::http::StatusCode;
use server::vault::rotate::{self, Rotation};

async fn damage(world: &World, id: &str, column: &str) {
    let select = format!("select {column} from secret_versions where secret = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(select)).bind(id).fetch_one(&world.rows).await.unwrap();
    let mut bytes: Vec<u8> = sqlx::Row::get(&row, 0);
    bytes[3] ^= 1;
    let update = format!("update secret_versions set {column} = $1 where secret = $2");
    sqlx::query(sqlx::AssertSqlSafe(update)).bind(bytes).bind(id).execute(&world.rows).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_value_is_named_and_the_others_are_served() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let whole = world.omars_secret("dev").await;
    let value = world.value_of(&whole).await;
    for (environment, column) in [("staging", "ciphertext"), ("staging", "wrapped_key"), ("staging", "nonce")] {
        let id = world.omars_secret(environment).await;
        damage(&world, &id, column).await;
        let page = omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{column}");
        assert!(page.body.contains("Version 1 of this value is damaged"), "{column}: {}", page.body);
        let call = omar.call_value(&id).await;
        assert!(call.everything().contains("Version 1 of this value is damaged"), "{column}");
        assert_eq!(omar.get(&format!("/secrets/{id}")).await.status, StatusCode::OK);
        assert!(omar.call_value(&whole).await.everything().contains(&value), "the others are served");
        damage(&world, &id, column).await;
        assert_eq!(omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_names_what_is_damaged_and_goes_on() {
    let world = World::new().await;
    let id = world.omars_secret("staging").await;
    damage(&world, &id, "wrapped_key").await;
    let done = Rotation::begin(&world.backend, &world.keys).await.unwrap().finish().await.unwrap();
    assert_eq!((done.wrapped, done.damaged.len()), (199, 1));
    assert!(done.damaged[0].starts_with(&format!("secret {id}, version 1: ")), "{:?}", done.damaged);
    let kept = rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!((kept.retired.len(), kept.kept.len()), (0, 1), "its key is kept");
    damage(&world, &id, "wrapped_key").await;
    assert!(!world.value_of(&id).await.is_empty(), "mended, it opens");
    let next = Rotation::begin(&world.backend, &world.keys).await.unwrap().finish().await.unwrap();
    assert_eq!((next.wrapped, next.damaged.len()), (200, 0));
}
