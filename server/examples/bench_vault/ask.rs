//! How long pages of the list and results of a search take, from the request to the last byte of the answer.

use super::Options;
use super::client::Client;
use super::numbers::{Sorted, millis, print};
use super::program::Program;
use super::secrets::PEOPLE;
use server::clock::since_start;

/// How the framework's stub sends a text.
const COMPACT: &str = "application/x-postcard";

const PAGES: [(&str, &str); 11] = [
    ("a small page, to compare", "/settings"),
    ("list", "/secrets"),
    ("list, last changed first", "/secrets?sort=-updated"),
    ("list, page 20", "/secrets?page=20"),
    ("list, name has `deploy`", "/secrets?name=deploy"),
    ("list, name has `zebra`", "/secrets?name=zebra"),
    ("list of a folder", "/secrets?folder=billing"),
    ("list of `dev`", "/secrets?environment=dev"),
    ("list of a tag", "/secrets?tag=pci"),
    ("search page, `deploy`", "/search?q=deploy"),
    ("search page, `deploy billing`", "/search?q=deploy+billing"),
];

/// What is typed: a letter, a beginning, two words, a word that is nowhere, two that are never together.
const TYPED: [&str; 6] = ["d", "dep", "deploy", "tok bill", "zebra", "pci zebra"];

/// Prints a table for each person.
pub async fn measure(options: &Options, program: Program, engine: &str) {
    for (person, _, sees) in PEOPLE {
        let mut client = Client::connect(&program.address, person).await;
        let mut rows = Vec::new();
        for (what, path) in PAGES {
            let mut times = Vec::new();
            for _ in 0..options.times {
                let began = since_start();
                let answer = client.get(path).await;
                times.push(since_start() - began);
                assert_eq!(answer.status, 200, "{path}");
            }
            rows.push(row(what, times));
        }
        for typed in TYPED {
            let mut times = Vec::new();
            for _ in 0..options.times {
                let began = since_start();
                let length = char::from(u8::try_from(typed.len()).expect("a short text"));
                let answer = client.post_as("/api/search", COMPACT, &format!("{length}{typed}")).await;
                times.push(since_start() - began);
                assert_eq!(answer.status, 200, "{typed}");
            }
            rows.push(row(&format!("typed `{typed}`"), times));
        }
        println!("{} secrets on {engine}, for somebody who {sees}:\n", options.secrets);
        print(&["what", "p50", "p99"], &rows);
    }
    program.filled.close().await;
}

fn row(what: &str, times: Vec<std::time::Duration>) -> Vec<String> {
    let times = Sorted::new(times);
    vec![what.to_owned(), millis(times.median()), millis(times.percentile(99))]
}
