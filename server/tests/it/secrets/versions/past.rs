//! A folder at a point in time: previewed without a value, restored in one transaction.

use crate::support::world::{Answer, Client, World};
use app::ui::time::rfc3339_exact;
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use server::secrets::details::deletion::Deletions;

pub(super) const PAGE: &str = "/secrets/past";

/// Adds a secret, and returns its id.
pub(super) async fn add(world: &World, client: &mut Client, environment: &str, name: &str, value: &str) -> String {
    let fields = [("environment", environment), ("name", name), ("value", value)];
    assert_eq!(client.post("/secrets/add", &fields).await.status, StatusCode::SEE_OTHER, "{name}");
    world.secret_where(&format!("s.environment = '{environment}' and s.name = '{name}'")).await
}

pub(super) async fn rotate(client: &mut Client, id: &str, value: &str, why: &str) {
    let fields = [("action", "rotate"), ("value", value), ("why", why)];
    assert_eq!(client.post(&format!("/secrets/{id}"), &fields).await.status, StatusCode::SEE_OTHER);
}

/// The time of now, as the page's form takes it.
pub(super) fn now(world: &World) -> String {
    rfc3339_exact(world.clock.now())
}

pub(super) async fn preview(client: &mut Client, environment: &str, folder: &str, at: &str) -> Answer {
    let at = at.replace(':', "%3A");
    client.get(&format!("{PAGE}?environment={environment}&folder={folder}&at={at}")).await
}

/// The fields of the form that a preview shows.
pub(super) fn form(page: &str) -> Vec<(&'static str, String)> {
    let form = page.split("value=\"restore-folder\"").next().and_then(|before| before.rsplit("<form").next());
    let form = form.expect("a form");
    let hidden = ["environment", "folder", "at", "seen", "form"].map(|name| {
        let field = form.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
        (name, field.split('"').next().expect("a value").to_owned())
    });
    [("action", "restore-folder".to_owned()), ("why", "a bad release".to_owned())].into_iter().chain(hidden).collect()
}

