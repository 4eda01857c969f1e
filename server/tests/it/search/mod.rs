//! The search finds what one may know of, at once, and nothing else.

pub mod samples;
mod unsearched;

use crate::gates::bad_input::listed;
use crate::support::world::World;
use axum::http::StatusCode;
use server::search::indexer;

/// The secrets that a search finds for somebody.
async fn found(world: &World, person: &str, text: &str) -> Vec<String> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    let answer = world.sign_in(person).await.get(&format!("/search?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{text}");
    listed(&answer)
}

async fn keep_words(world: &World) {
    indexer::all(&world.backend.database).await.expect("the words are kept");
    assert_eq!(world.table("search_stale").count().await, 0);
}

/// The words that are kept, each as often as it is.
async fn words_left(world: &World) -> (i64, i64) {
    let words = world.table("search_words").count().await;
    let texts = world.table("search_texts").each("words").await;
    (words, texts.iter().map(|text| i64::try_from(text.split(' ').count()).unwrap()).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_just_changed_is_found_at_once() {
    let world = World::new().await;
    keep_words(&world).await;
    let id = world.omars_secret("dev").await;
    let alone = [id.clone()];
    world.rename(&id, "quokka/wombat-key").await;
    world.secrets().with("id", &*id).set("description", "Feeds the numbat exporter").await;
    world.tag(&id, "bilby").await;
    world.grants().with("secret", &*id).remove().await;
    for kept in [false, true] {
        if kept {
            keep_words(&world).await;
        }
        for text in ["quokka", "WOMB", "key quok", "numbat", "bilb", "haddad wombat"] {
            assert_eq!(found(&world, "omar", text).await, alone, "{text}, kept: {kept}");
            assert_eq!(found(&world, "petra", text).await, alone, "{text}, kept: {kept}");
            assert!(found(&world, "vera", text).await.is_empty(), "{text}, kept: {kept}");
        }
        for text in ["uokka", "quokkas", "quokka lindqvist", "%", "_", "' or 1=1"] {
            assert!(found(&world, "petra", text).await.is_empty(), "{text}, kept: {kept}");
        }
    }
    world.secrets().with("id", &*id).set("name", "plain/key").await;
    for kept in [false, true] {
        if kept {
            keep_words(&world).await;
        }
        assert!(found(&world, "petra", "quokka").await.is_empty(), "kept: {kept}");
        assert_eq!(found(&world, "petra", "plain").await, alone, "kept: {kept}");
    }
    world.secrets().with("id", &*id).set("archived_at", 1).await;
    assert!(found(&world, "petra", "plain").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_owner_is_found_by_the_new_name() {
    let world = World::new().await;
    keep_words(&world).await;
    let mine = found(&world, "petra", "haddad").await.len();
    assert!(mine > 5, "{mine}");
    world.identities().with("name", "omar").set("display_name", "Omar Numbat").await;
    keep_words(&world).await;
    assert_eq!(found(&world, "petra", "numbat").await.len(), mine);
    assert!(found(&world, "petra", "haddad").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_words_that_are_gone() {
    let world = World::new().await;
    keep_words(&world).await;
    let (words, counted) = words_left(&world).await;
    assert_eq!(words, counted);
    let id = world.omars_secret("dev").await;
    world.rename(&id, "quokka/key").await;
    world.secrets().with("id", &*id).set("environment", "staging").await;
    keep_words(&world).await;
    let (words, counted) = words_left(&world).await;
    assert_eq!(words, counted);
    for part in ["grants", "secret_versions"] {
        world.table(part).with("secret", &*id).remove().await;
    }
    world.secrets().with("id", &*id).remove().await;
    keep_words(&world).await;
    let (words, counted) = words_left(&world).await;
    assert_eq!(words, counted);
    assert_eq!(world.table("search_words").with("word", "quokka").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_keep_each_word_once() {
    let world = World::new().await;
    let database = &world.backend.database;
    let (one, other) = tokio::join!(indexer::all(database), indexer::all(database));
    one.and(other).expect("both go on");
    keep_words(&world).await;
    let (words, counted) = words_left(&world).await;
    assert_eq!(words, counted);
    assert!(words > 1000, "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_only_by_who_may_list_them() {
    let world = World::new().await;
    for kept in [false, true] {
        if kept {
            keep_words(&world).await;
        }
        for (person, finds) in [("ada", true), ("quinn", true), ("petra", false), ("vera", false), ("noor", false)] {
            let answer = world.sign_in(person).await.get("/search?q=lindq").await;
            assert_eq!(
                answer.page().rows().iter().any(|row| row.page.shows("Vera Lindqvist")),
                finds,
                "{person}, kept: {kept}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_hold_only_what_may_be_known_of() {
    let world = World::new().await;
    let id = world.omars_secret("staging").await;
    world.secrets().with("id", &*id).set("name", "quokka/wombat-key").await;
    world.grants().with("secret", &*id).remove().await;
    for (person, finds) in [("omar", true), ("petra", true), ("vera", false), ("noor", false)] {
        let mut client = world.sign_in(person).await;
        let answer = client.call("/api/search", "womb").await;
        assert_eq!(answer.status, StatusCode::OK, "{person}");
        assert_eq!(answer.body.contains("quokka/wombat-key"), finds, "{person}");
        assert_eq!(answer.body.contains(&id), finds, "{person}");
        // Nobody is offered a page that is closed to them.
        let pages = client.call("/api/search", "ledger").await.body;
        assert!(!pages.contains("/access/ledger"), "{person}");
    }
    let answer = world.visitor().call("/api/search", "womb").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_searched_for_is_in_no_record() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    assert_eq!(vera.call("/api/search", "hunter2-pasted").await.status, StatusCode::OK);
    assert_eq!(vera.get("/search?q=hunter2-pasted").await.status, StatusCode::OK);
    assert_eq!(world.records().of("search.ask").count().await, 2);
    assert!(!world.database_holds("hunter2").await);
}
