//! Records go by TLS to the receiver that was meant, and to nobody else.

use crate::cli::program::{Program, SERVE, Serving};
use crate::support::browser::Browser;
use rcgen::{CertifiedKey, KeyPair};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A guard against hanging, and no promise: a test that needs it has failed.
const ENOUGH: Duration = Duration::from_secs(120);

fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate")
}

fn acceptor(of: &CertifiedKey<KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(of.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![of.cert.der().clone()], key);
    TlsAcceptor::from(Arc::new(config.expect("they fit")))
}

/// What the next connection sends; nothing where it breaks off before.
async fn next(listener: &TcpListener, of: &CertifiedKey<KeyPair>) -> Option<String> {
    let (stream, _) = timeout(ENOUGH, listener.accept()).await.expect("it tries").expect("a connection");
    let mut stream = timeout(ENOUGH, acceptor(of).accept(stream)).await.expect("it ends").ok()?;
    let mut text = Vec::new();
    // Whoever does not trust this certificate may say so only now.
    timeout(ENOUGH, stream.read_to_end(&mut text)).await.expect("it ends").ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Trusted: a certificate by a known authority, for the name that was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn records_go_by_tls_only_to_a_trusted_receiver() {
    let (meant, unknown, elsewhere) =
        (certificate("localhost"), certificate("localhost"), certificate("elsewhere.test"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let program = Program::new();
    let roots = program.folder.path().join("roots.pem");
    std::fs::write(&roots, meant.cert.pem() + &elsewhere.cert.pem()).expect("it is written");
    let url = format!("syslog+tls://localhost:{}", listener.local_addr().expect("an address").port());
    let mut command = program.command(&[&SERVE[..], &["--demo", "--forward", &url]].concat());
    command.env("SSL_CERT_FILE", &roots);
    let (server, _, address) = Serving::start_by(&program, command);
    // A decision, so that there is something to send.
    Browser::new(&address, "198.18.1.1").get("/secrets").await.expect("an answer");
    for wrong in [&unknown, &elsewhere] {
        let sent = next(&listener, wrong).await.unwrap_or_default();
        assert!(sent.is_empty(), "{sent}");
    }
    let mut sent = None;
    while sent.is_none() {
        sent = next(&listener, &meant).await.filter(|sent| !sent.is_empty());
    }
    let sent = sent.expect("records");
    assert!(sent.contains(" doorward ") && sent.contains(" id=\""), "{sent}");
    drop(server);
}
