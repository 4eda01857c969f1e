//! What became of each decision: the record says so, also where the change never took place.

use crate::support::world::{Client, World};
use app::backend::Backend as _;
use app::secrets::policy::RotateSecret;
use axum::http::StatusCode;
use doorward::action::Action as _;
use doorward::guard::{self, Asked};
use doorward::ledger::Channel;
use doorward::{ClientOrigin, Clock as _, ReconfirmOn, SecretId};
use server::ledger::sealer::verify;
use server::sign_in::handle;
use std::time::Duration;

/// Each record of these actions, as `action decision outcome`.
async fn outcomes(world: &World, actions: &str) -> Vec<String> {
    let actions: Vec<_> = actions.split(", ").map(|action| action.trim_matches('\'')).collect();
    world.records().one_of("action", &actions).each_of(&["action", "decision", "outcome"]).await
}

/// Waits for records that nobody is told of; a guard against hanging, and no measure.
async fn until_there_are(world: &World, actions: &str, expected: &[&str]) {
    let there = async {
        while outcomes(world, actions).await.len() < expected.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.expect("the records come");
    assert_eq!(outcomes(world, actions).await, expected);
}

async fn sealed_and_whole(world: &World) {
    let signer = crate::ledger::sealer::seals::signer();
    crate::ledger::sealer::seals::seal(world, &signer).await;
    let whole = verify::database(&world.backend.database, signer.verifier(), None, |_, _| ()).await;
    assert!(whole.is_ok_and(|records| records > 0), "what is sealed can be verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_not_valid_is_not_recorded_as_done() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let taken = world.secrets().with("environment", "dev").ordered("name desc").each("name").await.remove(0);
    let page = format!("/secrets/{id}");
    let long = "x".repeat(70_000);
    for fields in [[("action", "rename"), ("name", &*taken)], [("action", "rotate"), ("value", &*long)]] {
        assert_eq!(omar.post(&page, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let share = |with| [("action", "grant"), ("with", with), ("lasts", "1h")];
    let access = format!("{page}/access");
    assert_eq!(omar.post(&access, &share("nobody")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(omar.post(&access, &share("vera")).await.status, StatusCode::SEE_OTHER);
    let expected = [
        "secret.rename allowed invalid",
        "secret.rotate allowed invalid",
        "secret.share allowed invalid",
        "secret.share allowed done",
    ];
    assert_eq!(outcomes(&world, "'secret.rename', 'secret.rotate', 'secret.share'").await, expected);
    assert_eq!(world.versions().above("version", 1).count().await, 0);

    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?action=secret.share").await.page();
    let shown = page.rows().iter().filter(|row| row.page.shows("Not done: invalid input")).count();
    assert_eq!(shown, 1, "the ledger shows it");
    sealed_and_whole(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_does_not_tell_whether_a_secret_exists() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let strangers = world.omars_secret("production").await;
    let long = "x".repeat(70_000);
    for id in [&*strangers, "00000000000000000000000000"] {
        let answer = vera.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", &long)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "the decision goes first");
    }
    assert_eq!(outcomes(&world, "'secret.rotate'").await, ["secret.rotate refused refused"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_new_record_has_an_outcome() {
    let world = World::new().await;
    let (mut omar, mut noor) = (world.sign_in("omar").await, world.sign_in("noor").await);
    world.visitor().sign_in("omar", "wrong").await;
    let id = world.omars_secret("dev").await;
    omar.call_value(&id).await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    noor.get("/secrets").await;
    noor.get("/access/ledger?decision=maybe").await;
    omar.get("/secrets?page=0").await;
    omar.post("/sign-out", &[]).await;
    assert_eq!(world.records().without("outcome").count().await, 0);
    assert_eq!(world.records().refused().other_than("outcome", "refused").count().await, 0);
    assert_eq!(world.records().with("outcome", "refused").other_than("decision", "refused").count().await, 0);
    let done = ["secret.reveal allowed done", "secret.rotate allowed done", "session.end allowed done"];
    assert_eq!(outcomes(&world, "'secret.reveal', 'secret.rotate', 'session.end'").await, done);
    sealed_and_whole(&world).await;
}

fn asked(world: &World, client: &Client) -> Asked {
    Asked {
        handle: client.handle.as_deref().and_then(handle::read),
        continues: None,
        renewal: world.backend.sessions.renewal,
        entry: Channel::Page,
        place: ClientOrigin { address: Some(client.address.to_string()), user_agent: None },
        place_rule: ReconfirmOn::BOTH,
        request: "dropped".to_owned(),
        now: world.clock.now(),
        watch: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_leaves_its_record() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let id = SecretId::parse(&world.omars_secret("dev").await).expect("an id");
    let unit = world.backend.unit(true).await.expect("a transaction");
    let permit = guard::permit(unit, &asked(&world, &omar), RotateSecret { id, why: Default::default() })
        .await
        .expect("a permit");
    let record = permit.record().to_string();
    assert_eq!(outcomes(&world, "'secret.rotate'").await.len(), 0, "nothing is written yet");
    // As where a client goes away, and the request's future with it.
    drop(permit);
    until_there_are(&world, "'secret.rotate'", &["secret.rotate allowed given_up"]).await;
    assert_eq!(world.records().of("secret.rotate").ids().await, [record]);
    sealed_and_whole(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_within_a_change_leaves_its_record() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let id = SecretId::parse(&world.omars_secret("dev").await).expect("an id");
    let unit = world.backend.unit(true).await.expect("a transaction");
    let permit = guard::permit(unit, &asked(&world, &omar), RotateSecret { id, why: Default::default() })
        .await
        .expect("a permit");
    let broken = tokio::spawn(async move {
        let permit = permit;
        assert_ne!(permit.action().resource().name, format!("secret:{id}"), "it panics while it holds the permit");
    });
    assert!(broken.await.is_err_and(|error| error.is_panic()));
    until_there_are(&world, "'secret.rotate'", &["secret.rotate allowed failed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_leaves_its_record_and_no_effect() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.take_away("secret_versions").await;
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    until_there_are(&world, "'secret.rotate'", &["secret.rotate allowed failed"]).await;
    world.bring_back("secret_versions").await;
    assert_eq!(world.secrets().above("version", 1).count().await, 0);
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    until_there_are(&world, "'secret.rotate'", &["secret.rotate allowed failed", "secret.rotate allowed done"]).await;
}
