//! Secret files: any bytes, downloaded and never shown.

use super::{add_file, address_of, reveal};
use crate::support::world::{World, holds};
use axum::http::StatusCode;

/// Not text, and with everything that a form or a page could stumble over.
const BYTES: &[u8] = b"\x00\xff\xfe canary-file-value-k3 \r\n------a-boundary\r\n</textarea><script>\x80";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_back_byte_by_byte_as_a_download() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let address = address_of(&add_file(&mut omar, "new/keystore", ("Schl\u{fc}ssel 1.p12", BYTES)).await);
    let page = omar.get(&address).await;
    assert!(page.page().shows("Schl\u{fc}ssel") && page.page().has_button("Download"), "{}", page.body);
    let file = reveal(&mut omar, &address).await;
    assert_eq!((file.status, file.bytes()), (StatusCode::OK, BYTES));
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert_eq!(file.header("cache-control"), "no-store");
    assert_eq!(file.header("content-encoding"), "");
    let named = "attachment; filename=\"Schl_ssel 1.p12\"; filename*=UTF-8''Schl%C3%BCssel%201.p12";
    assert_eq!(file.header("content-disposition"), named);
    assert_eq!(world.records().of("secret.reveal").allowed().each("outcome").await.len(), 1);
    assert!(!holds(&world.database.everything(&world.rows).await, "canary-file-value-k3"), "it is encrypted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_never_shown_on_a_page() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let address = address_of(&add_file(&mut omar, "new/notes", ("notes.txt", b"canary-text-in-a-file")).await);
    let id = address.rsplit('/').next().unwrap();
    let by_script = omar.call_value(id).await;
    assert_eq!(by_script.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!by_script.everything().contains("canary-text-in-a-file"));
    let rotated = [("action", "rotate"), ("kind", "file"), ("over", "1")];
    let rotated = omar.post_file(&address, &rotated, ("notes-2.txt", b"canary-second-file")).await;
    assert_eq!(rotated.status, StatusCode::SEE_OTHER, "{}", rotated.body);
    let both = [("action", "reveal-both"), ("left", "1"), ("right", "2")];
    let both = omar.post(&format!("{address}/versions"), &both).await;
    assert!(both.status == StatusCode::UNPROCESSABLE_ENTITY && !both.body.contains("canary-"), "{}", both.body);
    let compared = omar.get(&format!("{address}/versions?left=1&right=2")).await.page();
    assert!(compared.shows("notes.txt") && compared.shows("notes-2.txt") && !compared.offers("reveal-both"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_of_a_file_keeps_its_name() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let address = address_of(&add_file(&mut omar, "new/archive", ("one.zip", b"first")).await);
    let versions = format!("{address}/versions");
    let rotate = [("action", "rotate"), ("kind", "file")];
    assert_eq!(omar.post_file(&address, &rotate, ("two.zip", b"second")).await.status, StatusCode::SEE_OTHER);
    let old = omar.post(&versions, &[("action", "reveal"), ("version", "1")]).await;
    assert!(old.bytes() == b"first" && old.header("content-disposition").contains("one.zip"));
    let restored = omar.post(&versions, &[("action", "restore"), ("version", "1")]).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
    let file = reveal(&mut omar, &address).await;
    assert!(file.bytes() == b"first" && file.header("content-disposition").contains("one.zip"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_refused_to_whoever_may_not_reveal() {
    let world = World::new().await;
    let (mut omar, mut vera, mut ada) =
        (world.sign_in("omar").await, world.sign_in("vera").await, world.sign_in("ada").await);
    let address = address_of(&add_file(&mut omar, "new/keystore", ("secret-name.p12", BYTES)).await);
    let refused = reveal(&mut vera, &address).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(!refused.everything().contains("secret-name") && !refused.everything().contains("canary"));
    assert_eq!(vera.get(&address).await.status, StatusCode::NOT_FOUND);
    let refused = reveal(&mut ada, &address).await;
    assert!(refused.status.is_client_error() && !refused.everything().contains("canary-file-value-k3"));
    let fields = [("whom", "person"), ("with", "vera"), ("lasts", "1h")];
    let delivered = omar.post(&format!("{address}/deliver"), &fields).await;
    assert_eq!(delivered.status, StatusCode::UNPROCESSABLE_ENTITY, "a file is shared and not delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_file_ends_the_session_that_downloads_it() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let address = address_of(&add_file(&mut omar, "new/keystore", ("a.p12", BYTES)).await);
    let shared = [("action", "grant"), ("with", "vera"), ("lasts", "1h")];
    assert_eq!(omar.post(&format!("{address}/access"), &shared).await.status, StatusCode::SEE_OTHER);
    world.mark(address.rsplit('/').next().expect("an id")).await;
    let file = reveal(&mut vera, &address).await;
    assert_eq!(file.bytes(), BYTES, "a thief sees nothing odd");
    assert_eq!(vera.get("/secrets").await.status, StatusCode::SEE_OTHER, "the session has ended");
    assert_eq!(world.incidents().count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_has_the_kind_of_the_secret() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let file = address_of(&add_file(&mut omar, "new/keystore", ("a.p12", BYTES)).await);
    let text = format!("/secrets/{}", world.omars_secret("dev").await);
    for kind in ["text", "file", "key-value", ""] {
        let typed = omar.post(&file, &[("action", "rotate"), ("kind", kind), ("value", "typed")]).await;
        assert_eq!(typed.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
    }
    let sent = omar.post_file(&text, &[("action", "rotate"), ("kind", "file")], ("a.p12", BYTES)).await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "a text is no file");
    assert_eq!(world.versions().above("version", 1).count().await, 0);
    for name in ["", "../../etc/passwd", "a\\\\b", "a\u{202e}b"] {
        let refused = add_file(&mut omar, "new/other", (name, BYTES)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
    }
    assert_eq!(add_file(&mut omar, "new/other", ("empty", b"")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.secrets().with("name", "new/other").count().await, 0);
}
