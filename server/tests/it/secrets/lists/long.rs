//! A list that is so long that its folders are walked.

use super::narrowed::tags_on;
use super::run;
use super::total_of;
use crate::support::world::{Answer, World};
use axum::http::StatusCode;

const MANY: usize = 6_000;

/// Secrets of `dev` in three folders, of which two are large.
async fn fill(world: &World) {
    let owner = world.identities().with("name", "ada").ids().await.remove(0);
    let folder = |number: usize| match number {
        0..700 => "a-b/c",
        700..703 => "a/c",
        _ => "a0/c",
    };
    let numbers: Vec<usize> = (0..MANY).collect();
    for part in numbers.chunks(500) {
        let row = |number: &usize| {
            format!("('01kb{number:022}', 'dev', '{}/key-{number:05}', '{owner}', 1, 1, {number})", folder(*number))
        };
        let rows: Vec<_> = part.iter().map(row).collect();
        let columns = "(id, environment, name, owner, version, created_at, updated_at)";
        run(world, format!("insert into secrets {columns} values {}", rows.join(", "))).await;
    }
    world.tag(&format!("01kb{:022}", 5), "seen").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_has_its_folders_and_its_total() {
    let world = World::new().await;
    fill(&world).await;
    let count = |answer: &Answer, folder: &str| {
        let page = answer.page();
        page.has_section("Folders").then(|| page.section("Folders").items()).into_iter().flatten().find_map(|item| {
            let (name, count) = item.split_once(' ')?;
            (name == folder).then(|| count.to_owned())
        })
    };
    let mut petra = world.sign_in("petra").await;
    let answer = petra.get("/secrets?environment=dev").await;
    assert_eq!(answer.status, StatusCode::OK);
    let all = world.secrets().with("environment", "dev").count().await;
    assert_eq!(i64::try_from(total_of(&answer)).unwrap(), all);
    let small = world.secrets().with("environment", "dev").like("name", "billing/%").count().await;
    assert_eq!(count(&answer, "a-b").as_deref(), Some("over 500"));
    assert_eq!(count(&answer, "a").as_deref(), Some("3"));
    assert_eq!(count(&answer, "a0").as_deref(), Some("over 500"));
    assert_eq!(count(&answer, "billing"), Some(small.to_string()));
    assert_eq!(answer.page().section("Folders").items().len(), 13, "ten teams and three more");
    assert!(tags_on(&answer).contains("seen"));
    let inside = petra.get("/secrets?folder=a0").await;
    assert_eq!(total_of(&inside), MANY - 703);
    assert_eq!(count(&inside, "c").as_deref(), Some("over 500"));
    // Somebody who oversees nothing sees what they own or were granted, and no other folder.
    let seen = world.sign_in("vera").await.get("/secrets").await;
    assert_eq!(count(&seen, "a0"), None);
    assert!(!tags_on(&seen).contains("seen"));
}
