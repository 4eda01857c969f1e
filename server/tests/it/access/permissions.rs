//! Who holds a permission, and the roles that nobody needs.

use crate::identities::groups::{add_group, member, role};
use crate::support::page::Page;
use crate::support::world::{Client, World};
use axum::http::StatusCode;

async fn unused(client: &mut Client) -> Page {
    let page = client.get("/access/permissions/unused").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.page()
}

async fn give_long_ago(world: &World, whom: &str, role: &str) {
    world.give_role(whom, role).await;
    world.table("identity_roles").whose("identity", whom).with("role", role).set("given_at", 1).await;
}

/// Whether the page has a field that is sent under this name.
fn has(page: &Page, name: &str) -> bool {
    page.fields().iter().any(|field| field.name == name)
}

async fn box_of(world: &World, whom: &str, role: &str) -> String {
    format!("take:{}:{role}@*", world.identity(whom).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_not_needed_is_found_and_taken() {
    let world = World::new().await;
    for role in ["viewer", "auditor"] {
        give_long_ago(&world, "noor", role).await;
    }
    let (mut ada, mut noor) = (world.sign_in("ada").await, world.sign_in("noor").await);
    // Both roles hold the first permission, and the auditor's alone the second.
    assert_eq!(noor.get("/secrets").await.status, StatusCode::OK);
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::OK);
    let page = unused(&mut ada).await;
    let (viewer, auditor) = (box_of(&world, "noor", "viewer").await, box_of(&world, "noor", "auditor").await);
    assert!(has(&page, &viewer) && !has(&page, &auditor), "{page}");
    let taken = ada.post("/access/permissions/unused", &[(viewer.as_str(), "yes")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    assert!(!has(&unused(&mut ada).await, &viewer));
    assert_eq!(noor.get("/access/ledger").await.status, StatusCode::OK, "nothing that was needed is gone");
    let again = ada.post("/access/permissions/unused", &[(viewer.as_str(), "yes")]).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.page().shows("is gone already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_given_lately_is_not_called_unused() {
    let world = World::new().await;
    world.table("identity_roles").with("role", "viewer").set("given_at", 1).await;
    let page = unused(&mut world.sign_in("quinn").await).await;
    assert!(page.shows("Vera Lindqvist") && !page.shows("Petra Novak"), "{page}");
    assert!(
        !page.fields().iter().any(|field| field.attribute("type") == Some("checkbox")),
        "an auditor takes nothing away"
    );
}

/// Nobody changes their own roles, and either all of a choice is taken away or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn own_and_last_roles_stay_when_several_are_taken() {
    let world = World::new().await;
    give_long_ago(&world, "noor", "viewer").await;
    let mut ada = world.sign_in("ada").await;
    let (own, noors) = (box_of(&world, "ada", "administrator").await, box_of(&world, "noor", "viewer").await);
    assert!(!has(&unused(&mut ada).await, &own));
    let refused = ada.post("/access/permissions/unused", &[(noors.as_str(), "yes"), (own.as_str(), "yes")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let gone = box_of(&world, "vera", "auditor").await;
    let refused = ada.post("/access/permissions/unused", &[(noors.as_str(), "yes"), (gone.as_str(), "yes")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.table("identity_roles").whose("identity", "noor").count().await, 1);
    for fields in [vec![], vec![("take:x", "yes")], vec![("take:x:y@*", "yes")]] {
        let refused = ada.post("/access/permissions/unused", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_a_permission_are_named_with_their_roles() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let group = add_group(&mut ada, "readers").await;
    role(&mut ada, &group, "give-role", "operator", "dev").await;
    member(&mut ada, &group, "noor", "").await;
    let page = ada.get("/access/permissions?permission=secret.rotate&within=dev").await.page();
    assert!(page.shows("operator in dev by the group readers") && page.shows("Omar Haddad"), "{page}");
    assert!(!page.shows("Vera Lindqvist"), "{page}");
    let page = ada.get("/access/permissions?permission=secret.rotate&within=production").await.page();
    assert!(page.shows("Ada Moreau") && !page.shows("Noor Rahimi") && !page.shows("Omar Haddad"), "{page}");
    let page = ada.get("/access/permissions?permission=no.such_permission").await;
    assert!(page.status == StatusCode::OK && page.page().shows("Nobody holds this permission there"));
}

/// Until a permission is chosen, the page has a row for each account and a column for each permission.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_and_every_permission_are_in_one_table() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/permissions").await.page();
    let cell = |page: &Page, name: &str, permission: &str| {
        page.table("Which account holds which permission where").row(name).cell(permission).to_owned()
    };
    assert!(cell(&page, "Omar Haddad", "secret.rotate").contains("dev, staging"), "{page}");
    assert!(cell(&page, "Omar Haddad", "secret.reveal").contains("everywhere"));
    assert!(cell(&page, "Omar Haddad", "secret.reveal").contains("not used"));
    assert_eq!(cell(&page, "Noor Rahimi", "secret.read"), "—");
    assert!(page.shows("secret.rotate: 0 used it in 90 days, 2 did not"), "{page}");
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    let production = quinn.get("/access/permissions?within=production").await.page();
    assert_eq!(cell(&production, "Omar Haddad", "secret.rotate"), "—", "not there");
    let page = quinn.get("/access/permissions").await.page();
    assert!(!cell(&page, "Omar Haddad", "secret.rotate").contains("not used"), "{page}");
    assert!(page.shows("secret.rotate: 1 used it in 90 days, 1 did not"), "{page}");
}
