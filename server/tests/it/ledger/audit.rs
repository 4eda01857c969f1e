//! G19, G28: every decision has its record, before its answer; and no record holds what must not be seen.

use crate::support::world::World;
use axum::http::StatusCode;

async fn decisions(world: &World) -> Vec<String> {
    world
        .records()
        .other_than("entry", "command")
        .ordered("at, action")
        .each_of(&["action", "decision", "reason_code"])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_on_the_way_stands_in_the_audit_table() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    omar.get("/secrets").await;
    omar.get(&address).await;
    omar.call_value(&id).await;
    omar.post(&address, &[("action", "rotate"), ("value", "another value")]).await;
    omar.get(&format!("/secrets/{}", world.secrets().not_whose("owner", "omar").ungranted().first().await)).await;
    omar.post("/sign-out", &[]).await;
    omar.get("/").await;
    let expected = [
        "session.start allowed password",
        "secret.list allowed role",
        "secret.read allowed role+owner",
        "secret.uses allowed role+owner",
        "secret.history allowed role+owner",
        "secret.reveal allowed role+owner",
        "secret.rotate allowed role+owner",
        "secret.read refused hidden",
        "session.end allowed session",
        "overview.read refused no_session",
    ];
    assert_eq!(decisions(&world).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_says_who_asked_for_what_how_and_from_where() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    vera.get("/secrets?name=a%26b&page=2").await;
    let rows = world
        .texts(
            "select name || '|' || kind || '|' || method || '|' || parameters || '|' || entry || '|' || reason || '|' || \
             address from audit where action = 'secret.list'",
        )
        .await;
    assert_eq!(
        rows,
        [format!("vera|person|password|environment=&name=a%26b&page=2&sort=name|page|by role|{}", vera.address)]
    );
    let linked = "select count(*) from audit a join sessions s on s.id = a.session join authentications n on n.id = \
                  a.authentication and n.id = s.authentication where a.action = 'secret.list' and length(a.request) = 16";
    assert_eq!(world.count(linked).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_one_request_are_in_order_of_decision() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let page = format!("/secrets/{}", world.omars_secret("dev").await);
    for _ in 0..10 {
        assert_eq!(omar.get(&page).await.status, StatusCode::OK);
    }
    // A layout's before its page's.
    assert_eq!(
        world.records().one_of("action", &["secret.read", "secret.uses"]).each("action").await,
        ["secret.read", "secret.uses"].repeat(10)
    );
    let moments = world.records().one_of("action", &["secret.read", "secret.uses"]).number("count(distinct at)").await;
    assert_eq!(moments, 10, "both are of the request's own moment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_shows_the_id_of_its_record() {
    let world = World::new().await;
    let mut noor = world.sign_in("noor").await;
    let answer = noor.get("/secrets").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let record = world.records().of("secret.list").ids().await;
    assert!(answer.page().shows(&record[0]), "the page names its record");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_record_and_no_row_holds_a_password_a_handle_or_a_value() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let handle = omar.handle.clone().expect("a handle");
    let id = world.omars_secret("dev").await;
    let old = world.value_of(&id).await;
    omar.call_value(&id).await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "the-new-value-of-it")]).await;
    // A password typed into the field for the name.
    world.visitor().sign_in("typed-into-the-wrong-field", "wrong-password-typed").await;
    omar.post("/confirm", &[("password", "wrong-password-typed")]).await;
    let everything = [
        "select coalesce(name, '') || resource || parameters || reason || reason_code || action || coalesce(session, '') || \
         request || coalesce(authentication, '') from audit",
        "select s.id || h.hash || coalesce(s.data, '') || coalesce(s.user_agent, '') from sessions s join handles h on h.session = s.id",
        "select id || name from secrets",
        "select phc from passwords",
    ];
    let mut text = String::new();
    for statement in everything {
        text += &world.texts(statement).await.join("\n");
    }
    let unseen = [
        &handle,
        &old,
        "the-new-value-of-it",
        "typed-into-the-wrong-field",
        "wrong-password-typed",
        world.password("omar"),
    ];
    for unseen in unseen {
        assert!(!text.contains(unseen), "{unseen} stands in the database");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_leaves_its_record_and_no_effect() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    // An operator rotates outside production alone.
    let id = world.omars_secret("production").await;
    let before = world.value_of(&id).await;
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "changed")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(world.value_of(&id).await, before);
    assert_eq!(world.records().of("secret.rotate").refused().because("other_environment").count().await, 1);
}
