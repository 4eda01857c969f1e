//! G29: connections over a real socket: slow, doubled and smuggled input is bounded and refused, and others are served.

use crate::support::world::{Setup, World};
use axum::Router;
use server::http::listener::{Limits, Patience, serve, serve_within, tls};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A guard against hanging, and no promise: a test that needs it has failed.
pub const ENOUGH: Duration = Duration::from_secs(120);

/// When a head is given up, where a test waits for that: long enough that a head which is sent at once is there before.
pub const SOON: Duration = Duration::from_secs(5);
/// The same where no test waits for it.
pub const LATER: Duration = Duration::from_secs(60);

pub struct Served {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<()>,
}

pub async fn served(head: Duration) -> Served {
    served_by(head, None).await
}

pub async fn served_by(head: Duration, tls: Option<TlsAcceptor>) -> Served {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move {
        let patience = Patience { head, shutdown: Duration::from_secs(5) };
        let stop = async {
            let _ = stopped.await;
        };
        serve(listener, world.router.clone(), tls, patience, stop).await;
        drop(world);
    });
    Served { address, stop, ended }
}

/// Serves anything with these limits.
pub async fn within(head: Duration, router: Router, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let patience = Patience { head, shutdown: Duration::ZERO };
    tokio::spawn(serve_within(listener, router, None, patience, limits, std::future::pending()));
    address
}

/// A connection on which so much was sent and nothing more.
pub async fn begun(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("it is sent");
    stream
}

/// What a client may have sent and still asks for nothing: no byte, parts of both protocols' beginnings, and all of the
/// beginning of HTTP/2 without a request.
pub const NO_REQUEST: [&[u8]; 6] = [
    b"",
    b"P",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"GET / HT",
];

pub async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    read_to_end(stream).await
}

pub async fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(ENOUGH, stream.read_to_end(&mut answer)).await.expect("the server ends the connection");
    // A reset after an answer is an end too.
    let _ = read;
    String::from_utf8_lossy(&answer).into_owned()
}

pub const ASK: &str = "GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_given_up_while_others_are_served() {
    let served = served(SOON).await;
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(served.address).await.expect("a connection");
        stream.write_all(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nX-Slow: ").await.expect("it is sent");
        slow.push(stream);
    }
    assert!(exchange(served.address, ASK).await.starts_with("HTTP/1.1 200"), "others are served");
    for stream in slow {
        let answer = read_to_end(stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_two_servers_would_read_differently_is_refused() {
    let served = served(LATER).await;
    let requests = [
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello!",
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        "GET /sign-in HTTP/1.1\r\nHost : 127.0.0.1:3000\r\nConnection: close\r\n\r\n",
        "GET /sign-in HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /sign-in HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ];
    for request in requests {
        let answer = exchange(served.address, request).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}\n{answer}");
        assert!(!answer.contains("<form"), "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_or_has_too_many_lines_is_refused() {
    let served = served(LATER).await;
    let many: String = (0..200).map(|number| format!("X-{number}: x\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "x".repeat(80 * 1024));
    for lines in [many, large] {
        let request = format!("GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n{lines}Connection: close\r\n\r\n");
        let mut stream = TcpStream::connect(served.address).await.expect("a connection");
        // The server may stop reading before everything is sent.
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = read_to_end(stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{}",
            answer.lines().next().unwrap_or_default()
        );
    }
    assert!(exchange(served.address, ASK).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_first_ends_its_requests() {
    let served = served(LATER).await;
    assert!(exchange(served.address, ASK).await.starts_with("HTTP/1.1 200"));
    served.stop.send(()).expect("it still runs");
    timeout(ENOUGH, served.ended).await.expect("it ends").expect("in order");
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

type Certified = rcgen::CertifiedKey<rcgen::KeyPair>;

/// A certificate for `localhost`, and its files in a folder.
pub fn certified(folder: &Path) -> (Certified, PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("it is written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it is written");
    (made, certificate, key)
}

pub async fn over_tls(address: SocketAddr, made: &Certified) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a certificate");
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("a connection");
    let name = "localhost".try_into().expect("a name");
    TlsConnector::from(Arc::new(client)).connect(name, stream).await.expect("a handshake")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_speaks_tls_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (made, certificate, key) = certified(folder.path());
    let served = served_by(LATER, Some(tls(&certificate, &key).expect("they fit"))).await;

    let mut stream = over_tls(served.address, &made).await;
    stream.write_all(ASK.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    timeout(ENOUGH, stream.read_to_end(&mut answer)).await.expect("it ends").expect("in order");
    assert!(answer.starts_with(b"HTTP/1.1 200"));

    let plain = exchange(served.address, ASK).await;
    assert!(!plain.contains("<form"), "{plain}");
    let wrong = tls(&key, &certificate).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(wrong.contains("pem"), "a wrong file is named: {wrong}");
}
