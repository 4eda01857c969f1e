//! Auditors of one environment: what they are shown of the ledger, and what not.

use crate::cli::commands::PASSWORD;
use crate::ledger::sealer::seals::{seal, signer};
use crate::ledger::tail::event;
use crate::support::page::Page;
use crate::support::world::{Client, World};
use axum::body::Body;
use axum::http::StatusCode;
use doorward::{Environment, SecretText, Within};
use server::identities::cli::add_user;
use server::ledger::search::indexer;
use std::collections::BTreeSet;

const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "production"];

/// Decisions about a secret of each environment, allowed and refused, and about nothing in particular.
async fn at_work() -> World {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    for environment in ENVIRONMENTS {
        let address = format!("/secrets/{}", world.omars_secret(environment).await);
        omar.get(&address).await;
        vera.get(&address).await;
    }
    omar.get("/secrets").await;
    vera.get("/access/sessions").await;
    world
}

/// Somebody who is an auditor in one environment.
pub async fn auditor_of(world: &World, environment: &str) -> Client {
    let within = Within::Only(Environment::parse(environment).expect("a name"));
    let password = SecretText::new(PASSWORD.to_owned()).expect("a password");
    add_user(&world.backend, "dana", "Dana", vec!["auditor".to_owned()], within, password).await.expect("she is added");
    let mut dana = world.visitor();
    assert_eq!(dana.sign_in("dana", PASSWORD).await.status, StatusCode::SEE_OTHER);
    dana
}

/// The records that a page shows, but for its own receipt.
fn shown(page: &Page) -> Vec<String> {
    let mut ids = page.records();
    ids.pop();
    ids
}

/// The records of a file.
fn taken(file: &str) -> Vec<String> {
    let lines = file.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    lines.map(|line| line["id"].as_str().expect("an id").to_owned()).collect()
}

