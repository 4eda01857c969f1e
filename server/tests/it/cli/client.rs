//! The command line as a client of the API, against a server on this machine.

use super::program::{Program, said};
use crate::access::machines::Machine;
use crate::support::world::{Setup, World};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use server::http::listener::{Patience, serve};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// A server, a machine that may reveal and replace one secret of omar's in `dev`, and the program with its client secret.
struct Asking {
    world: World,
    machine: Machine,
    program: Program,
    id: String,
    name: String,
}

impl Asking {
    async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin: &'static str = format!("http://{}", listener.local_addr().expect("an address")).leak();
        let world = World::with(Setup { origin, ..Setup::default() }).await;
        let patience = Patience { head: Duration::from_secs(60), shutdown: Duration::ZERO };
        tokio::spawn(serve(listener, world.router.clone(), None, patience, std::future::pending()));
        let mut machine = Machine::add(&world, "ci", "omar").await;
        machine.give(&world, "operator", "dev").await;
        let id = world.omars_secret("dev").await;
        let name = world.secrets().with("id", id.as_str()).one("name").await;
        world.grant_until(&id, "ci", None).await;
        let program = Program::new();
        program.write_secret(&machine.secret("a terminal").await);
        Self { world, machine, program, id, name }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program.folder.path().join("doorward"));
        command.args(arguments).current_dir(self.program.folder.path()).env_clear().stdin(Stdio::null());
        command.env("DOORWARD_SERVER", &*self.world.backend.origin).env("DOORWARD_CLIENT_SECRET_FILE", "client-secret");
        command
    }

    /// Runs a command beside the server, which this process serves.
    async fn ask(&self, arguments: &[&str]) -> Output {
        output(self.command(arguments)).await
    }

    /// The value of the secret, as a person with the right sees it.
    async fn value(&self) -> String {
        self.world.value_of(&self.id).await
    }
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("it ends")
}

