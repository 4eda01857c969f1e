//! How long it takes to seal a large ledger, and to check all of it.

use super::append::{processor, signer};
use super::database::{self, engine};
use super::numbers::print;
use super::{Options, fill};
use server::clock::since_start;
use server::ledger::sealer::{self, KeptCheckpoints, offline, verify};
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::time::Duration;

/// Times each on a new database.
pub async fn measure(options: &Options) {
    let filled = database::new(&options.scratch, "verify").await;
    fill::records(&filled, options.records).await;
    let (database, signer) = (&filled.database, signer());
    let mut rows = Vec::new();
    let mut used = processor();
    let mut add = |what: &str, took: Duration| {
        let processor = processor() - std::mem::replace(&mut used, processor());
        let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
        rows.push(vec![what.to_owned(), seconds(took), seconds(processor)]);
    };
    let began = since_start();
    let sealed = sealer::all(database, &signer, &KeptCheckpoints::default(), filled.now).await;
    let checkpoint = sealed.expect("it is sealed").expect("a checkpoint");
    add("seal", since_start() - began);
    filled.settle().await;
    for _ in 0..options.rounds.min(3) {
        let began = since_start();
        let whole = verify::database(database, signer.verifier(), Some(&checkpoint), |_, _| ()).await;
        assert_eq!(whole, Ok(options.records));
        add("verify", since_start() - began);
    }
    let path = options.scratch.join("records.ndjson");
    let began = since_start();
    let mut out = BufWriter::new(File::create(&path).expect("a file"));
    offline::export(database, &mut out).await.expect("it is written");
    add("export", since_start() - began);
    for _ in 0..options.rounds.min(3) {
        let began = since_start();
        let file = BufReader::new(File::open(&path).expect("the file"));
        let whole = offline::check(file, &checkpoint, signer.verifier(), |_, _| ());
        assert_eq!(whole.ok(), Some(options.records));
        add("check, offline", since_start() - began);
    }
    std::fs::remove_file(path).expect("it was there");
    println!("{} records, on {}:\n", options.records, engine(database));
    print(&["", "took", "processor"], &rows);
    filled.close().await;
}
