//! Key pairs of machines: the public half is known here, and the private half signs challenges.

use super::{Machine, Program, body};
use crate::support::world::{Answer, World};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::{Clock as _, CredentialId, TimeSpan};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use server::access::machines::challenge::signed_text;
use server::sessions::sweep;

/// The private half of a key pair, and the id of its credential.
struct Signing {
    key: SigningKey,
    credential: CredentialId,
}

/// One line, as OpenSSH writes it.
fn public_line(key: &SigningKey) -> String {
    let blob = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), key.verifying_key().as_bytes()].concat();
    format!("ssh-ed25519 {} ci@example", STANDARD.encode(blob))
}

/// The id of the credential that was added last.
async fn newest(world: &World, machine: &Machine) -> String {
    let rows = world.table("machine_credentials").with("machine", machine.id.as_str()).ordered("id");
    rows.ids().await.pop().expect("a credential")
}

async fn add_line(machine: &mut Machine, line: &str) -> Answer {
    let fields =
        [("action", "add-key"), ("label", "pipeline"), ("lasts", "90d"), ("overlap", "1d"), ("public-key", line)];
    machine.owner.post(&machine.page, &fields).await
}

impl Signing {
    async fn add(world: &World, machine: &mut Machine, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let added = add_line(machine, &public_line(&key)).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let credential = newest(world, machine).await;
        Self { key, credential: CredentialId::parse(&credential).expect("an id") }
    }

    /// The body of an exchange, with the challenge signed.
    fn sign(&self, challenge: &Value) -> Value {
        let [text, origin] = ["challenge", "origin"].map(|name| challenge[name].as_str().expect("a text"));
        self.proof(text, &signed_text(origin, self.credential, text))
    }

    fn proof(&self, challenge: &str, signed: &str) -> Value {
        let signature = STANDARD.encode(self.key.sign(signed.as_bytes()).to_bytes());
        json!({ "credential": self.credential.to_string(), "challenge": challenge, "signature": signature })
    }
}

async fn challenge(world: &World) -> Value {
    let answer = Program::new(world, None).post("/challenges", &json!({})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    body(&answer)
}

async fn exchange(world: &World, proof: &Value) -> Answer {
    Program::new(world, None).post("/sessions", proof).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_challenge_gives_a_session_for_minutes() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let signing = Signing::add(&world, &mut machine, 7).await;
    let begun = exchange(&world, &signing.sign(&challenge(&world).await)).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.body);
    let token = body(&begun)["token"].as_str().expect("a token").to_owned();
    let mut program = Program::new(&world, Some(&token));
    assert_eq!(body(&program.get("/whoami").await)["name"], json!("ci"));
    let started = world.records().of("session.start").by("ci").allowed();
    assert_eq!(
        started.each("method || ' ' || parameters").await,
        [format!("key_pair credential={}", signing.credential)]
    );
    let page = machine.owner.get(&machine.page).await.page();
    assert!(page.shows("Key SHA256:") && page.shows(&signing.credential.to_string()), "{page}");
    machine.owner.post(&machine.page, &[("action", "revoke"), ("credential", &signing.credential.to_string())]).await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(exchange(&world, &signing.sign(&challenge(&world).await)).await.status, StatusCode::UNAUTHORIZED);
}

