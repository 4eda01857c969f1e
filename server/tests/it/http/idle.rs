//! Connections without requests end, and nobody has all connections.

use super::connections::{
    ASK, ENOUGH, LATER, NO_REQUEST, SOON, begun, certified, exchange, over_tls, served, served_by, within,
};
use crate::support::world::{Setup, World};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::StreamExt;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::http::address::TrustedProxies;
use server::http::listener::{Limits, Places, tls};
use server::observe::metrics::Metrics;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Waits until the server ends each of these connections, whatever it sends before.
async fn all_end(streams: Vec<impl tokio::io::AsyncRead + Unpin>) {
    for mut stream in streams {
        let mut sent = Vec::new();
        // A reset is an end too.
        let _ = timeout(ENOUGH, stream.read_to_end(&mut sent)).await.expect("the server ends the connection");
        assert!(!sent.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_request_is_closed() {
    let served = served(SOON).await;
    let mut streams = Vec::new();
    for bytes in NO_REQUEST {
        streams.push(begun(served.address, bytes).await);
    }
    assert!(exchange(served.address, ASK).await.starts_with("HTTP/1.1 200"), "others are served");
    all_end(streams).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_connection_without_a_request_is_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (made, certificate, key) = certified(folder.path());
    let served = served_by(SOON, Some(tls(&certificate, &key).expect("they fit"))).await;
    let silent = vec![begun(served.address, b"").await, begun(served.address, b"\x16\x03\x01").await];
    let mut after_handshake = Vec::new();
    for bytes in NO_REQUEST {
        let mut stream = over_tls(served.address, &made).await;
        stream.write_all(bytes).await.expect("it is sent");
        after_handshake.push(stream);
    }
    all_end(silent).await;
    all_end(after_handshake).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_to_the_metrics_without_a_request_is_closed() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    let metrics = Metrics::new(world.backend.clone());
    let address = within(SOON, metrics.router(), Limits::new(Places::for_metrics())).await;
    let mut streams = Vec::new();
    // As many as there are places: one more waits until they are closed.
    for number in 0..64 {
        streams.push(begun(address, NO_REQUEST[number % NO_REQUEST.len()]).await);
    }
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(exchange(address, request).await.starts_with("HTTP/1.1 200"));
    all_end(streams).await;
}

fn few(most: usize, of_a_network: usize, proxies: TrustedProxies, idle: Duration) -> Limits {
    Limits { places: Places::new(most, of_a_network, proxies), idle }
}

type Http2 = hyper::client::conn::http2::SendRequest<Body>;

/// A client that speaks HTTP/2, and the task of its connection, which ends with it.
async fn http2(address: SocketAddr) -> (Http2, JoinHandle<()>) {
    let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
    let (client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("a handshake");
    let connection = tokio::spawn(async move {
        let _ = connection.await;
    });
    (client, connection)
}

async fn body(client: &mut Http2, path: &str) -> Vec<u8> {
    let request = axum::http::Request::get(format!("http://127.0.0.1{path}")).body(Body::empty()).expect("a request");
    let answer = client.send_request(request).await.expect("an answer");
    answer.into_body().collect().await.expect("the whole answer").to_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_http2_connection_ends_and_a_busy_one_does_not() {
    let slow = || async {
        let parts = futures::stream::iter(["one ", "two ", "three"]).then(|part| async move {
            // Longer than a connection may lie idle.
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok::<_, std::io::Error>(part)
        });
        Body::from_stream(parts)
    };
    let router = Router::new().route("/slow", get(slow));
    let limits = few(8, 8, TrustedProxies::default(), Duration::from_millis(100));
    let address = within(LATER, router, limits).await;
    let (mut client, connection) = http2(address).await;
    assert_eq!(body(&mut client, "/slow").await, b"one two three", "an answer that is under way is not cut off");
    timeout(ENOUGH, connection).await.expect("the server ends it").expect("in order");
    assert!(!client.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_has_only_its_share_of_the_connections() {
    let router = || Router::new().route("/", get(|| async { "there" }));
    let ask = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let limits = few(8, 2, TrustedProxies::default(), LATER);
    let address = within(ENOUGH * 2, router(), limits).await;
    let mut held = vec![begun(address, b"").await, begun(address, b"").await];
    // One more is closed at once, and not after the time for its head.
    all_end(vec![begun(address, b"").await]).await;
    held.pop();
    let again = async { while !exchange(address, ask).await.starts_with("HTTP/1.1 200") {} };
    timeout(ENOUGH, again).await.expect("a place came back");
    drop(held);

    let proxies = TrustedProxies(vec!["127.0.0.0/8".parse().expect("a network")]);
    let address = within(ENOUGH * 2, router(), few(8, 2, proxies, LATER)).await;
    let mut held = Vec::new();
    for _ in 0..7 {
        held.push(begun(address, b"").await);
    }
    assert!(exchange(address, ask).await.starts_with("HTTP/1.1 200"), "a proxy brings everybody's requests");
}
