//! What keeps a folder as it is: one refusal, one damaged value, the rules of its environment, its size.

use super::past::{PAGE, add, form, now, preview, rotate, send};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_restores_nothing_of_the_folder() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let hers = add(&world, &mut ada, "dev", "then/hers", "hers-old").await;
    let his = add(&world, &mut omar, "dev", "then/his", "his-old").await;
    let at = now(&world);
    rotate(&mut ada, &hers, "hers-new", "").await;
    rotate(&mut omar, &his, "his-new", "").await;
    world.grant_until(&his, "ada", None).await;
    let form = form(&preview(&mut ada, "dev", "then", &at).await.body);
    world.grants().remove().await;
    let page = preview(&mut ada, "dev", "then", &at).await.body;
    assert!(page.contains("Not allowed: ") && page.contains("you may not restore 1 of them"), "{page}");
    assert!(!page.contains("restore-folder"), "nothing is offered");
    let refused = send(&mut ada, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.value_of(&hers).await, "hers-new");
    assert_eq!(world.value_of(&his).await, "his-new");
    let records = || world.records().of("secret.restore").by("ada");
    assert_eq!(records().refused().with("resource", format!("secret:{his}")).because("not_granted").count().await, 1);
    let outcomes = records().allowed().with("resource", format!("secret:{hers}")).each("outcome").await;
    assert_eq!(outcomes, ["given_up"], "it was allowed, and was not done");
    assert_eq!(world.records().of("secret.restore_folder").with("outcome", "done").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_version_is_named_and_nothing_is_restored() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let one = add(&world, &mut omar, "dev", "then/one", "one-old").await;
    let two = add(&world, &mut omar, "dev", "then/two", "two-old").await;
    let at = now(&world);
    rotate(&mut omar, &one, "one-new", "").await;
    rotate(&mut omar, &two, "two-new", "").await;
    // The sealed value of another secret does not open here.
    let swap = "update secret_versions set ciphertext = (select o.ciphertext from secret_versions o \
         where o.secret = $1 and o.version = 1) where secret = $2 and version = 1";
    sqlx::query(swap).bind(&two).bind(&one).execute(&world.rows).await.expect("it is damaged");
    let page = format!("{PAGE}?environment=dev&folder=then&at={}", at.replace(':', "%3A"));
    let form = form(&omar.get(&page).await.body);
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = omar.post(&page, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("version 1 of then/one"), "{}", answer.body);
    assert_eq!((world.value_of(&one).await, world.value_of(&two).await), ("one-new".to_owned(), "two-new".to_owned()));
    let alone = omar.post(&format!("/secrets/{one}/versions"), &[("action", "restore"), ("version", "1")]).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.body.contains("Version 1 is damaged"), "{}", alone.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_production_needs_a_fresh_sign_in() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let one = add(&world, &mut ada, "production", "then/one", "one-old").await;
    let at = now(&world);
    rotate(&mut ada, &one, "one-new", "").await;
    world.clock.advance(TimeSpan::minutes(6));
    let form = form(&preview(&mut ada, "production", "then", &at).await.body);
    let held_up = send(&mut ada, &form).await;
    assert!(held_up.status == StatusCode::SEE_OTHER && held_up.location().starts_with("/confirm"));
    assert_eq!(world.value_of(&one).await, "one-new");
    // An operator changes no values there.
    let mut omar = world.sign_in("omar").await;
    assert_eq!(send(&mut omar, &form).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_folder_tells_nothing_of_hidden_secrets() {
    let world = World::new().await;
    world.grants().remove().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let one = add(&world, &mut omar, "dev", "then/one", "one-old").await;
    let at = now(&world);
    rotate(&mut omar, &one, "one-new", "").await;
    assert_eq!(omar.post(&format!("/secrets/{one}"), &[("action", "rename"), ("name", "away/one")]).await.status, 303);
    for folder in ["then", "away"] {
        let page = preview(&mut vera, "dev", folder, &at).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("There is no secret here that you can see."), "{}", page.body);
        assert!(!page.body.contains("/one") && !page.body.contains(&one));
    }
    let fields = form(&preview(&mut omar, "dev", "then", &at).await.body);
    assert_eq!(send(&mut vera, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.value_of(&one).await, "one-new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_too_many_secrets_is_not_restored() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let at = now(&world);
    let rows: Vec<_> = (0..501)
        .map(|number| format!("('01jd00000000000000000{number:05}', 'dev', 'many/{number}', $1, 1, 1, 1, 1)"))
        .collect();
    let add = format!(
        "insert into secrets (id, environment, name, owner, version, created_at, updated_at, rotated_at) values {}",
        rows.join(", ")
    );
    let owner = world.identity("omar").await;
    sqlx::query(sqlx::AssertSqlSafe(add)).bind(&owner).execute(&world.rows).await.expect("many secrets");
    let page = preview(&mut omar, "dev", "many", &at).await.body;
    assert!(page.contains("There are more than 500 secrets here."), "{}", &page[..page.len().min(4000)]);
    let fields = [("action", "restore-folder"), ("environment", "dev"), ("folder", "many"), ("at", &at)];
    let answer = omar.post(PAGE, &fields).await;
    assert!(answer.body.contains("At most 500 secrets are restored at once."), "{}", answer.status);
}
