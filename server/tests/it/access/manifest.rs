//! The manifest says what decides: take a permission away and its doors close; whoever is signed in opens the rest.

use crate::support::world::World;
use app::access::overview::Overview;
use app::access::route_list::RouteList;
use app::account::inbox::Inbox;
use app::account::methods::Methods;
use app::account::settings::Settings;
use app::console::Console;
use app::identities::reset_methods::ResetMethods;
use app::ledger::charts::LedgerCharts;
use app::ledger::export::{LedgerCsv, LedgerNdJson};
use app::ledger::list::Ledger;
use app::ledger::record::Record;
use app::ledger::search::Search;
use app::ledger::tail::LedgerTail;
use app::page::Site;
use app::page::{Address, Entrance, RouteInfo};
use app::secrets::access::SecretAccess;
use app::secrets::export::{SecretsCsv, SecretsNdJson};
use app::secrets::filter::Filter;
use app::secrets::history::SecretHistoryNdJson;
use app::secrets::list::Secrets;
use app::secrets::secret::Secret;
use app::sessions::all::AllSessions;
use app::sessions::end::EndSessions;
use app::sessions::own::OwnSessions;
use app::sessions::revocation::Revocation;
use app::sessions::scope::Scope;
use app::sign_in::confirm::Confirm;
use app::sign_in::page::SignIn;
use app::sign_in::set_up::SetUp;
use app::sign_in::sign_out::SignOut;
use app::sign_in::signed_out::SignedOut;
use axum::http::StatusCode;
use doorward::{LocalPath, RecordId, RevocationId, SecretId};
use server::sessions::cli::end as end_sessions;
use std::collections::BTreeSet;

/// One address of each type, written by itself.
fn written([id, revocation, record]: [&str; 3]) -> Vec<(&'static str, String)> {
    let id = SecretId::parse(id).expect("an id");
    let revocation = RevocationId::parse(revocation).expect("an id");
    let record = RecordId::parse(record).expect("an id");
    use app::page::Routed;
    fn line<P: Address>(page: P) -> (&'static str, String) {
        (<P as Routed>::PATTERN, page.href())
    }
    let next = LocalPath::home();
    vec![
        line(Overview::default()),
        line(Secrets::default()),
        line(Secret { id }),
        line(SecretAccess { id }),
        line(RouteList),
        line(Settings),
        line(Methods),
        line(ResetMethods::default()),
        line(Confirm { next: next.clone(), held_up: None }),
        line(SignOut),
        line(SignIn::to(next)),
        line(SignedOut::plainly()),
        line(AllSessions::default()),
        line(Ledger::default()),
        line(LedgerCharts::default()),
        line(LedgerTail { search: Search::default(), after: None }),
        line(LedgerCsv { search: Search::default() }),
        line(LedgerNdJson { search: Search::default() }),
        line(Record { id: record }),
        line(EndSessions::default()),
        line(Revocation { id: revocation }),
        line(OwnSessions),
        line(Inbox),
        line(SetUp { code: String::new() }),
        line(SecretsCsv { filter: Filter::default() }),
        line(SecretsNdJson { filter: Filter::default() }),
        line(SecretHistoryNdJson { id }),
    ]
}

/// Addresses that are not made with the framework of pages. They have tests of their own.
const BESIDE: [&str; 2] = [app::sessions::live::ADDRESS, app::sign_in::challenge::ADDRESS];

/// Every address of the table.
fn doors() -> Vec<RouteInfo> {
    app::routes::manifest().into_iter().filter(|door| !BESIDE.contains(&door.address)).collect()
}

/// A secret, a revocation of nobody's sessions, and a record; and somebody who may open every address: no demo role does.
async fn ids(world: &World) -> [String; 3] {
    world
        .execute("insert into identity_roles (identity, role) select id, 'auditor' from identities where name = 'ada'")
        .await;
    let revocation = end_sessions(&world.backend, &Scope::Identity("nobody".to_owned())).await.expect("it is noted");
    let record = world.texts("select max(id) from audit").await.remove(0);
    [world.omars_secret("dev").await, revocation.to_string(), record]
}

fn texts(ids: &[String; 3]) -> [&str; 3] {
    [&ids[0], &ids[1], &ids[2]]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_leads_to_the_page_of_its_type() {
    let world = World::new().await;
    let written = written(texts(&ids(&world).await));
    let mut ada = world.sign_in("ada").await;
    let known: BTreeSet<&str> = doors().iter().map(|door| door.address).collect();
    assert_eq!(written.iter().map(|line| line.0).collect::<BTreeSet<_>>(), known, "every address is listed here");
    for (pattern, href) in written {
        let expected = match pattern {
            // Set-up closes once there is somebody, and whoever is signed in need not sign in.
            "/set-up" => StatusCode::NOT_FOUND,
            "/sign-in" => StatusCode::SEE_OTHER,
            _ => StatusCode::OK,
        };
        assert_eq!(ada.get(&href).await.status, expected, "{pattern}: {href}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_in_the_manifest_is_the_one_that_decides() {
    let world = World::new().await;
    let written = written(texts(&ids(&world).await));
    for door in doors().into_iter().filter(|door| door.entrance == Entrance::Guarded) {
        let href = &written.iter().find(|line| line.0 == door.address).expect("it is written").1;
        let permissions: Vec<_> = door.loaders.iter().filter_map(|ask| ask.permission).collect();
        if permissions.is_empty() {
            let noor = world.sign_in("noor").await.get(href).await;
            assert_eq!(noor.status, StatusCode::OK, "{href}: being signed in is enough");
        }
        for permission in permissions {
            let world = World::new().await;
            let ids = ids(&world).await;
            let href = &self::written(texts(&ids)).into_iter().find(|line| line.0 == door.address).expect("it").1;
            let mut ada = world.sign_in("ada").await;
            assert_eq!(ada.get(href).await.status, StatusCode::OK, "{href}");
            let gone = format!("delete from role_permissions where permission = '{permission}'");
            sqlx::query(sqlx::AssertSqlSafe(gone)).execute(&world.rows).await.expect("it is taken away");
            let status = ada.get(href).await.status;
            assert!(
                matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{href} without {permission}: {status}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_islands_of_a_page_are_those_that_the_manifest_names() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    for (pattern, href) in written(texts(&ids(&world).await)) {
        let door = app::routes::manifest().into_iter().find(|door| door.address == pattern).expect("a door");
        let page = omar.get(&href).await.body;
        for component in page.split("data-component=\"").skip(1) {
            let name = component.split(['_', '"']).next().unwrap_or_default();
            // A refusal keeps the frame of whoever is signed in.
            let is_of_frame = Console::FRAME_ISLANDS.contains(&name);
            assert!(is_of_frame || door.islands.contains(&name), "{pattern} has the island {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_page_lists_every_server_function() {
    let named: BTreeSet<&str> = app::routes::functions().into_iter().map(|(address, _)| address).collect();
    assert_eq!(named, leptos::server_fn::axum::server_fn_paths().map(|(address, _)| address).collect());
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let page = ada.get("/access/routes").await.body;
    for address in named {
        assert!(page.contains(address), "{address}: {page}");
    }
    assert!(page.contains(">server function<") && page.contains(">download<"), "in the command's own words");
}
