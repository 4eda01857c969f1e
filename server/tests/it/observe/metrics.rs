//! Numbers for Prometheus: right, on an address of their own, and about nobody.

use crate::cli::program::{Program, Serving, get};
use crate::support::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use doorward::TimeSpan;
use server::observe::metrics::Metrics;
use sqlx::Row;
use tower::ServiceExt;

pub async fn scrape(router: &Router) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

/// The number on the line that begins so.
pub fn number(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_durable_decision_is_counted_once_by_what_it_was() {
    let world = World::new().await;
    let metrics = Metrics::new(world.backend.clone());
    let measured = metrics.measure(world.router.clone());
    let mut omar = world.visitor();
    omar.go_to(measured);
    omar.sign_in("omar", world.password("omar")).await;
    let id = world.omars_secret("dev").await;
    omar.get("/secrets").await;
    omar.get(&format!("/secrets/{id}")).await;
    omar.call_value(&id).await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "another value")]).await;
    omar.get("/secrets/00000000000000000000000000").await;
    omar.get("/sessions").await;
    omar.post("/secrets/nonsense\"}", &[("action", "rotate")]).await;
    let text = scrape(&metrics.router()).await;
    let rows = "select decision, outcome, entry, action, count(*) as many from audit \
                group by decision, outcome, entry, action";
    let rows = sqlx::query(rows).fetch_all(&world.rows).await.unwrap();
    assert!(rows.len() > 6);
    for row in &rows {
        let part = |name| row.get::<String, _>(name);
        let (decision, outcome) = (part("decision"), part("outcome"));
        let (entry, action) = (part("entry"), part("action"));
        let name = format!(
            "doorward_decisions_total{{decision=\"{decision}\",outcome=\"{outcome}\",entry=\"{entry}\",action=\"{action}\"}}"
        );
        let counted = number(&text, &name).unwrap_or_else(|| panic!("{name}: {text}"));
        assert_eq!(counted, row.get::<i64, _>("many") as f64, "{name}");
    }
    let lines = text.lines().filter(|line| line.starts_with("doorward_decisions_total")).count();
    assert_eq!(lines, rows.len(), "and nothing else: {text}");
    let refusals = "select reason_code, count(*) as many from audit where decision = 'refused' group by reason_code";
    for row in sqlx::query(refusals).fetch_all(&world.rows).await.unwrap() {
        let name = format!("doorward_refusals_total{{reason=\"{}\"}}", row.get::<String, _>("reason_code"));
        assert_eq!(number(&text, &name), Some(row.get::<i64, _>("many") as f64), "{name}: {text}");
    }
    let route = "doorward_http_request_duration_seconds_count{route=\"/secrets/{id}\",status=\"2xx\"}";
    assert!(number(&text, route).is_some_and(|count| count >= 1.0), "{text}");
    assert!(number(&text, "doorward_decision_durable_seconds_count").is_some_and(|count| count >= 5.0), "{text}");
    assert_eq!(number(&text, "doorward_ledger_queue"), Some(0.0));
    assert_eq!(number(&text, "doorward_ledger_queue_capacity"), Some(4096.0));
    assert_eq!(number(&text, "doorward_sessions"), Some(1.0));
    assert_eq!(number(&text, "doorward_streams"), Some(0.0));
    assert_eq!(number(&text, "doorward_database_up"), Some(1.0));
    let unsealed = number(&text, "doorward_ledger_unsealed_age_seconds");
    assert!(unsealed.is_some_and(|age| age > 0.0), "nothing seals here: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_not_made_is_not_counted_as_done() {
    let world = World::new().await;
    let metrics = Metrics::new(world.backend.clone());
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.take_away("secret_versions").await;
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "another value")]).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    let text = scrape(&metrics.router()).await;
    assert!(!text.contains("outcome=\"done\",entry=\"page\",action=\"secret.rotate\""), "{text}");
    assert_eq!(world.records().of("secret.rotate").with("outcome", "done").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_are_about_nobody_and_reach_nothing_else() {
    let world = World::new().await;
    let metrics = Metrics::new(world.backend.clone());
    let mut omar = world.visitor();
    omar.go_to(metrics.measure(world.router.clone()));
    omar.sign_in("omar", world.password("omar")).await;
    let id = world.omars_secret("dev").await;
    for address in [format!("/secrets/{id}"), "/canary-of-an-address?canary=query".to_owned()] {
        omar.get(&address).await;
    }
    omar.sign_in("canary-of-a-name", "canary-of-a-password").await;
    let text = scrape(&metrics.router()).await;
    let session = world.ids_of("sessions").await.remove(0);
    for hidden in ["omar", "canary", id.as_str(), &session, &omar.address.to_string()] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for address in ["/", "/sign-in", "/secrets", "/metrics/", "/healthz"] {
        let request = Request::get(address).body(Body::empty()).unwrap();
        assert_eq!(metrics.router().oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND, "{address}");
    }
}

/// The counts of rows are looked up only now and then.
#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_answers_without_the_database() {
    let world = World::new().await;
    let metrics = Metrics::new(world.backend.clone());
    let router = metrics.router();
    assert_eq!(number(&scrape(&router).await, "doorward_sessions"), Some(0.0));
    world.sign_in("omar").await;
    assert_eq!(number(&scrape(&router).await, "doorward_sessions"), Some(0.0), "the last look is kept");
    world.clock.advance(TimeSpan::seconds(15));
    assert_eq!(number(&scrape(&router).await, "doorward_sessions"), Some(1.0));
    world.backend.database.close().await;
    world.clock.advance(TimeSpan::seconds(15));
    let text = scrape(&router).await;
    assert_eq!(number(&text, "doorward_database_up"), Some(0.0));
    assert!(text.contains("doorward_decisions_total"), "{text}");
}

#[test]
fn metrics_are_served_at_their_own_address_alone() {
    let program = Program::new();
    let (server, text, address) = Serving::start(&program, &["--metrics", "127.0.0.1:0"]);
    let line = text.lines().find_map(|line| line.strip_prefix("Metrics are at http://")).expect("an address");
    let (apart, path) = line.split_once('/').expect("a path");
    assert_ne!(apart, address);
    assert!(get(&address, "/secrets").starts_with("HTTP/1.1 303"));
    let answer = get(apart, &format!("/{path}"));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("# EOF"), "{answer}");
    assert!(answer.contains("doorward_refusals_total{reason=\"no_session\"} 1"), "{answer}");
    assert!(get(&address, "/metrics").starts_with("HTTP/1.1 404"));
    assert!(get(apart, "/sign-in").starts_with("HTTP/1.1 404"));
    assert_eq!(server.stop(), Some(0));

    let (server, text, address) = Serving::start(&program, &[]);
    assert!(!text.contains("Metrics are at"), "off by default: {text}");
    assert!(get(&address, "/metrics").starts_with("HTTP/1.1 404"));
    assert_eq!(server.stop(), Some(0));
}
