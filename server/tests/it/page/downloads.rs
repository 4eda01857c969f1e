//! Files: the rows that the page would show, under a name that says what they are, batch by batch.

use crate::support::world::{Answer, World};
use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode};
use doorward::TimeSpan;
use futures::StreamExt;

fn names(file: &Answer) -> Vec<&str> {
    file.body.lines().skip(1).filter_map(|line| line.split(',').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_exactly_the_rows_of_the_list() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for filter in ["", "?environment=dev", "?name=key&environment=production", "?name=no-such-name"] {
        let file = omar.get(&format!("/secrets.csv{filter}")).await;
        assert_eq!(file.status, StatusCode::OK, "{filter}");
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
        let mut listed = Vec::new();
        for number in 1..=5 {
            let separator = if filter.is_empty() { '?' } else { '&' };
            let page = omar.get(&format!("/secrets{filter}{separator}page={number}")).await.page();
            listed.extend(page.rows().into_iter().filter_map(|row| row.page.codes().into_iter().next()));
        }
        assert_eq!(names(&file), listed, "{filter}");
        assert!(!file.body.contains("secret."), "no permission and no value");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_what_it_is_by_its_name() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let named = |answer: &Answer| answer.header("content-disposition").to_owned();
    let dev = omar.get("/secrets.csv?environment=dev").await;
    assert!(named(&dev).starts_with("attachment; filename=\"secrets-dev-2"), "{}", named(&dev));
    assert!(named(&dev).ends_with(".csv\""));
    let lines = omar.get("/secrets.ndjson").await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    for line in lines.body.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert!(row["name"].is_string() && row["id"].is_string());
    }
    let bad = omar.get("/secrets.csv?environment=No%20such").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!bad.headers.contains_key("content-disposition"));
}

/// Three batches of secrets.
async fn many_secrets(world: &World, owner: &str) {
    for number in 0..1200 {
        let id = format!("01zz{number:022}");
        let add = format!(
            "insert into secrets (id, environment, name, owner, version, created_at, updated_at) \
             values ('{id}', 'dev', 'many/{number:04}', '{owner}', 1, 1, 1)"
        );
        sqlx::query(sqlx::AssertSqlSafe(add)).execute(&world.rows).await.expect("a row");
    }
}

/// A file of many rows is sent in batches.
/// Memory stays bounded by batches, and each of them is decided when it is due.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_breaks_off_when_its_session_ends() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let owner = &world.identity("omar").await;
    many_secrets(&world, owner).await;
    let whole = omar.get("/secrets.csv?name=many").await;
    assert_eq!(names(&whole).len(), 1200);
    assert_eq!(world.records().of("secret.export").ordered("at").each("entry").await, ["page", "stream", "stream"]);

    let request = omar.request(Method::GET, "/secrets.csv?name=many").body(Body::empty()).unwrap();
    let mut body = omar.open(request).await.into_body().into_data_stream();
    let first = body.next().await.expect("a batch").expect("bytes");
    assert_eq!(String::from_utf8_lossy(&first).lines().count(), 501);
    omar.post("/sign-out", &[]).await;
    let rest = to_bytes(Body::from_stream(body), 1024 * 1024).await;
    assert!(rest.is_err(), "nobody takes it for a whole file");
}

/// G47: a file that takes longer than a handle lives, while its owner goes on in another tab.
#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_after_a_renewal_in_another_tab() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    many_secrets(&world, &world.identity("omar").await).await;
    let request = omar.request(Method::GET, "/secrets.csv?name=many").body(Body::empty()).unwrap();
    let mut body = omar.open(request).await.into_body().into_data_stream();
    body.next().await.expect("a batch").expect("bytes");
    world.clock.advance(TimeSpan::minutes(16));
    for _ in 0..2 {
        assert_eq!(omar.get("/settings").await.status, StatusCode::OK);
    }
    assert_eq!(
        world.table("handles").having("retired_at").count().await,
        1,
        "the file began with a handle that is replaced now"
    );
    world.clock.advance(TimeSpan::seconds(37));
    let rest = to_bytes(Body::from_stream(body), 1024 * 1024).await.expect("the whole file");
    assert_eq!(String::from_utf8_lossy(&rest).lines().count(), 700);
    assert_eq!(world.count_all("incidents").await, 0);
    assert_eq!(omar.get("/settings").await.status, StatusCode::OK);
}
