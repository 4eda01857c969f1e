//! Receivers of syslog that do not close their side of a connection.

use crate::ledger::forward::records::{ENOUGH, flow, id_in, start, unframed, until_all_is_taken};
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

async fn sealed_now(world: &World) -> Vec<String> {
    world.table("ledger_leaves").ordered("leaf_index").each("record").await
}

/// A receiver that reads each connection to its end, tells the ids that came, and closes its side once `closes` says so.
async fn receiver(closes: Arc<AtomicBool>) -> (String, UnboundedReceiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let (sender, batches) = unbounded_channel();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            stream.read_to_end(&mut text).await.expect("it is read");
            let _ = sender.send(unframed(&text).iter().map(|message| id_in(message)).collect());
            if !closes.load(Ordering::SeqCst) {
                kept.push(stream);
            }
        }
    });
    (address, batches)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_closes_gets_each_record_once() {
    let (world, signer) = (World::new().await, signer());
    let (address, mut batches) = receiver(Arc::default()).await;
    let _running = start(&world, &format!("syslog+tcp://{address}"), 0);
    let mut came = Vec::new();
    for _ in 0..3 {
        flow(&world).await;
        seal(&world, &signer).await;
        until_all_is_taken(&world).await;
    }
    while let Ok(batch) = batches.try_recv() {
        came.extend(batch);
    }
    assert_eq!(came, sealed_now(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_close_is_required_nothing_counts_without_it() {
    let (world, signer) = (World::new().await, signer());
    let closes = Arc::new(AtomicBool::new(false));
    let (address, mut batches) = receiver(Arc::clone(&closes)).await;
    flow(&world).await;
    seal(&world, &signer).await;
    let _running = start(&world, &format!("syslog+tcp://{address}?close=required"), 0);
    let mut next = async || timeout(ENOUGH, batches.recv()).await.expect("it comes").expect("it runs");
    let sealed = sealed_now(&world).await;
    assert_eq!(next().await, sealed);
    for _ in 0..2 {
        assert_eq!(next().await, sealed[..1], "one record again, and not the batch");
    }
    assert_eq!(world.next_to_forward().await, 0);
    closes.store(true, Ordering::SeqCst);
    until_all_is_taken(&world).await;
}
