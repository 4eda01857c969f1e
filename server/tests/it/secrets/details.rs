//! Descriptions, tags and owners: text stays text, nobody overwrites a change unseen, nobody makes themselves the owner.

use crate::support::world::{Client, World};
use axum::http::StatusCode;

fn edit(id: &str) -> String {
    format!("/secrets/{id}/edit")
}

fn said<'a>(description: &'a str, tags: &'a str, over: &'a str) -> [(&'a str, &'a str); 4] {
    [("action", "save"), ("description", description), ("tags", tags), ("over", over)]
}

/// The revision that the form for the description was made from.
pub async fn revision(client: &mut Client, id: &str) -> String {
    client.get(&edit(id)).await.page().form_of("save").value("over").to_owned()
}

async fn save(client: &mut Client, id: &str, description: &str, tags: &str) -> StatusCode {
    let over = revision(client, id).await;
    client.post(&edit(id), &said(description, tags, &over)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_about_a_secret_stays_text() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let text = "\n</textarea><script>alert(1)</script>\r\n& \"second\" line";
    assert_eq!(save(&mut omar, &id, text, "PCI, Größe pci").await, StatusCode::SEE_OTHER);
    for address in [edit(&id), format!("/secrets/{id}"), format!("/secrets/{id}/versions"), "/secrets".to_owned()] {
        let page = omar.get(&address).await.body;
        assert!(!page.contains("<script>alert") && !page.contains("</textarea><script"), "{address}: {page}");
    }
    let shown = omar.get(&edit(&id)).await.page().field("Description").value;
    assert_eq!(shown, "</textarea><script>alert(1)</script>\n& \"second\" line");
    let page = omar.get(&format!("/secrets/{id}")).await.page();
    assert!(page.shows("</textarea>") && page.shows("pci") && page.shows("größe"), "{page}");
    assert_eq!(world.records().of("secret.edit").each("parameters").await, ["description=52&tags=2"]);
    let found = omar.get("/secrets?tag=gr%C3%B6%C3%9Fe").await.page();
    assert!(found.links_to(&format!("/secrets/{id}")) && found.shows("1–1 of 1"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptions_and_tags_out_of_form_are_refused() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let over = revision(&mut omar, &id).await;
    let long = "x".repeat(2_001);
    let many = (0..21).map(|number| format!("t{number}")).collect::<Vec<_>>().join(" ");
    for (description, tags) in [
        (long.as_str(), "kept"),
        ("a\u{1}b", "kept"),
        ("kept", many.as_str()),
        ("kept", "a\u{202E}b"),
        ("kept", "a\u{200B}b"),
        ("kept", "a%"),
        ("kept", "<script>"),
        ("kept", &"x".repeat(41)),
    ] {
        let answer = omar.post(&edit(&id), &said(description, tags, &over)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{tags}");
        assert!(answer.page().shows("kept") && !answer.body.contains("<script>\u{201D}"), "what was typed stays");
    }
    for odd in ["", "0", "-1", "x"] {
        let answer = omar.post(&edit(&id), &said("new", "new", odd)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
    }
    assert_eq!(world.secrets().other_than("description", "").count().await, 0);
    assert_eq!(world.count_all("secret_tags").await, 0);
    assert_eq!(save(&mut omar, &id, &"ü".repeat(2_000), "").await, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_is_never_overwritten_unseen() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let id = world.omars_secret("dev").await;
    let over = revision(&mut ada, &id).await;
    assert_eq!(save(&mut omar, &id, "omar's words", "omar").await, StatusCode::SEE_OTHER);
    for as_island in [false, true] {
        let fields = said("ada's words", "ada", &over);
        let answer = match as_island {
            true => ada.post_as_island(&edit(&id), &fields).await,
            false => ada.post(&edit(&id), &fields).await,
        };
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.page().shows("Omar Haddad changed this secret on "), "{}", answer.body);
        assert!(answer.page().shows("ada's words") && answer.page().field("Tags").value == "ada", "{}", answer.body);
    }
    let rename = [("action", "rename"), ("name", "renamed/by/ada"), ("over", over.as_str())];
    assert_eq!(ada.post(&format!("/secrets/{id}"), &rename).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.secrets().other_than("description", "").each("description").await, ["omar's words"]);
    assert_eq!(world.table("secret_tags").each("tag").await, ["omar"]);
    assert_eq!(save(&mut ada, &id, "ada's words", "ada").await, StatusCode::SEE_OTHER);
    assert_eq!(world.table("secret_tags").each("tag").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_edit_is_who_looks_after_a_secret() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let fields = said("mine", "mine", "1");
    for (name, page, post) in [
        ("vera", StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        ("noor", StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        ("petra", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("quinn", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("ada", StatusCode::OK, StatusCode::SEE_OTHER),
    ] {
        let mut client = world.sign_in(name).await;
        assert_eq!(client.get(&edit(&id)).await.status, page, "{name}");
        assert_eq!(client.post(&edit(&id), &fields).await.status, post, "{name}");
    }
    world.grant_until(&id, "vera", None).await;
    let mut vera = world.sign_in("vera").await;
    assert_eq!(vera.post(&edit(&id), &fields).await.status, StatusCode::FORBIDDEN, "a grant is no ownership");
    assert!(vera.get(&format!("/secrets/{id}")).await.page().shows("mine"), "whoever may know of it reads it");
    let production = world.omars_secret("production").await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.post(&edit(&production), &fields).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_keeps_tags_grants_versions_and_history() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "vera", None).await;
    save(&mut omar, &id, "what it is for", "pci").await;
    let page = format!("/secrets/{id}");
    omar.post(&page, &[("action", "rotate"), ("value", "a second value"), ("why", "the reason why")]).await;
    for bad in ["moved//key", "moved/key/", "/moved", "moved/../key"] {
        let refused = omar.post(&page, &[("action", "rename"), ("name", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    let moved = omar.post(&page, &[("action", "rename"), ("name", "moved/to/key")]).await;
    assert_eq!(moved.location(), page);
    let list = omar.get("/secrets?folder=moved/to&tag=pci").await.page();
    assert!(list.links_to(&page) && list.shows("moved/to/key"), "{list}");
    let after = omar.get(&page).await.page();
    assert!(after.shows("what it is for") && after.shows("pci"));
    assert!(omar.get(&format!("{page}/versions")).await.page().shows("the reason why"));
    assert!(omar.get(&format!("{page}/history.ndjson")).await.body.contains("secret.rotate"));
    assert_eq!(world.sign_in("vera").await.call_value(&id).await.status, StatusCode::OK);
}

async fn owners(world: &World) -> Vec<String> {
    world.secrets().with("description", "given").names_of("owner").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_gives_a_secret_away_keeps_nothing() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "vera", None).await;
    save(&mut omar, &id, "given", "").await;
    let losses = || world.identities().with("name", "omar").number("rights");
    let before = losses().await;
    let give = [("action", "give"), ("to", " Vera "), ("why", "new team")];
    let given = omar.post(&edit(&id), &give).await;
    assert_eq!(given.location(), "/secrets", "{}", given.body);
    assert_eq!(owners(&world).await, ["vera"]);
    assert_eq!(omar.get(&format!("/secrets/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::NOT_FOUND);
    assert_eq!(vera.call_value(&id).await.status, StatusCode::OK);
    assert_eq!(losses().await, before + 1, "open pages are out of date");
    assert!(vera.get("/inbox").await.page().shows("Omar Haddad made you the owner of "));
    assert_eq!(world.records().of("secret.give").each("parameters").await, ["to=vera&why=new%20team"]);
    // The grant that vera had before does not outlast her ownership.
    let mut ada = world.sign_in("ada").await;
    assert_eq!(ada.post(&edit(&id), &[("action", "give"), ("to", "omar")]).await.location(), "/secrets");
    assert_eq!(vera.get(&format!("/secrets/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(vera.get("/inbox").await.page().shows("which was yours"));
    assert!(omar.get("/inbox").await.page().shows("Ada Moreau made you the owner of "));
}

/// G24: nobody relaxes a control on themselves.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_themselves_the_owner() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.omars_secret("dev").await;
    save(&mut ada, &id, "given", "").await;
    for spelling in ["ada", "ADA", " ada "] {
        let answer = ada.post(&edit(&id), &[("action", "give"), ("to", spelling)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{spelling}");
        assert!(answer.page().shows("You cannot make yourself the owner."), "{}", answer.body);
    }
    world.freeze("noor").await;
    world.identities().with("name", "quinn").set("kind", "service_account").await;
    for (to, message) in [
        ("nobody-here", "No one has the sign-in name"),
        ("omar", "They own it already."),
        ("noor", "This account is disabled"),
        ("quinn", "does not belong to a person"),
        ("", "Give the sign-in name"),
    ] {
        let answer = ada.post(&edit(&id), &[("action", "give"), ("to", to)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
        assert!(answer.page().shows(message), "{to}: {}", answer.body);
    }
    assert_eq!(owners(&world).await, ["omar"]);
    assert_eq!(ada.call_value(&id).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.records().because("same_person").count().await, 3);
    // Somebody else was faster.
    let stale = [("action", "give"), ("to", "vera"), ("over", "1")];
    let answer = ada.post(&edit(&id), &stale).await;
    assert!(answer.page().shows("Ada Moreau changed this secret on "), "{}", answer.body);
    assert_eq!(owners(&world).await, ["omar"]);
}