impl Program {
    /// Writes the file of the client secret.
    fn write_secret(&self, secret: &str) {
        let path = self.folder.path().join("client-secret");
        std::fs::write(&path, format!("{secret}\n")).expect("it is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_finds_and_reads_its_secret_by_command() {
    let asking = Asking::begin().await;
    let who = asking.ask(&["whoami"]).await;
    assert!(
        out(&who).starts_with("ci (service account)\n") && out(&who).contains("secret.reveal\tdev"),
        "{}",
        said(&who)
    );
    let listed = asking.ask(&["list", "--environment", "dev", "--name", &asking.name]).await;
    assert_eq!(out(&listed), format!("dev\t{}\ttext\t{}\n", asking.name, asking.id), "{}", said(&listed));
    let value = asking.value().await;
    for arguments in [&["get", &asking.id][..], &["get", &asking.name, "--environment", "dev"]] {
        let read = asking.ask(arguments).await;
        assert_eq!(out(&read), value, "exactly: {}", said(&read));
    }
    let json = asking.ask(&["get", &asking.id, "--json"]).await;
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["value"], serde_json::json!(value));
    assert!(asking.ask(&["get", &asking.id, "--output", "value"]).await.status.success());
    let file = asking.program.folder.path().join("value");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), value);
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    let again = asking.ask(&["get", &asking.id, "--output", "value"]).await;
    assert!(again.status.code() == Some(1) && said(&again).contains("nothing is overwritten"), "{}", said(&again));
    let records = asking.world.records().of("secret.reveal").by("ci").allowed();
    assert_eq!(records.count().await, 5, "each value that left has its record");
    assert_eq!(asking.world.open_sessions().whose("identity", "ci").count().await, 0, "each command ends its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_replaces_the_version_that_it_saw() {
    let asking = Asking::begin().await;
    let set = |arguments: Vec<&'static str>, value: &'static str| {
        let id = asking.id.clone();
        let mut command = asking.command(&["set", &id]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        async move {
            let ended = tokio::task::spawn_blocking(move || {
                let mut child = command.spawn().expect("the program runs");
                std::io::Write::write_all(&mut child.stdin.take().expect("its input"), value.as_bytes())
                    .expect("it reads");
                child.wait_with_output().expect("it ends")
            });
            ended.await.expect("it ends")
        }
    };
    let done = set(vec![], "new value\n").await;
    assert_eq!(out(&done), "Version 2 counts now.\n", "{}", said(&done));
    assert_eq!(asking.value().await, "new value");
    let stale = set(vec!["--version", "1"], "another").await;
    assert_eq!(stale.status.code(), Some(6), "{}", said(&stale));
    assert!(!said(&stale).contains("another") && asking.value().await == "new value");
    assert_eq!(set(vec![], "").await.status.code(), Some(1));
}

/// G41: the codes are those of `docs/command-line.md`, and no sentence has anything secret.
#[tokio::test(flavor = "multi_thread")]
async fn what_fails_has_its_exit_code_and_says_no_secret() {
    let mut asking = Asking::begin().await;
    let secret = std::fs::read_to_string(asking.program.folder.path().join("client-secret")).expect("a file");
    let mut nowhere = asking.command(&["whoami"]);
    nowhere.env("DOORWARD_SERVER", "http://127.0.0.1:1");
    let mut in_the_clear = asking.command(&["whoami"]);
    in_the_clear.env("DOORWARD_SERVER", "http://192.0.2.1");
    let mut twice = asking.command(&["whoami"]);
    twice.env("DOORWARD_CLIENT_SECRET", secret.trim());
    let mut none = asking.command(&["whoami"]);
    none.env_remove("DOORWARD_CLIENT_SECRET_FILE");
    let petras = asking.world.identity("petra").await;
    for (command, code) in [
        (asking.command(&["get", "nothing-here"]), 2),
        (asking.command(&["get", "nothing-here", "--environment", "dev"]), 4),
        (asking.command(&["get", &petras]), 4),
        (asking.command(&["run", "--set", "A=b", "--environment", "dev", "--", "true"]), 4),
        (asking.command(&["run", "--set", "1A=b", "--", "true"]), 2),
        (asking.command(&["run", "--set", &format!("A={}", asking.id), "--", "./no-such-program"]), 127),
        (nowhere, 5),
        (in_the_clear, 5),
        (twice, 2),
        (none, 2),
    ] {
        let text = format!("{command:?}");
        let failed = output(command).await;
        assert_eq!(failed.status.code(), Some(code), "{text}: {}", said(&failed));
        assert!(!said(&failed).contains(secret.trim()), "{text}");
    }
    let path = asking.program.folder.path().join("client-secret");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let open = asking.ask(&["whoami"]).await;
    assert!(said(&open).contains("others may read or change it"), "{}", said(&open));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let credential = asking.world.ids_of("machine_credentials").await.remove(0);
    asking.machine.owner.post(&asking.machine.page, &[("action", "revoke"), ("credential", &credential)]).await;
    let revoked = asking.ask(&["get", &asking.id]).await;
    assert_eq!(revoked.status.code(), Some(3), "{}", said(&revoked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_values_and_no_credential() {
    let asking = Asking::begin().await;
    let value = asking.value().await;
    let set = format!("KEY={}", asking.name);
    let run = |mask: bool, script: &'static str| {
        let mut arguments = vec!["run", "--environment", "dev", "--set", &set];
        arguments.extend(mask.then_some("--mask"));
        arguments.extend(["--", "/bin/sh", "-c", script]);
        asking.command(&arguments)
    };
    let told =
        output(run(false, "printf '%s|%s|%s' \"$KEY\" \"$DOORWARD_CLIENT_SECRET_FILE\" \"$DOORWARD_SERVER\"; exit 7"))
            .await;
    assert_eq!((out(&told), told.status.code()), (format!("{value}||"), Some(7)), "{}", said(&told));
    let masked = output(run(true, "printf 'a %s b' \"$KEY\"; printf '%s' \"$KEY\" >&2; exit 7")).await;
    assert_eq!((out(&masked), masked.status.code()), ("a *** b".to_owned(), Some(7)));
    assert_eq!(String::from_utf8_lossy(&masked.stderr), "***");
    let killed = output(run(true, "kill -KILL $$")).await;
    assert_eq!(killed.status.code(), Some(128 + 9));
    assert_eq!(
        asking.world.open_sessions().whose("identity", "ci").count().await,
        0,
        "it ended before the program began"
    );
}

/// A private key as `openssl genpkey` writes it, and one line of its public half.
fn key_pair() -> (String, String) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let der = [&b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"[..], &key.to_bytes()].concat();
    let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], key.verifying_key().as_bytes()].concat();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
    (pem, format!("ssh-ed25519 {}", STANDARD.encode(blob)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_signs_with_a_key_for_the_named_server_alone() {
    let mut asking = Asking::begin().await;
    let (private, public) = key_pair();
    let fields = [("action", "add-key"), ("label", "a"), ("lasts", "90d"), ("overlap", "1d"), ("public-key", &*public)];
    asking.machine.owner.post(&asking.machine.page, &fields).await;
    let id = asking.world.ids_of("machine_credentials").await.pop().expect("a credential");
    asking.program.write_secret(&private);
    let signed = |server: &str| {
        let mut command = asking.command(&["whoami", "--key-file", "client-secret", "--credential", &id]);
        command.env_remove("DOORWARD_CLIENT_SECRET_FILE").env("DOORWARD_SERVER", server);
        command
    };
    let who = output(signed(&asking.world.backend.origin)).await;
    assert!(out(&who).starts_with("ci (service account)"), "{}", said(&who));

    // A server in between that hands on the challenge of the other one.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let between = format!("http://{}", listener.local_addr().expect("an address"));
    let challenge =
        serde_json::json!({ "challenge": "AAAA", "origin": &*asking.world.backend.origin, "expires_in": 60 });
    let came = Arc::new(AtomicUsize::new(0));
    let sessions = Arc::clone(&came);
    let router = Router::new().route("/api/v1/challenges", post(async move || Json(challenge))).route(
        "/api/v1/sessions",
        post(async move || {
            sessions.fetch_add(1, Ordering::SeqCst);
        }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let refused = output(signed(&between)).await;
    assert!(refused.status.code() == Some(1) && said(&refused).contains("it is not signed"), "{}", said(&refused));
    assert_eq!(came.load(Ordering::SeqCst), 0, "nothing was sent to it");
}

/// With `--mask` the program is a child, and hears of the end of its parent's.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_reaches_the_program_behind_the_mask() {
    let asking = Asking::begin().await;
    let set = format!("KEY={}", asking.id);
    let script = "trap 'echo heard; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut command = asking.command(&["run", "--set", &set, "--mask", "--", "/bin/sh", "-c", script]);
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut reader = std::io::BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut reader, &mut line).expect("it prints");
        assert_eq!(line, "ready\n");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is sent");
        std::io::Read::read_to_string(&mut reader, &mut line).expect("it prints");
        (line, child.wait().expect("it ends").code())
    });
    assert_eq!(ended.await.expect("it ends"), ("ready\nheard\n".to_owned(), Some(3)));
}
