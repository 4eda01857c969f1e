//! Notices by webhook: a real receiver over a real socket.

use super::receiver::Receiver;
use crate::support::world::{ORIGIN, World};
use app::account::notices::NoticeKind;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::{Clock, IdentityId, TimeSpan};
use server::account::notices;
use server::cli::settings::{WebhookTarget, WebhookUrl};
use server::db::transaction::Source;
use server::sessions::sweep;
use server::webhook::{Secret, Webhook, outbox, sign, start};
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// A guard against hanging, and no promise: a test that needs it has failed.
pub const ENOUGH: Duration = Duration::from_secs(120);
pub const SECRET: &str = "canary-of-a-webhook-secret-0123456789";

async fn waiting(world: &World) -> i64 {
    world.table("webhook_outbox").count().await
}

pub fn secret_file(folder: &Path) -> PathBuf {
    let path = folder.join("webhook.secret");
    std::fs::write(&path, format!("raw:{SECRET}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Begins to send this world's notices, as one process does.
async fn send(world: &World, receiver: &Receiver) {
    let folder = TempDir::new().unwrap();
    let url = WebhookUrl::parse(&format!("http://{}/notices", receiver.address)).expect("an address");
    let webhook = Webhook::new(&WebhookTarget { url, secret: secret_file(folder.path()) }).expect("a webhook");
    let backend = &world.backend;
    let random = Arc::clone(&backend.random);
    start(webhook, backend.database.clone(), &backend.clock, random).await.expect("it starts");
}

/// Tells omar something, and says under which id.
async fn tell(world: &World, about: &str) -> String {
    let omar = world.identity("omar").await;
    let omar = IdentityId::parse(&omar).unwrap();
    let mut source = Source::writer(&world.backend.database).await.unwrap();
    let (now, random) = (world.clock.now(), &*world.backend.random);
    notices::add(&mut source, omar, NoticeKind::MethodChanged, about, now, random).await.unwrap();
    source.commit().await.unwrap();
    world.notices().ordered("id desc").one("id").await
}

async fn until_nothing_waits(world: &World) {
    let nothing = async {
        while waiting(world).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(ENOUGH, nothing).await.expect("everything is taken in time");
}

/// Until a try that failed is written down, so that the clock can go on to the next.
async fn until_put_off(world: &World, tries: i64) {
    // A claim is for a minute; after so few tries the wait is shorter.
    let soon = world.clock.now().plus(TimeSpan::seconds(30)).0;
    let put_off = async {
        while still_claimed(world, tries, soon).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(ENOUGH, put_off).await.expect("it is put off in time");
}

async fn still_claimed(world: &World, tries: i64, soon: i64) -> i64 {
    let statement = "select count(*) from webhook_outbox where tries < $1 or next_try_at > $2";
    sqlx::query_scalar(statement).bind(tries).bind(soon).fetch_one(&world.rows).await.expect("it runs")
}

async fn sign_in_with(world: &World, browser: &str) -> StatusCode {
    let form = [("name", "omar"), ("password", world.password("omar"))];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut client = world.visitor();
    let request = client
        .request(Method::POST, "/sign-in")
        .header(header::ORIGIN, ORIGIN)
        .header(header::USER_AGENT, browser)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    client.send(request.body(Body::from(body)).unwrap()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_reaches_the_webhook_signed() {
    let (world, mut receiver) = (World::new().await, Receiver::new(204).await);
    send(&world, &receiver).await;
    for browser in ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "curl/8.5.0"] {
        assert_eq!(sign_in_with(&world, browser).await, StatusCode::SEE_OTHER);
    }
    let came = receiver.next().await;
    let id = world.ids_of("notices").await.remove(0);
    let sent = came.json();
    let names: Vec<&String> = sent.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["data", "timestamp", "type"], "as Standard Webhooks recommends");
    assert_eq!(sent["type"], "notice.new_browser");
    let (data, at) = (&sent["data"], sent["timestamp"].as_str().unwrap());
    assert_eq!((data["id"].as_str(), came.header("webhook-id")), (Some(&*id), &*id));
    assert_eq!((data["kind"].as_str(), data["identity"].as_str()), (Some("new_browser"), Some("omar")));
    assert_eq!(data["about"], *world.notices().each("about").await.remove(0));
    let at = app::ui::time::read(at).expect("a time in RFC 3339");
    assert!(world.clock.now().since(at) < TimeSpan::minutes(1));
    assert_eq!((came.path.as_str(), came.header("content-type")), ("/notices", "application/json"));

    let seconds: i64 = came.header("webhook-timestamp").parse().unwrap();
    assert!((world.clock.now().0 / 1000 - seconds).abs() < 60);
    let secret = Secret::parse(format!("raw:{SECRET}").as_bytes()).unwrap();
    assert_eq!(sign(&secret, &id, seconds, &came.body).as_deref(), Some(came.header("webhook-signature")));
    let other = Secret::parse(b"raw:another-secret-of-24-bytes").unwrap();
    assert_ne!(sign(&other, &id, seconds, &came.body).as_deref(), Some(came.header("webhook-signature")));
    until_nothing_waits(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_and_loses_nothing() {
    let (world, mut receiver) = (World::new().await, Receiver::new(500).await);
    send(&world, &receiver).await;
    let told = [tell(&world, "one").await, tell(&world, "two").await, tell(&world, "three").await];
    let mut come = HashMap::<String, usize>::new();
    for tries in 1..=3 {
        for _ in &told {
            *come.entry(receiver.next().await.header("webhook-id").to_owned()).or_default() += 1;
        }
        if tries < 3 {
            until_put_off(&world, tries).await;
            receiver.answers(if tries < 2 { 500 } else { 200 });
            world.clock.advance(TimeSpan::minutes(1));
        }
    }
    until_nothing_waits(&world).await;
    assert!(told.iter().all(|id| come.get(id) == Some(&3)), "{come:?}");
    assert!(receiver.came.try_recv().is_err(), "what was taken is not sent again");
}

/// The next process sends what the last one left; of two processes, one sends.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_by_one_process_alone() {
    let (world, mut receiver) = (World::new().await, Receiver::new(200).await);
    outbox::seen(&world.backend.database, world.clock.now()).await.unwrap();
    let mut told = Vec::new();
    for number in 0..20 {
        told.push(tell(&world, &format!("number {number}")).await);
    }
    send(&world, &receiver).await;
    send(&world, &receiver).await;
    let mut came: HashMap<String, usize> = HashMap::new();
    for _ in 0..told.len() {
        *came.entry(receiver.next().await.header("webhook-id").to_owned()).or_default() += 1;
    }
    until_nothing_waits(&world).await;
    assert!(told.iter().all(|id| came.get(id) == Some(&1)) && receiver.came.try_recv().is_err(), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_where_no_webhook_is_set() {
    let world = World::new().await;
    tell(&world, "something").await;
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.count_all("notices").await, 1);
    // Days after the last process with a webhook nothing waits for one either.
    outbox::seen(&world.backend.database, world.clock.now()).await.unwrap();
    world.clock.advance(TimeSpan::hours(24 * 3 + 1));
    tell(&world, "more").await;
    assert_eq!(waiting(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_days_a_notice_is_given_up_and_stays_in_the_inbox() {
    let world = World::new().await;
    outbox::seen(&world.backend.database, world.clock.now()).await.unwrap();
    tell(&world, "something").await;
    world.clock.advance(TimeSpan::hours(24 * 3 - 1));
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.unwrap();
    assert_eq!(waiting(&world).await, 1);
    world.clock.advance(TimeSpan::hours(1));
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.unwrap();
    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.count_all("notices").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (world, mut receiver) = (World::new().await, Receiver::new(307).await);
    send(&world, &receiver).await;
    tell(&world, "something").await;
    for tries in 1..=2 {
        assert_eq!(receiver.next().await.path, "/notices");
        until_put_off(&world, tries).await;
        world.clock.advance(TimeSpan::minutes(1));
    }
    assert_eq!(receiver.next().await.path, "/notices", "it is tried again where it was sent to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_keeps_nobody_waiting() {
    let (world, mut receiver) = (World::new().await, Receiver::new(0).await);
    send(&world, &receiver).await;
    let first = tell(&world, "something").await;
    assert_eq!(receiver.next().await.header("webhook-id"), first);
    // The receiver holds the first notice while all this is done.
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/settings").await.status, StatusCode::OK);
    assert_eq!(sign_in_with(&world, "curl/8.5.0").await, StatusCode::SEE_OTHER);
    assert_eq!(waiting(&world).await, 2);
    receiver.answers(200);
    receiver.next().await;
    // If this took longer than one delivery may, the first notice was put off; then it is due again.
    world.clock.advance(TimeSpan::minutes(2));
    until_nothing_waits(&world).await;
}
