//! Ends of sessions, for the samples of their pages and records.

use crate::gates::samples::Knock;
use crate::support::world::World;
use app::sessions::scope::Scope;
use doorward::{RecordId, RevocationId};
use server::sessions::cli::end;

/// A revocation by a command, which ends no session.
pub async fn end_nobodys(world: &World) -> RevocationId {
    end(&world.backend, &Scope::Identity("nobody".to_owned())).await.expect("it is noted")
}

/// The record of such a revocation.
pub async fn record_of_an_end(world: &World) -> RecordId {
    end_nobodys(world).await;
    let record = world.records().of("session.revoke").ordered("id desc").one("id").await;
    RecordId::parse(&record).expect("an id")
}

pub async fn end_veras(world: &World, address: &str) -> Knock {
    let vera = world.session_of("vera").await;
    Knock::post(address, &format!("{address} end vera's"), &[("action", "end"), ("session", vera.as_str())])
}
