//! Versions of a value: seen by all who know of the secret, revealed one by one, restored unseen, never overwritten unseen.

mod labels;
mod past;
mod past_refused;
mod pending;
mod race;

use crate::support::world::{Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

const FIRST: &str = "the-first-value-of-all";
const SECOND: &str = "the-second-and-longer-value";

/// A secret of omar's in this environment whose versions 2 and 3 have known values.
async fn with_versions(world: &World, omar: &mut Client, environment: &str) -> String {
    world.grants().remove().await;
    let id = world.omars_secret(environment).await;
    let page = format!("/secrets/{id}");
    for (value, why) in [(FIRST, "leaked in a log"), (SECOND, "</td><script>alert(1)</script>")] {
        let fields = [("action", "rotate"), ("value", value), ("why", why)];
        assert_eq!(omar.post(&page, &fields).await.status, StatusCode::SEE_OTHER);
    }
    id
}

fn versions(id: &str) -> String {
    format!("/secrets/{id}/versions")
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_say_who_made_them_when_and_why() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_versions(&world, &mut omar, "dev").await;
    let page = omar.get(&versions(&id)).await.page();
    assert!(page.shows("leaked in a log") && page.shows("Omar Haddad"), "{page}");
    assert!(!page.source().contains("<script>alert(1)") && page.shows("</td><script>"), "a reason is text");
    assert_eq!(page.table("Versions, the newest first").row("leaked in a log").cell("Bytes"), FIRST.len().to_string());
    assert!(!page.source().contains(FIRST) && !page.source().contains(SECOND), "no value is shown unasked");
    let said = world.records().of("secret.rotate").each("parameters").await;
    assert_eq!(said[0], "why=leaked%20in%20a%20log");
    // An approver knows of every secret and may reveal none.
    let mut petra = world.sign_in("petra").await;
    let answer = petra.get(&format!("{}?left=2&right=3", versions(&id))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.page().shows("leaked in a log") && !answer.page().shows("Bytes"), "{}", answer.body);
    assert!(!answer.page().offers("reveal") && !answer.page().offers("restore"));
    assert_eq!(world.sign_in("vera").await.get(&versions(&id)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.records().of("secret.reveal").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_value_is_revealed_with_a_record_of_its_own() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_versions(&world, &mut omar, "dev").await;
    let answer = omar.post(&versions(&id), &[("action", "reveal"), ("version", "2")]).await;
    assert!(answer.page().shows(FIRST) && !answer.body.contains(SECOND), "{}", answer.body);
    assert_eq!(answer.header("content-encoding"), "");
    let both = [("action", "reveal-both"), ("left", "2"), ("right", "3")];
    let answer = omar.post(&versions(&id), &both).await;
    assert!(!answer.body.contains(FIRST), "a page that compares nothing shows nothing");
    let answer = omar.post(&format!("{}?left=2&right=3", versions(&id)), &both).await;
    assert!(answer.page().shows(FIRST) && answer.page().shows(SECOND), "{}", answer.body);
    let said = world.records().of("secret.reveal").allowed().each("parameters").await;
    assert_eq!(said, ["version=2", "version=2", "version=3", "version=2", "version=3"]);
    for (name, status) in [("petra", StatusCode::FORBIDDEN), ("vera", StatusCode::NOT_FOUND)] {
        let mut other = world.sign_in(name).await;
        for fields in [&[("action", "reveal"), ("version", "2")][..], &both] {
            let refused = other.post(&versions(&id), fields).await;
            assert_eq!(refused.status, status, "{name}");
            assert!(!refused.body.contains(FIRST) && !refused.body.contains(SECOND));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_value_of_production_needs_a_fresh_sign_in() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("production").await;
    world.clock.advance(TimeSpan::minutes(6));
    for fields in
        [&[("action", "reveal"), ("version", "1")][..], &[("action", "reveal-both"), ("left", "1"), ("right", "1")]]
    {
        let held_up = omar.post(&versions(&id), fields).await;
        assert!(held_up.status == StatusCode::SEE_OTHER && held_up.location().starts_with("/confirm"));
    }
    assert_eq!(world.records().of("secret.reveal").allowed().count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_restored_without_the_right_to_read_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_versions(&world, &mut omar, "dev").await;
    world.table("role_permissions").with("permission", "secret.reveal").remove().await;
    assert_eq!(
        omar.post(&versions(&id), &[("action", "reveal"), ("version", "2")]).await.status,
        StatusCode::FORBIDDEN
    );
    let page = omar.get(&versions(&id)).await.page();
    assert!(!page.shows("Bytes") && page.has_button("Restore version 2"), "{page}");
    let form = page.form("Restore version 2").fill("why", "it broke");
    let restored = omar.submit(&versions(&id), &form).await;
    assert_eq!(restored.location(), versions(&id));
    let page = omar.get(&versions(&id)).await.page();
    assert!(page.shows("Version 2 is restored; its value is now version 4."), "{page}");
    assert!(page.shows("Restored from version 2: it broke") && !page.source().contains(FIRST), "{page}");
    assert_eq!(world.value_of(&id).await, FIRST);
    assert_eq!(world.records().of("secret.restore").each("parameters").await, ["version=2&why=it%20broke"]);
    let again = omar.submit(&versions(&id), &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.page().shows("This form was already sent"), "{}", again.body);
    assert_eq!(world.highest_version().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_older_version_of_this_secret_is_restored() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_versions(&world, &mut omar, "dev").await;
    let other = world.omars_secret("staging").await;
    let tried = [(&id, "3"), (&id, "99"), (&id, "0"), (&id, "-1"), (&id, "x"), (&id, ""), (&other, "2"), (&other, "1")];
    for (id, version) in tried {
        let answer = omar.post(&versions(id), &[("action", "restore"), ("version", version)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{version}");
    }
    for (name, status) in [("petra", StatusCode::FORBIDDEN), ("vera", StatusCode::NOT_FOUND)] {
        let mut other = world.sign_in(name).await;
        let answer = other.post(&versions(&id), &[("action", "restore"), ("version", "2")]).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert_eq!(world.highest_version().await, 3);
    assert_eq!(world.value_of(&id).await, SECOND);
    for query in ["left=2&right=99", "left=99&right=99", "before=1"] {
        assert_eq!(omar.get(&format!("{}?{query}", versions(&id))).await.status, StatusCode::OK, "{query}");
    }
    for query in ["left=x&right=1", "before=-1", "before=99999999999999999999"] {
        let answer = omar.get(&format!("{}?{query}", versions(&id))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

/// Ada may rotate it by a grant. Both opened the page at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn two_editors_never_overwrite_each_other_unseen() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "ada", None).await;
    let page = format!("/secrets/{id}");
    let opened = ada.get(&page).await.page();
    let (rotation, renaming) = (opened.form_of("rotate"), opened.form_of("rename"));
    let (version, revision) = (rotation.value("over"), renaming.value("over"));
    let first = [("action", "rotate"), ("value", FIRST), ("over", version)];
    assert_eq!(omar.post(&page, &first).await.status, StatusCode::SEE_OTHER);
    let renamed = [("action", "rename"), ("name", "renamed/by/omar"), ("over", revision)];
    assert_eq!(omar.post(&page, &renamed).await.status, StatusCode::SEE_OTHER);

    let rotate = [("action", "rotate"), ("value", SECOND), ("over", version), ("why", "my reason")];
    let rename = [("action", "rename"), ("name", "renamed/by/ada"), ("over", revision)];
    for as_island in [false, true] {
        for (fields, kept) in [(&rotate[..], "my reason"), (&rename[..], "renamed/by/ada")] {
            let answer = match as_island {
                true => ada.post_as_island(&page, fields).await,
                false => ada.post(&page, fields).await,
            };
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.page().shows("Omar Haddad changed this secret on "), "{}", answer.body);
            assert!(answer.page().shows(kept) && !answer.body.contains(SECOND), "{}", answer.body);
        }
    }
    assert_eq!(world.value_of(&id).await, FIRST);
    assert!(world.names_of_secrets().await.contains(&"renamed/by/omar".to_owned()));
    assert_eq!(world.records().by("ada").of("secret.rename").each("outcome").await, ["invalid", "invalid"]);

    // The page that says so has a form made from what is there now.
    let now = ada.post(&page, &rotate).await.page().form_of("rotate").fill("value", SECOND);
    assert_eq!(ada.submit(&page, &now).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&id).await, SECOND);
    for odd in ["0", "-1", "x", "1 or 1=1"] {
        let answer = ada.post(&page, &[("action", "rotate"), ("value", FIRST), ("over", odd)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
    }
    let stale = [("action", "restore"), ("version", "1"), ("over", version)];
    let refused = ada.post(&versions(&id), &stale).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("Nothing was restored."));
}
