//! Set-up: the link that makes the first administrator, once.

use crate::support::world::{Answer, Setup, World};
use axum::http::StatusCode;
use doorward::{SecretText, TimeSpan};
use server::db::transaction::Source;
use server::sign_in::authenticate::hash_of_code;
use server::sign_in::set_up;

const CODE: &str = "abcd-efgh-jkmn-pqrs";
const FIRST_PASSWORD: &str = "a sentence that is long enough";

async fn keep_code(world: &World) {
    let code = SecretText::new(CODE.to_owned()).unwrap();
    let mut source = Source::writer(&world.backend.database).await.unwrap();
    let ends = doorward::Clock::now(&*world.clock).plus(TimeSpan::hours(1));
    set_up::replace(&mut source, hash_of_code(&code), ends).await.unwrap();
    source.commit().await.unwrap();
}

/// A Doorward at its first start, with a set-up link.
async fn fresh() -> World {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    keep_code(&world).await;
    world
}

async fn send_set_up(world: &World, code: &str, name: &str, password: &str) -> Answer {
    let fields = [("code", code), ("name", name), ("password", password), ("repeat", password)];
    world.visitor().post("/set-up", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_link_makes_the_first_administrator_once() {
    let world = fresh().await;
    let page = world.visitor().get(&format!("/set-up?code={CODE}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.page().has_field("Password again"));
    let hint = world.visitor().get("/sign-in").await.page();
    assert!(hint.shows("Nobody can sign in yet"), "{hint}");
    let made = send_set_up(&world, CODE, "Root", FIRST_PASSWORD).await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.page().shows("Doorward is set up") && made.page().shows("Your sign-in name is root."));
    assert!(made.page().links_to("/sign-in?next=%2F") && !made.page().has_forms());
    assert!(!world.visitor().get("/sign-in").await.page().shows("Nobody can sign in yet"));
    let mut root = world.visitor();
    assert_eq!(root.sign_in("root", FIRST_PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(root.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(world.table("identity_roles").each("role").await, ["administrator"]);

    assert_eq!(send_set_up(&world, CODE, "second", FIRST_PASSWORD).await.status, StatusCode::NOT_FOUND);
    // Not even a code that counts makes another one.
    keep_code(&world).await;
    assert_eq!(send_set_up(&world, CODE, "second", FIRST_PASSWORD).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.identities().each("name").await, ["root"]);
    assert_eq!(world.records().of("identity.set_up").allowed().count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_follow_the_set_up_link_at_once_one_succeeds() {
    let world = fresh().await;
    let (one, other) = tokio::join!(
        send_set_up(&world, CODE, "one", FIRST_PASSWORD),
        send_set_up(&world, CODE, "other", FIRST_PASSWORD)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [404, 422].contains(&statuses[1]), "{statuses:?}");
    assert_eq!(world.count_all("identities").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_link_counts_for_an_hour() {
    let world = fresh().await;
    world.clock.advance(TimeSpan::hours(1));
    let answer = send_set_up(&world, CODE, "root", FIRST_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("has expired"));
    assert_eq!(world.count_all("identities").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_code_cannot_be_guessed_for_long() {
    let world = fresh().await;
    let mut guesser = world.visitor();
    for number in 0..10 {
        let answer = guesser.get(&format!("/set-up?code=wrong-code-{number}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let fields = [("code", CODE), ("name", "root"), ("password", FIRST_PASSWORD), ("repeat", FIRST_PASSWORD)];
    assert_eq!(guesser.post("/set-up", &fields).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.records().because("wrong_set_up_code").count().await, 10);
    assert_eq!(world.records().because("too_many_tries").count().await, 1);
    assert!(!world.database_holds("wrong-code-").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_set_up_code_is_told_before_anything_is_typed() {
    let world = fresh().await;
    for address in ["/set-up", "/set-up?code=wrong-code"] {
        let page = world.visitor().get(address).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        assert!(!page.page().has_forms(), "{address}");
    }
    let answer = send_set_up(&world, "wrong-code", "", "x").await;
    assert!(answer.page().shows("has expired") && !answer.page().has_forms());
}

#[tokio::test(flavor = "multi_thread")]
async fn set_up_is_closed_once_somebody_is_there() {
    let world = World::new().await;
    keep_code(&world).await;
    for address in ["/set-up".to_owned(), format!("/set-up?code={CODE}"), "/set-up?code=x".to_owned()] {
        let page = world.visitor().get(&address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert!(page.page().shows("Doorward is set up already") && page.page().links_to("/sign-in?next=%2F"));
        assert!(!page.page().has_forms(), "{address}");
    }
    assert_eq!(world.count_all("audit").await, 0, "and no flood of it leaves a record");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_up_says_which_field_is_wrong_and_keeps_what_was_typed() {
    let world = fresh().await;
    let weak = send_set_up(&world, CODE, "root", "short").await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = weak.page().field("Password").error;
    assert!(error.is_some_and(|error| error.contains("A password needs at least 12 characters.")));
    let kept = (weak.page().field("Name").value, weak.page().hidden("code"));
    assert_eq!((kept.0.as_str(), kept.1.as_str()), ("root", CODE));
    let own_name = send_set_up(&world, CODE, "root-of-all", "root-of-allroot-of-all").await;
    assert!(own_name.page().field("Password").error.is_some());
    let bad_name = send_set_up(&world, CODE, "röot <b>", FIRST_PASSWORD).await;
    assert!(bad_name.page().field("Name").error.is_some() && !bad_name.body.contains("<b>"));
    let fields = [("code", CODE), ("name", "root"), ("password", FIRST_PASSWORD), ("repeat", "another sentence")];
    let differs = world.visitor().post("/set-up", &fields).await;
    assert!(differs.page().field("Password again").error.is_some());
    for answer in [weak, own_name, bad_name, differs] {
        assert!(!answer.body.contains(FIRST_PASSWORD), "no password comes back");
    }
    // None of this used the code up.
    assert_eq!(send_set_up(&world, CODE, "root", FIRST_PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_code_is_kept_as_its_hash_alone() {
    let world = fresh().await;
    let hash = hash_of_code(&SecretText::new(CODE.to_owned()).unwrap());
    assert!(world.database_holds(&hash).await);
    assert!(!world.database_holds(CODE).await);
    send_set_up(&world, CODE, "root", FIRST_PASSWORD).await;
    assert!(!world.database_holds(FIRST_PASSWORD).await);
    assert_eq!(world.count_all("set_up").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_code_nobody_is_made() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    for code in ["", "x", CODE] {
        let answer = send_set_up(&world, code, "root", FIRST_PASSWORD).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{code:?}");
    }
    assert_eq!(world.count_all("identities").await, 0);
}