async fn staging(world: &World) -> Vec<String> {
    world.records().with("environment", "staging").ordered("id desc").ids().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_names_its_secrets_environment_too() {
    let world = at_work().await;
    let named = "select distinct a.environment || ' ' || decision from audit a join secrets s \
         on resource = 'secret:' || s.id and a.environment = s.environment where action = 'secret.read'";
    let named = world.texts(named).await;
    for expected in ["dev allowed", "staging allowed", "staging refused", "production allowed", "production refused"] {
        assert!(named.iter().any(|it| it == expected), "{expected}: {named:?}");
    }
    assert_eq!(world.records().without("environment").like("resource", "secret:%").count().await, 0);
    assert_eq!(world.records().having("environment").unlike("resource", "secret:%").count().await, 0);
    let receipt = world.records().with("environment", "staging").by("omar").allowed().ids().await.remove(0);
    let page = world.sign_in("omar").await.get(&format!("/access/records/{receipt}")).await.page();
    assert_eq!(page.described("Environment"), "staging");
}

/// The list shows exactly the records that the auditor may open one by one.
/// G25, for records.
#[tokio::test(flavor = "multi_thread")]
async fn an_environments_auditor_is_shown_exactly_its_records() {
    let world = at_work().await;
    let mut dana = auditor_of(&world, "staging").await;
    let all = world.records().one_of("name", &["omar", "vera"]).ordered("id desc").ids().await;
    let page = dana.get("/access/ledger?routine=shown").await.page();
    assert!(page.shows("Every decision about what belongs to staging"), "the page says so");
    let listed = shown(&page);
    assert!(!listed.is_empty());
    assert_eq!(listed, staging(&world).await);
    let mut readable = Vec::new();
    for id in all {
        let status = dana.get(&format!("/access/records/{id}")).await.status;
        assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND, "{status}");
        if status == StatusCode::OK {
            readable.push(id);
        }
    }
    assert_eq!(listed, readable);
    // The same by the words of records, and for a search of something in particular.
    seal(&world, &signer()).await;
    indexer::all(&world.backend.database).await.expect("they are kept");
    assert_eq!(shown(&dana.get("/access/ledger?routine=shown").await.page()), staging(&world).await);
    let refused = shown(&dana.get("/access/ledger?who=vera&decision=refused").await.page());
    assert_eq!(refused, world.records().with("environment", "staging").by("vera").refused().ids().await);
    assert_eq!(shown(&dana.get("/access/ledger?action=secret.list").await.page()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_two_environments_reads_the_records_of_both() {
    let world = at_work().await;
    world.add_role("pair", &[("ledger.read", "dev"), ("ledger.read", "staging")]).await;
    world.give_role("noor", "pair").await;
    let expected = || world.records().one_of("environment", &["dev", "staging"]).ordered("id desc").ids();
    let mut noor = world.sign_in("noor").await;
    assert_eq!(shown(&noor.get("/access/ledger?routine=shown").await.page()), expected().await);
    seal(&world, &signer()).await;
    indexer::all(&world.backend.database).await.expect("they are kept");
    assert_eq!(shown(&noor.get("/access/ledger?routine=shown").await.page()), expected().await);
    assert_eq!(
        shown(&noor.get("/access/ledger?routine=shown&who=omar").await.page()),
        world.records().one_of("environment", &["dev", "staging"]).by("omar").ordered("id desc").ids().await
    );
    assert_eq!(
        noor.get("/access/ledger.ndjson").await.status,
        StatusCode::FORBIDDEN,
        "to take away is another permission"
    );
    world.permit("pair", "ledger.export", "dev").await;
    for query in ["environment=staging", "environment=production"] {
        let refused = noor.get(&format!("/access/ledger.csv?{query}")).await.status;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{query}: both have to be held there");
    }
    assert_eq!(
        taken(&noor.get("/access/ledger.ndjson").await.body),
        world.records().with("environment", "dev").ordered("id desc").ids().await
    );
    world.table("role_permissions").with("permission", "ledger.export").set("environment", "production").await;
    let nothing = noor.get("/access/ledger.ndjson?who=omar").await;
    assert_eq!((nothing.status, nothing.body.as_str()), (StatusCode::OK, ""), "they are held together nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_environment_is_refused_on_every_way_to_the_ledger() {
    let world = at_work().await;
    let mut dana = auditor_of(&world, "staging").await;
    for address in ["/access/ledger", "/access/ledger.csv", "/access/ledger.ndjson", "/access/ledger/tail"] {
        let refused = dana.get(&format!("{address}?environment=production")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }
    let recorded = world.records().by("dana").refused().each_of(&["action", "reason_code"]).await;
    let recorded: BTreeSet<String> = recorded.into_iter().collect();
    let expected =
        ["ledger.export", "ledger.follow", "ledger.read"].map(|action| format!("{action} other_environment"));
    assert_eq!(recorded, BTreeSet::from(expected));
    for address in ["/access/sessions", "/access/routes"] {
        assert_eq!(
            dana.get(address).await.status,
            StatusCode::FORBIDDEN,
            "{address}: no role holds it in staging alone"
        );
    }
    let list = dana.get("/secrets").await.page();
    assert!(list.shows("staging") && !list.source().contains("production-"), "of the vault they know that environment");
}

#[tokio::test(flavor = "multi_thread")]
async fn export_charts_and_tail_keep_to_the_auditors_environment() {
    let world = at_work().await;
    seal(&world, &signer()).await;
    let refused = world.records().with("environment", "staging").refused().count().await;
    let mut dana = auditor_of(&world, "staging").await;
    let charts = dana.get("/access/ledger/charts").await.page();
    assert!(
        charts.counts("Refused", refused)
            && charts.shows("Decisions in the last 24 hours about what belongs to staging")
    );
    assert_eq!(taken(&dana.get("/access/ledger.ndjson").await.body), staging(&world).await);

    let tail = dana.stream("/access/ledger/tail?routine=shown").body(Body::empty()).expect("a request");
    let mut tail = dana.open(tail).await.into_body().into_data_stream();
    let mut omar = world.sign_in("omar").await;
    let [elsewhere, here] = [world.omars_secret("production").await, world.omars_secret("staging").await];
    omar.get(&format!("/secrets/{elsewhere}")).await;
    omar.get(&format!("/secrets/{here}")).await;
    let mut seen = String::new();
    while !seen.contains(&here) {
        seen += &event(&mut tail).await.expect("the stream goes on");
    }
    assert!(!seen.contains(&elsewhere) && !seen.contains("session.begin"), "{seen}");
}
