//! Traces for OpenTelemetry: a span for each decision with its record's id, and a receiver that nobody waits for.

use crate::account::receiver::Receiver;
use crate::cli::program::{Program, Serving, ask, said};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const TRACE_BYTES: [u8; 16] =
    [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];

/// How often the server is asked.
const ASKED: usize = 5;

/// Asks a few times, as somebody whom a copied trace came with.
fn served(endpoint: &str, more: &[&str]) -> (Program, Serving) {
    let program = Program::new();
    let arguments = [&["--otlp-endpoint", endpoint][..], more].concat();
    let (server, summary, address) = Serving::start(&program, &arguments);
    assert!(!summary.contains("token-canary"), "{summary}");
    for _ in 0..ASKED {
        let answer = ask(
            &address,
            &format!(
                "GET /secrets?query=canary-of-a-query HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
                 Cookie: __Host-doorward=canary-of-a-cookie\r\nUser-Agent: canary-of-a-browser\r\n\
                 traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n\r\n"
            ),
        );
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }
    (program, server)
}

async fn stop(server: Serving) {
    assert_eq!(tokio::task::spawn_blocking(move || server.stop()).await.unwrap(), Some(0));
}

/// The ids of the records, as the exported ledger has them.
fn records(program: &Program) -> Vec<String> {
    let sealed = program.run(&["ledger", "checkpoint"]);
    assert!(sealed.status.success(), "{}", said(&sealed));
    let export = program.run(&["ledger", "export", "records.ndjson", "checkpoint.txt"]);
    assert!(export.status.success(), "{}", said(&export));
    let text = std::fs::read_to_string(program.folder.path().join("records.ndjson")).unwrap();
    let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    text.lines().map(id).collect()
}

/// Everything that came until each decision's span was among it. A server that stops waits only a while for its receiver.
async fn traced(more: &'static [&'static str]) -> (Program, String, Vec<u8>) {
    let mut receiver = Receiver::new(200).await;
    let endpoint = format!("http://{}/token-canary", receiver.address);
    let (program, server) = tokio::task::spawn_blocking(move || served(&endpoint, more)).await.unwrap();
    let (mut text, mut bytes) = (String::new(), Vec::new());
    while text.matches("secret.list").count() < ASKED {
        let came = receiver.next().await;
        assert_eq!(
            (came.path.as_str(), came.header("content-type")),
            ("/token-canary/v1/traces", "application/x-protobuf")
        );
        text.push_str(&came.body);
        bytes.extend(came.bytes);
    }
    stop(server).await;
    (program, text, bytes)
}

fn holds_the_trace(bytes: &[u8]) -> bool {
    bytes.windows(TRACE_BYTES.len()).any(|part| part == TRACE_BYTES)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_carries_its_records_id_and_nothing_of_the_request() {
    let (program, text, bytes) = traced(&[]).await;
    let records = records(&program);
    assert_eq!(records.len(), ASKED);
    for id in &records {
        assert!(text.contains(id.as_str()), "{id}: {text}");
    }
    for word in ["decision", "secret.list", "refused", "no_session", "request", "http.route", "doorward"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(!holds_the_trace(&bytes), "anybody's word about a trace begins a new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_on_where_a_trusted_proxy_says_so() {
    let (_, _, bytes) = traced(&["--trusted-proxies", "127.0.0.1"]).await;
    assert!(holds_the_trace(&bytes));
}

/// No decision is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_receiver_of_traces_slows_no_request() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // It takes connections and never answers one; the other does not even take them.
    let silent = format!("http://{}", gone.local_addr().unwrap());
    let down = tokio::net::TcpSocket::new_v4().unwrap();
    down.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = format!("http://{}", down.local_addr().unwrap());
    for endpoint in [silent, closed] {
        let (program, server) = tokio::task::spawn_blocking(move || served(&endpoint, &[])).await.unwrap();
        stop(server).await;
        assert_eq!(records(&program).len(), ASKED);
    }
}
