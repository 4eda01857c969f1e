//! The manifest says what decides: take a permission away and its doors close; whoever is signed in opens the rest.

use crate::gates::samples::sample;
use crate::support::world::World;
use app::console::Console;
use app::page::{Entrance, RouteInfo, Site};
use axum::http::StatusCode;
use std::collections::BTreeSet;

/// Addresses that are not made with the framework of pages. They have tests of their own.
const BESIDE: [&str; 2] = [app::sessions::live::ADDRESS, app::sign_in::challenge::ADDRESS];

/// Every address of the table.
fn doors() -> Vec<RouteInfo> {
    app::routes::manifest().into_iter().filter(|door| !BESIDE.contains(&door.address)).collect()
}

/// A world in which ada may open every address. No demo role may.
async fn world() -> World {
    let world = World::new().await;
    world.give_role("ada", "auditor").await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_leads_to_the_page_of_its_type() {
    let world = world().await;
    let mut ada = world.sign_in("ada").await;
    for RouteInfo { address, .. } in doors() {
        let href = sample(&world, address).await.opens;
        let expected = match address {
            // Set-up closes once there is somebody, and a person who is signed in need not sign in.
            "/set-up" => StatusCode::NOT_FOUND,
            "/sign-in" => StatusCode::SEE_OTHER,
            _ => StatusCode::OK,
        };
        assert_eq!(ada.get(&href).await.status, expected, "{address}: {href}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permission_in_the_manifest_is_the_one_that_decides() {
    let world = world().await;
    let (mut noor, mut ada) = (world.sign_in("noor").await, world.sign_in("ada").await);
    for door in doors().into_iter().filter(|door| door.entrance == Entrance::Guarded) {
        let permissions: Vec<_> = door.loaders.iter().filter_map(|ask| ask.permission).collect();
        if permissions.is_empty() {
            let href = sample(&world, door.address).await.opens;
            assert_eq!(noor.get(&href).await.status, StatusCode::OK, "{href}: being signed in is enough");
        }
        for permission in permissions {
            let href = sample(&world, door.address).await.opens;
            assert_eq!(ada.get(&href).await.status, StatusCode::OK, "{href}");
            let held = || world.table("role_permissions").with("permission", permission);
            let rows = held().each_of(&["role", "environment"]).await;
            held().remove().await;
            let status = ada.get(&href).await.status;
            assert!(
                matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{href} without {permission}: {status}"
            );
            for (role, environment) in rows.iter().filter_map(|row| row.split_once(' ')) {
                world.permit(role, permission, environment).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_islands_of_a_page_are_those_that_the_manifest_names() {
    let world = world().await;
    let mut omar = world.sign_in("omar").await;
    for door in doors() {
        let page = omar.get(&sample(&world, door.address).await.opens).await.body;
        for component in page.split("data-component=\"").skip(1) {
            let name = component.split(['_', '"']).next().unwrap_or_default();
            // A refusal keeps the frame of a person who is signed in.
            let is_of_frame = Console::FRAME_ISLANDS.contains(&name);
            assert!(is_of_frame || door.islands.contains(&name), "{} has the island {name}", door.address);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_page_lists_every_server_function() {
    let named: BTreeSet<&str> = app::routes::functions().into_iter().map(|(address, _)| address).collect();
    assert_eq!(named, leptos::server_fn::axum::server_fn_paths().map(|(address, _)| address).collect());
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let page = ada.get("/access/routes").await.page();
    for address in named {
        assert!(page.shows(address), "{address}: {page}");
    }
    let cells: Vec<_> = page.rows().into_iter().flat_map(|row| row.cells).map(|(_, text)| text).collect();
    for word in ["server function", "download"] {
        assert!(cells.iter().any(|cell| cell == word), "in the command's own words");
    }
}
