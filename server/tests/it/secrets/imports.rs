//! Imports in the console: a preview of names, then all of it or nothing.

use crate::support::page::Page;
use crate::support::world::{Answer, Client, World};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::{Clock, TimeSpan};
use server::sessions::{endings::Endings, sweep};

const ADDRESS: &str = "/secrets/import";
const VALUE: &str = "a-value-that-is-imported";

async fn preview(client: &mut Client, environment: &str, existing: &str, text: &str) -> Answer {
    let fields = [("action", "preview"), ("environment", environment), ("existing", existing), ("text", text)];
    client.post(ADDRESS, &fields).await
}

/// The id that a preview's form carries.
fn id(preview: &Answer) -> String {
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    preview.page().hidden("import")
}

async fn apply(client: &mut Client, environment: &str, id: &str) -> Answer {
    client.post(ADDRESS, &[("action", "import"), ("environment", environment), ("import", id)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_previewed_and_applied_whole() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let own = world.omars_secret("dev").await;
    let name = world.secret_name(&own).await;
    let text = format!("# a file\r\nNEW/one={VALUE}\r\n{name}=changed-{VALUE}\r\nEMPTY=\r\n");
    let shown = preview(&mut omar, "dev", "rotate", &text).await;
    for words in ["New secret", "New version", "Has no value; left out", "Import 2 into dev"] {
        assert!(shown.page().shows(words), "{words}: {}", shown.body);
    }
    assert!(!shown.body.contains(VALUE), "no value is shown");
    assert!(!world.database_holds(VALUE).await, "nor kept in the clear");
    assert_eq!(world.count_all("secrets").await, 200, "nothing happens before the confirmation");
    let id = id(&shown);
    assert_eq!(apply(&mut omar, "dev", &id).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&own).await, format!("changed-{VALUE}"));
    let added = world.secrets().with("name", "NEW/one").first().await;
    assert_eq!(world.value_of(&added).await, VALUE);
    assert_eq!(world.records().of("secret.import").with("resource", format!("secret:{own}")).count().await, 1);
    assert_eq!(world.records().of("secret.import").with("resource", format!("secret:{added}")).count().await, 1);
    assert_eq!(world.count_all("pending_import_entries").await, 0);
    assert_eq!(apply(&mut omar, "dev", &id).await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
    assert_eq!(world.highest_version().await, 2);
}

/// A preview counts in its own session, for its own environment, and for ten minutes.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_of_use_to_its_own_session_alone() {
    let world = World::new().await;
    let (mut omar, mut elsewhere) = (world.sign_in("omar").await, world.sign_in("omar").await);
    let mut ada = world.sign_in("ada").await;
    let first = id(&preview(&mut omar, "dev", "skip", "FIRST=1").await);
    let second = id(&preview(&mut omar, "dev", "skip", &format!("SECOND={VALUE}")).await);
    for (client, environment, id) in [
        (&mut elsewhere, "dev", &second),
        (&mut ada, "dev", &second),
        (&mut omar.clone(), "staging", &second),
        (&mut omar.clone(), "dev", &first),
    ] {
        assert_eq!(apply(client, environment, id).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{environment}");
    }
    world.clock.advance(TimeSpan::minutes(10));
    assert_eq!(apply(&mut omar, "dev", &second).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let backend = &world.backend;
    let endings = Endings::new(&backend.ledger, &backend.random);
    sweep::once(&backend.database, &endings, world.clock.now()).await.expect("it sweeps");
    assert_eq!(world.count_all("pending_imports").await + world.count_all("pending_import_entries").await, 0);
    assert_eq!(world.count_all("secrets").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_imports_nothing_at_all() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let adas = world.secrets().with("environment", "dev").whose("owner", "ada").ungranted().first().await;
    let name = world.secret_name(&adas).await;
    let before = world.value_of(&adas).await;
    let text = format!("NEW=1\n{name}={VALUE}\n");
    let shown = preview(&mut omar, "dev", "rotate", &text).await;
    assert!(shown.page().shows("1 name is a conflict") && !shown.page().offers("import"), "{}", shown.body);
    let refused = apply(&mut omar, "dev", &id(&shown)).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("Nothing was imported"));
    assert_eq!((world.value_of(&adas).await, world.count_all("secrets").await), (before.clone(), 200));
    // Somebody adds the name between preview and confirmation: it is kept, or nothing is imported.
    let shown = preview(&mut omar, "dev", "rotate", "LATER=1").await;
    let taken = [("environment", "dev"), ("name", "LATER"), ("value", "first")];
    world.sign_in("ada").await.post("/secrets/add", &taken).await;
    assert_eq!(apply(&mut omar, "dev", &id(&shown)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.records().of("secret.import").with("outcome", "done").count().await, 0);
    // Secrets that exist can be left alone.
    let shown = preview(&mut omar, "dev", "skip", &text).await;
    assert!(shown.page().shows("Exists; keeps its value"), "{}", shown.body);
    assert_eq!(apply(&mut omar, "dev", &id(&shown)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&adas).await, before);
}

/// Whether a guess of a value is right is told to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_does_not_tell_whether_a_value_is_the_same() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let own = world.omars_secret("dev").await;
    let (name, value) = (world.secret_name(&own).await, world.value_of(&own).await);
    let right = preview(&mut omar, "dev", "rotate", &format!("{name}='{value}'")).await.page();
    let wrong = preview(&mut omar, "dev", "rotate", &format!("{name}='{}'", "x".repeat(value.len()))).await.page();
    let table = |page: &Page| page.table("What the import would do").texts().concat().join(", ");
    assert_eq!(table(&right), table(&wrong));
    assert!(table(&right).contains("New version"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_only_where_a_role_allows_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for environment in ["production", "nowhere", "", "*"] {
        let refused = preview(&mut omar, environment, "skip", &format!("A={VALUE}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{environment}");
        assert!(!refused.body.contains(VALUE), "a value is not sent back");
    }
    for who in ["noor", "vera", "petra", "quinn"] {
        let mut other = world.sign_in(who).await;
        assert_eq!(other.get(ADDRESS).await.status, StatusCode::FORBIDDEN, "{who}");
        assert_eq!(preview(&mut other, "dev", "skip", "A=1").await.status, StatusCode::FORBIDDEN, "{who}");
    }
    let mut ada = world.sign_in("ada").await;
    world.clock.advance(TimeSpan::minutes(6));
    assert!(preview(&mut ada, "production", "skip", "A=1").await.location().starts_with("/confirm"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_whole_imports_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let many: String = (0..1001).map(|number| format!("N{number}=1\n")).collect();
    let long = format!("A={}", "x".repeat(65_537));
    for (text, reason) in [
        (format!("A=1\nA={VALUE}"), "Line 2: A stands already on line 1"),
        (format!("A={VALUE}\n../b={VALUE}"), "Line 2: a name begins with"),
        (format!("A={VALUE}\n\u{430}={VALUE}"), "Line 2: a name begins with"),
        (format!("A={VALUE}\0"), "may not contain a NUL byte"),
        (format!("A='{VALUE}"), "single quote is never closed"),
        (format!("{{\"A\": {{\"B\": \"{VALUE}\"}}}}"), "A is an object"),
        (format!("[{{\"key\": \"A b\", \"value\": \"{VALUE}\"}}]"), "Line 1: "),
        ("A=\n".to_owned(), "There is no name with a value"),
        (many, "more than 1,000 names"),
        (long, "at most 65,536 bytes"),
        ("   ".to_owned(), "Choose a file or paste its text"),
    ] {
        let refused = preview(&mut omar, "dev", "rotate", &text).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        assert!(refused.page().shows(reason), "{reason}: {}", refused.body);
        assert!(!refused.body.contains(VALUE), "{reason}");
    }
    let too_large = preview(&mut omar, "dev", "skip", &"A".repeat(300 * 1024)).await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let request = omar
        .request(Method::POST, ADDRESS)
        .header(header::ORIGIN, crate::support::world::ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("action=preview&environment=dev&existing=skip&text=A%3D%FF%FE"));
    assert_eq!(omar.send(request.unwrap()).await.status, StatusCode::BAD_REQUEST, "no UTF-8");
    assert_eq!(world.count_all("pending_imports").await, 0);
    assert_eq!(world.count_all("secrets").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_vaults_print_is_imported() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for (text, name) in [
        (r#"{"request_id": "1", "data": {"data": {"FROM_BAO": "x"}, "metadata": {"version": 1}}}"#, "FROM_BAO"),
        (r#"[{"key": "FROM_INFISICAL", "value": "x", "type": "shared"}]"#, "FROM_INFISICAL"),
        (r#"{"FROM_JSON": "x"}"#, "FROM_JSON"),
    ] {
        let shown = preview(&mut omar, "staging", "skip", text).await;
        assert_eq!(apply(&mut omar, "staging", &id(&shown)).await.status, StatusCode::SEE_OTHER, "{name}");
        let added = world.secrets().with("environment", "staging").with("name", name).first().await;
        assert_eq!(world.value_of(&added).await, "x");
    }
}