pub(super) async fn send(client: &mut Client, form: &[(&'static str, String)]) -> Answer {
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.post(PAGE, &fields).await
}

async fn archive(client: &mut Client, id: &str) {
    let answer = client.post(&format!("/secrets/{id}/edit"), &[("action", "archive")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_restored_as_it_was_at_a_time() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut ids = Vec::new();
    for (name, value) in
        [("then/one", "one-old"), ("then/two", "two-old"), ("then/three", "three-old"), ("then/same", "same-old")]
    {
        ids.push(add(&world, &mut omar, "dev", name, value).await);
    }
    let at = now(&world);
    rotate(&mut omar, &ids[0], "one-new", "moved to another host").await;
    archive(&mut omar, &ids[1]).await;
    let rename = [("action", "rename"), ("name", "elsewhere/three")];
    assert_eq!(omar.post(&format!("/secrets/{}", ids[2]), &rename).await.status, StatusCode::SEE_OTHER);
    rotate(&mut omar, &ids[2], "three-new", "").await;
    ids.push(add(&world, &mut omar, "dev", "then/new", "new-value").await);
    world.forbid("secret.reveal").await;
    let page = preview(&mut omar, "dev", "then", &at).await.body;
    for said in [
        "3 secrets would be restored: all of them, or none.",
        "Gets the value of version 1, as version 3.",
        "moved to another host",
        "Archived since. Is brought back.",
        "<code>elsewhere/three</code>",
        "<code>then/three</code>",
        "Keeps its present name.",
        "Added since. Stays as it is.",
        "Unchanged.",
        "Restore 3 secrets",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for value in ["one-old", "one-new", "three-old", "new-value"] {
        assert!(!page.contains(value), "no value is shown");
    }
    let form = form(&page);
    let restored = send(&mut omar, &form).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
    let values = ["one-old", "two-old", "three-old", "same-old", "new-value"];
    for (id, value) in ids.iter().zip(values) {
        assert_eq!(world.value_of(id).await, value);
        assert_eq!(omar.get(&format!("/secrets/{id}/versions")).await.status, StatusCode::OK);
    }
    assert_eq!(world.archived_secrets().count().await, 0);
    assert_eq!(world.secret_name(&ids[2]).await, "elsewhere/three", "names stay");
    assert_eq!(world.records().of("secret.restore_folder").allowed().count().await, 1);
    let said = world.records().of("secret.restore").allowed().each("parameters").await;
    assert_eq!(said, ["version=1&why=a%20bad%20release", "version=1&why=a%20bad%20release"]);
    assert_eq!(world.records().of("secret.bring_back").allowed().with("outcome", "done").count().await, 1);
    assert_eq!(world.records().of("secret.reveal").count().await, 0);
    let versions = omar.get(&format!("/secrets/{}/versions", ids[0])).await.body;
    assert!(versions.contains("Restored from version 1: a bad release"), "{versions}");
    // Sent twice, it does its work once.
    let again = send(&mut omar, &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("This form was already sent"), "{}", again.body);
    assert_eq!(world.highest_version().await, 3);
    let page = preview(&mut omar, "dev", "then", &at).await.body;
    assert!(page.contains("Nothing here would change.") && !page.contains("restore-folder"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_changed_since_its_preview_is_not_restored() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let one = add(&world, &mut omar, "dev", "then/one", "one-old").await;
    let two = add(&world, &mut omar, "dev", "then/two", "two-old").await;
    let at = now(&world);
    rotate(&mut omar, &one, "one-new", "").await;
    let form = form(&preview(&mut omar, "dev", "then", &at).await.body);
    // One that was unchanged when the page was opened counts too.
    rotate(&mut omar, &two, "two-new", "somebody else wrote").await;
    let form: Vec<_> = form.into_iter().collect();
    let mut page = PAGE.to_owned();
    page.push_str(&format!("?environment=dev&folder=then&at={}", at.replace(':', "%3A")));
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let stale = omar.post(&page, &fields).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.body.contains("Something here was changed after you opened the page."), "{}", stale.body);
    assert!(stale.body.contains("somebody else wrote") && stale.body.contains("Restore 2 secrets"), "{}", stale.body);
    assert_eq!((world.value_of(&one).await, world.value_of(&two).await), ("one-new".to_owned(), "two-new".to_owned()));
    assert_eq!(world.records().of("secret.restore").count().await, 0);
    let done = world.records().of("secret.restore_folder").with("outcome", "invalid").count().await;
    assert_eq!(done, 1, "the attempt is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_restored_by_hand_counts_as_unchanged() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let one = add(&world, &mut omar, "dev", "then/one", "one-old").await;
    let at = now(&world);
    rotate(&mut omar, &one, "one-new", "").await;
    let restore = [("action", "restore"), ("version", "1")];
    assert_eq!(omar.post(&format!("/secrets/{one}/versions"), &restore).await.status, StatusCode::SEE_OTHER);
    let page = preview(&mut omar, "dev", "then", &at).await.body;
    assert!(page.contains("Unchanged.") && page.contains("Nothing here would change."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_secret_is_named_to_overseers_alone() {
    let world = World::new().await;
    let (mut omar, mut petra) = (world.sign_in("omar").await, world.sign_in("petra").await);
    let gone = add(&world, &mut omar, "dev", "then/gone", "gone-old").await;
    let at = now(&world);
    let late = add(&world, &mut omar, "dev", "then/late", "late").await;
    for (id, name) in [(&gone, "then/gone"), (&late, "then/late")] {
        archive(&mut omar, id).await;
        let delete = [("action", "delete"), ("typed", name)];
        assert_eq!(omar.post(&format!("/secrets/{id}/edit"), &delete).await.status, StatusCode::SEE_OTHER);
    }
    world.clock.advance(TimeSpan::hours(24 * 31));
    Deletions::of(&world.backend).once(world.clock.now()).await.expect("it sweeps");
    let (mut omar, mut petra_later) = (world.sign_in("omar").await, world.sign_in("petra").await);
    let page = preview(&mut petra_later, "dev", "then", &at).await.body;
    assert!(page.contains("Deleted since") && page.contains("then/gone"), "{page}");
    assert!(!page.contains("then/late"), "it did not exist then");
    assert!(!preview(&mut omar, "dev", "then", &at).await.body.contains("then/gone"));
    assert!(!preview(&mut petra_later, "dev", "other", &at).await.body.contains("then/gone"));
    assert_eq!(petra.get("/secrets").await.status, StatusCode::SEE_OTHER, "its session is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_alone_is_shown_until_a_folder_is_chosen() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let list = omar.get("/secrets?environment=dev&folder=billing").await.body;
    assert!(list.contains("href=\"/secrets/past?environment=dev&amp;folder=billing\""), "{list}");
    let page = omar.get("/secrets/past?environment=dev&folder=billing").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("A day ago") && !page.body.contains("Secrets then and now"), "{}", page.body);
    for query in ["at=x", "at=2026-13-01", "folder=..", "folder=a%2F%2Fb", "environment=DEV%20", "environment=%00"] {
        let answer = omar.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let later = omar.get(&format!("{PAGE}?environment=dev&folder=billing&at=2999-01-01")).await.body;
    assert!(later.contains("still to come") && !later.contains("restore-folder"), "{later}");
}
