//! Secrets of each kind: added, seen, revealed, rotated, restored.

mod certificates;
mod copies;
mod exported;
mod files;
mod generated;
mod imported;
mod pairs;
mod uploads;

use crate::support::world::{Answer, Client};
use axum::http::StatusCode;

/// Adds a secret of a kind whose value is typed, and returns its address.
async fn add(client: &mut Client, kind: &str, name: &str, value: &str) -> Answer {
    let fields = [("environment", "dev"), ("name", name), ("kind", kind), ("value", value)];
    client.post(&format!("/secrets/add?kind={kind}"), &fields).await
}

/// Adds a secret file.
async fn add_file(client: &mut Client, name: &str, file: (&str, &[u8])) -> Answer {
    let fields = [("environment", "dev"), ("name", name), ("kind", "file")];
    client.post_file("/secrets/add?kind=file", &fields, file).await
}

/// The address of what was added.
fn address_of(added: &Answer) -> String {
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    added.location().to_owned()
}

async fn reveal(client: &mut Client, address: &str) -> Answer {
    client.post(address, &[("action", "reveal")]).await
}
