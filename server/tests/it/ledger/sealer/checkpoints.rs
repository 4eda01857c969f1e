//! Checkpoints that are sent to a webhook: signed, the newest one, also at the end; and they prove what they should.

use crate::account::receiver::Receiver;
use crate::account::webhook::{ENOUGH, SECRET, secret_file};
use crate::cli::program::{Program, Serving, get, said};
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use doorward::ledger::Signer;
use server::cli::settings::{WebhookTarget, WebhookUrl};
use server::ledger::sealer::outside::{self, Outside};
use server::ledger::sealer::{KeptCheckpoints, verify};
use server::webhook::{Secret, Webhook, sign};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

fn start(world: &World, receiver: &Receiver, signer: &Signer, every: Duration) -> Outside {
    let folder = TempDir::new().unwrap();
    let url = WebhookUrl::parse(&format!("http://{}/checkpoints", receiver.address)).expect("an address");
    let target = WebhookTarget { url, secret: secret_file(folder.path()) };
    let (webhook, verifier) = (Webhook::new(&target).expect("a webhook"), signer.verifier().clone());
    outside::start(webhook, &world.backend, verifier, KeptCheckpoints::default(), every)
}

/// It is sent until the receiver takes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_checkpoint_is_sent_signed() {
    let (world, mut receiver, signer) = (World::new().await, Receiver::new(503).await, signer());
    world.sign_in("omar").await;
    let early = seal(&world, &signer).await;
    let sending = start(&world, &receiver, &signer, Duration::from_millis(50));
    assert_eq!(receiver.next().await.body, early);
    world.sign_in("omar").await;
    seal(&world, &signer).await;
    world.sign_in("vera").await;
    let newest = seal(&world, &signer).await;
    receiver.answers(200);
    // One that was on its way while the newest was signed may come before it.
    let came = timeout(ENOUGH, async {
        loop {
            let came = receiver.next().await;
            if came.body == newest {
                return came;
            }
        }
    });
    let came = came.await.expect("the newest comes");
    let secret = Secret::parse(format!("raw:{SECRET}").as_bytes()).unwrap();
    let seconds = came.header("webhook-timestamp").parse().unwrap();
    let signed = sign(&secret, came.header("webhook-id"), seconds, &came.body);
    assert_eq!(signed.as_deref(), Some(came.header("webhook-signature")));
    assert_eq!(came.header("content-type"), "text/plain; charset=utf-8");
    let whole = verify::database(&world.backend.database, signer.verifier(), Some(&came.body), |_, _| ()).await;
    assert!(whole.is_ok(), "{whole:?}");
    sending.stop().await;
    assert!(receiver.came.try_recv().is_err(), "what was taken is not sent again");
}

/// Two checkpoints are some time apart.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_checkpoint_is_sent_at_the_end() {
    let (world, mut receiver, signer) = (World::new().await, Receiver::new(200).await, signer());
    world.sign_in("omar").await;
    let first = seal(&world, &signer).await;
    let sending = start(&world, &receiver, &signer, Duration::from_secs(3600));
    assert_eq!(receiver.next().await.body, first);
    world.sign_in("omar").await;
    seal(&world, &signer).await;
    world.sign_in("vera").await;
    let last = seal(&world, &signer).await;
    sending.stop().await;
    assert_eq!(receiver.next().await.body, last, "and none between the two");
    assert!(receiver.came.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_verifies_the_database_by_the_command_line() {
    let mut receiver = Receiver::new(200).await;
    let address = receiver.address.clone();
    let served = move || {
        let program = Program::new();
        let (url, secret) = (format!("http://{address}/token-canary"), secret_file(program.folder.path()));
        let arguments = ["--ledger-checkpoint-webhook", &url, "--webhook-secret-file", secret.to_str().unwrap()];
        let (server, summary, site) = Serving::start(&program, &arguments);
        assert!(summary.contains(&format!("http://{address}/***")) && !summary.contains("token-canary"), "{summary}");
        assert!(get(&site, "/secrets").starts_with("HTTP/1.1 303"));
        assert_eq!(server.stop(), Some(0));
        program
    };
    let program = tokio::task::spawn_blocking(served).await.unwrap();
    let mut last = receiver.next().await.body;
    while let Ok(came) = receiver.came.try_recv() {
        last = came.body;
    }
    std::fs::write(program.folder.path().join("outside.txt"), &last).unwrap();
    let verify = ["ledger", "verify", "--checkpoint", "outside.txt"];
    let verified = program.run(&verify);
    assert!(verified.status.success(), "{}", said(&verified));
    std::fs::write(program.folder.path().join("outside.txt"), last.replacen("\n1\n", "\n2\n", 1)).unwrap();
    assert!(!program.run(&verify).status.success(), "{last}");
}