/// The answer is the same for each, and the record tells why.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_does_not_count_begins_nothing() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let mut other = Machine::add(&world, "other", "petra").await;
    let signing = Signing::add(&world, &mut machine, 7).await;
    let others = Signing::add(&world, &mut other, 8).await;
    let asked = challenge(&world).await;
    let [text, origin] = ["challenge", "origin"].map(|name| asked[name].as_str().expect("a text"));
    let secret = machine.secret("second").await;
    let of_secret = newest(&world, &machine).await;
    let mut of_a_secret = signing.sign(&asked);
    of_a_secret["credential"] = json!(of_secret);
    let mut swapped = signing.sign(&asked);
    swapped["credential"] = json!(others.credential.to_string());
    let mut nobody = signing.sign(&asked);
    nobody["credential"] = json!("01kb0000000000000000000000");
    let cases = [
        (signing.proof(text, &signed_text("https://evil.example", signing.credential, text)), "wrong_signature"),
        (signing.proof(text, text), "wrong_signature"),
        (signing.proof(text, &signed_text(origin, others.credential, text)), "wrong_signature"),
        (swapped, "wrong_signature"),
        (of_a_secret, "unknown_credential"),
        (nobody, "unknown_credential"),
        (signing.proof("nothing", &signed_text(origin, signing.credential, "nothing")), "challenge_expired"),
    ];
    let mut answers = Vec::new();
    for (proof, _) in &cases {
        let answer = exchange(&world, proof).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{proof}");
        let mut told = body(&answer);
        told.as_object_mut().expect("an object").remove("record").expect("the id of the record");
        answers.push(told);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let codes = world.records().of("session.start").with("entry", "api").refused().each("reason_code").await;
    assert_eq!(codes, cases.map(|(_, code)| code));
    world.clock.advance(TimeSpan::minutes(1));
    assert_eq!(exchange(&world, &signing.sign(&asked)).await.status, StatusCode::UNAUTHORIZED, "too late");
    assert_eq!(world.count_all("machine_sessions").await, 0);
    assert_eq!(world.count_all("used_challenges").await, 0, "what does not count leaves nothing behind");
    Program::begin(&world, &secret).await;
}

/// G24: one wins of all that come at once, and a clock that steps back revives none.
#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_begins_one_session() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let signing = Signing::add(&world, &mut machine, 7).await;
    let proof = signing.sign(&challenge(&world).await);
    let tries = (0..20).map(|_| exchange(&world, &proof));
    let statuses: Vec<_> = futures::future::join_all(tries).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CREATED).count(), 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [StatusCode::CREATED, StatusCode::UNAUTHORIZED].contains(status)),
        "{statuses:?}"
    );
    world.clock.advance(TimeSpan::hours(24));
    sweep::once(&world.backend.database, &world.backend.endings(), world.clock.now()).await.expect("it sweeps");
    world.clock.advance(TimeSpan::hours(-24));
    assert_eq!(exchange(&world, &proof).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count_all("machine_sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_safe_public_key_is_added_and_only_once() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----";
    let refused = add_line(&mut machine, private).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("This is a private key"), "{}", refused.body);
    assert!(!refused.body.contains("b3BlbnNzaC1rZXktdjEA"), "it is not sent back");
    let line = public_line(&SigningKey::from_bytes(&[7; 32]));
    assert_eq!(add_line(&mut machine, &line).await.status, StatusCode::SEE_OTHER);
    let again = add_line(&mut machine, &line).await;
    assert!(again.page().shows("This key is, or was, a credential already"), "{}", again.body);
    assert_eq!(world.count_all("machine_credentials").await, 1);
    let both =
        [("action", "make-credential"), ("label", "a"), ("lasts", "90d"), ("overlap", "1d"), ("public-key", &line)];
    assert_eq!(machine.owner.post(&machine.page, &both).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let parameters = world.records().of("machine.add_key").allowed().each("parameters").await;
    assert!(parameters[0].contains("key=SHA256%3A") || parameters[0].contains("key=SHA256:"), "{parameters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_whole_and_of_one_kind() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    let signing = Signing::add(&world, &mut machine, 7).await;
    let proof = signing.sign(&challenge(&world).await);
    let with = |field: &str, value: Value| {
        let mut changed = proof.clone();
        changed[field] = value;
        changed
    };
    for wrong in [
        with("signature", Value::Null),
        with("credential", json!("nobody")),
        with("signature", json!("AAAA")),
        with("signature", json!("not base64")),
        with("client_secret", json!("dw_secret")),
        with("challenge", json!(["a"])),
    ] {
        assert_eq!(exchange(&world, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let mut with_header = Program::new(&world, Some("dw_secret"));
    assert_eq!(with_header.post("/sessions", &proof).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(exchange(&world, &proof).await.status, StatusCode::CREATED, "none of these used the challenge up");
}
