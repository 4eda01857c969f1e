//! Forms with files: how large, from whom, and how many at the same time.

use super::{add_file, address_of, reveal};
use crate::support::client::with_file;
use crate::support::world::{Client, ORIGIN, World};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use doorward::LARGEST_SECRET_FILE;
use futures::StreamExt;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An upload whose body comes as a test says.
fn upload(client: &Client, address: &str, body: Body) -> Request<Body> {
    let (kind, _) = with_file(&[], ("a", b""));
    let request = client.request(Method::POST, address);
    let request = request.header(header::ACCEPT, "text/html").header(header::ORIGIN, ORIGIN);
    request.header("sec-fetch-site", "same-origin").header(header::CONTENT_TYPE, kind).body(body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_have_one_mebibyte_and_no_byte_more() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let largest = vec![0xa5; LARGEST_SECRET_FILE];
    let address = address_of(&add_file(&mut omar, "new/large", ("large.bin", &largest)).await);
    assert!(reveal(&mut omar, &address).await.bytes() == largest);
    let larger = vec![0xa5; LARGEST_SECRET_FILE + 1];
    let refused = add_file(&mut omar, "new/larger", ("larger.bin", &larger)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("A file may have at most 1,048,576 bytes (1 MiB)."), "{}", refused.body);
    let rotate = [("action", "rotate"), ("kind", "file")];
    let refused = omar.post_file(&address, &rotate, ("larger.bin", &larger)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("A file may have at most 1,048,576 bytes (1 MiB)."));
    let far_too_large = vec![0xa5; 3 * LARGEST_SECRET_FILE];
    let refused = add_file(&mut omar, "new/larger", ("larger.bin", &far_too_large)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(refused.page().shows("1,048,576 bytes"), "{}", refused.body);
    assert_eq!(world.versions().above("version", 1).count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_keep_their_limit() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    // The limit of these worlds is 256 KiB.
    let large = vec![b'a'; 300 * 1024];
    for address in ["/secrets", "/settings", "/sign-in"] {
        let refused = omar.post_file(address, &[], ("a", &large)).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{address}");
    }
    let small = omar.post_file("/settings", &[], ("a", b"small")).await;
    assert!(small.status.is_client_error(), "{}", small.status);
    let typed = "a".repeat(300 * 1024);
    let fields = [("environment", "dev"), ("name", "new/text"), ("value", typed.as_str())];
    assert_eq!(omar.post("/secrets/add", &fields).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_file_is_read_without_a_session() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let ended = world.sign_in("vera").await;
    world.sessions().without("ended_at").set("ended_at", 1).await;
    for client in [&mut visitor, &mut ended.clone()] {
        for address in ["/secrets/add?kind=file", &format!("/secrets/{}", world.omars_secret("dev").await)] {
            let read = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&read);
            let endless = futures::stream::repeat_with(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(Bytes::from_static(&[b'a'; 1024]))
            });
            let request = upload(client, address, Body::from_stream(endless.take(4096)));
            let refused = client.send(request).await;
            assert_eq!(refused.status, StatusCode::SEE_OTHER, "{address}");
            assert!(refused.location().starts_with("/sign-in"), "{}", refused.location());
            assert_eq!(read.load(Ordering::SeqCst), 0, "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_files_are_read_at_the_same_time() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let mut waiting = Vec::new();
    for _ in 0..16 {
        let client = omar.clone();
        let request = upload(&client, "/secrets/add?kind=file", Body::from_stream(never_ends()));
        waiting.push(Box::pin(async move { client.open(request).await }));
    }
    // Each of them has its place once it waits for its body.
    for upload in &mut waiting {
        let asked = std::time::Duration::from_millis(200);
        assert!(tokio::time::timeout(asked, upload).await.is_err(), "it waits for its body");
    }
    let refused = add_file(&mut omar, "new/file", ("a", b"a")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "others are served");
    drop(waiting);
    address_of(&add_file(&mut omar, "new/file", ("a", b"a")).await);
}

fn never_ends() -> impl futures::Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    futures::stream::pending()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_upload_changes_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let fields = [("environment", "dev"), ("name", "new/file"), ("kind", "file")];
    let (_, whole) = with_file(&fields, ("a.bin", b"half of it"));
    let not_text = [b"--x\r\n".as_slice(), &[0xff], b"\r\n"].concat();
    let twice = with_file(&[fields[0], fields[1], fields[1], fields[2]], ("a.bin", b"a")).1;
    let unknown = with_file(&[fields[0], fields[1], fields[2], ("admin", "1")], ("a.bin", b"a")).1;
    for body in [whole[..whole.len() - 20].to_vec(), Vec::new(), b"nonsense".to_vec(), not_text, twice, unknown] {
        let request = upload(&omar, "/secrets/add?kind=file", Body::from(body));
        let refused = omar.send(request).await;
        assert!(refused.status.is_client_error(), "{} {}", refused.status, refused.location());
    }
    assert_eq!(world.secrets().with("name", "new/file").count().await, 0);
}
