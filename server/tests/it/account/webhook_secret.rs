//! The secret of the webhook is shown nowhere, and is for this user alone.

use super::receiver::Receiver;
use super::webhook::{ENOUGH, SECRET, secret_file};
use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, Serving, ask, said, sentence};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_stands_in_no_log_and_no_summary() {
    let program = Program::new();
    let mut receiver = Receiver::new(500).await;
    let folder = program.folder.path().to_owned();
    let said_of_it = tokio::task::spawn_blocking({
        let address = receiver.address.clone();
        move || signed_in_from_two_browsers(program, &address)
    });
    let came = receiver.next().await;
    assert_eq!((came.path.as_str(), came.json()["data"]["identity"].as_str()), ("/token-canary", Some("ines")));
    // The log is written before the notice is put off.
    let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let failed = async {
        while !log().contains("the webhook has not taken a notice") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(ENOUGH, failed).await.expect("the failure is logged");
    let (program, server, summary) = said_of_it.await.unwrap();
    assert_eq!(tokio::task::spawn_blocking(move || server.stop()).await.unwrap(), Some(0));
    assert!(summary.contains("webhook.secret") && summary.contains(&format!("http://{}/***", receiver.address)));
    for text in [summary, log()] {
        assert!(!text.contains(SECRET) && !text.contains("token-canary"), "{text}");
    }
    drop(program);
}

/// A server with a webhook, at which somebody has signed in from two browsers; and what it said at its start.
fn signed_in_from_two_browsers(program: Program, receiver: &str) -> (Program, Serving, String) {
    let add = ["user", "add", "ines", "--role", "operator", "--password-stdin"];
    let added = program.run_with_input(&add, &format!("{PASSWORD}\n"));
    assert!(added.status.success(), "{}", said(&added));
    let (url, secret) = (format!("http://{receiver}/token-canary"), secret_file(program.folder.path()));
    let webhook = ["--webhook-url", &url, "--webhook-secret-file", secret.to_str().unwrap(), "--log-filter", "trace"];
    let (server, summary, address) = Serving::start(&program, &webhook);
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("name", "ines"), ("password", PASSWORD)])
        .finish();
    for browser in ["curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"] {
        let answer = ask(
            &address,
            &format!(
                "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
                 User-Agent: {browser}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{form}",
                form.len()
            ),
        );
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }
    (program, server, summary)
}

/// Unsafe: others can read the file, or it holds no secret. A sentence says which.
#[test]
fn an_unsafe_webhook_secret_stops_the_start() {
    let program = Program::new();
    let secret = secret_file(program.folder.path());
    let webhook = ["serve", "--webhook-url", "http://127.0.0.1:9/", "--webhook-secret-file", "webhook.secret"];
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(sentence(&program.run(&webhook)).contains("chmod 600 webhook.secret"));
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    for (text, said) in [("raw:short", "it needs 24 to 1024 bytes"), ("as it is, without a word", "write raw: before")]
    {
        std::fs::write(&secret, text).unwrap();
        assert!(sentence(&program.run(&webhook)).contains(said));
    }
    std::fs::remove_file(&secret).unwrap();
    assert!(sentence(&program.run(&webhook)).contains("there is no webhook secret at webhook.secret"));
}
