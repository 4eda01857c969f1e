//! Exports of values: encrypted, recorded one by one, and read back by an import.

#[path = "../../../../src/secrets/values/age/tests/opened.rs"]
mod opened;

use super::{add, add_file, address_of, imported};
use crate::account::codes::set_up_codes;
use crate::cli::program::{Program, said};
use crate::support::world::{Answer, Client, World, holds};
use axum::http::StatusCode;
use doorward::TimeSpan;
use opened::{Opens, decrypt};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

const ADDRESS: &str = "/secrets/export";

async fn exported_now(world: &World) -> i64 {
    world.records().of("secret.reveal").like("parameters", "%by=export%").count().await
}

const PASSPHRASE: &str = "a passphrase of this test";
const FILE: &[u8] = b"\x00\xffcanary-exported-file-j6";

async fn export(client: &mut Client, environment: &str, folder: &str) -> Answer {
    let fields = [("environment", environment), ("folder", folder), ("recipient", ""), ("passphrase", PASSPHRASE)];
    client.post(ADDRESS, &fields).await
}

/// An administrator with two fresh factors, and a secret of each kind that is theirs.
async fn ready(world: &World) -> Client {
    let mut ada = world.sign_in("ada").await;
    set_up_codes(world, &mut ada).await;
    address_of(&add(&mut ada, "text", "out/text", "a \"text\"\n\u{1}\u{e9}").await);
    address_of(&add(&mut ada, "key-value", "out/pairs", "A=1\nB='canary-exported-pair-x8 \"'").await);
    address_of(&add_file(&mut ada, "out/file", ("a b.bin", FILE)).await);
    ada
}

/// Decrypts with the tests' own reader of the format.
fn json_in(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let plain = decrypt(&Opens::Passphrase(PASSPHRASE), answer.bytes()).expect("it opens");
    String::from_utf8(plain).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_gives_the_same_secrets_when_imported() {
    let world = World::new().await;
    let mut ada = ready(&world).await;
    let answer = export(&mut ada, "dev", "out").await;
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert!(
        answer.header("content-disposition").contains("secrets-dev-")
            && answer.header("content-disposition").ends_with(".json.age")
    );
    let json = json_in(&answer);
    assert!(!holds(&answer.body, "canary-exported"), "it is encrypted");
    world.execute("update secrets set name = 'kept/' || name where name like 'out/%'").await;
    let fields = [("action", "preview"), ("environment", "dev"), ("existing", "skip"), ("text", json.as_str())];
    let shown = ada.post("/secrets/import", &fields).await;
    imported::apply(&mut ada, &shown).await;
    for name in ["text", "pairs", "file"] {
        let [new, old] =
            ["out/", "kept/out/"].map(|before| format!("s.environment = 'dev' and s.name = '{before}{name}'"));
        let (new, old) = (world.secret_where(&new).await, world.secret_where(&old).await);
        let values = [new, old].map(|id| format!("/secrets/{id}"));
        let reveal = [("action", "reveal")];
        let (new, old) = (ada.post(&values[0], &reveal).await, ada.post(&values[1], &reveal).await);
        if name == "file" {
            assert!(new.bytes() == FILE && old.bytes() == FILE);
            assert_eq!(new.header("content-disposition"), old.header("content-disposition"));
        } else {
            let shown = |answer: &Answer| answer.page().revealed();
            assert_eq!(shown(&new), shown(&old), "{name}");
        }
    }
    assert_eq!(world.records().of("secret.export_values").allowed().count().await, 1);
    assert_eq!(exported_now(&world).await, 3, "one for each value");
    assert!(!holds(&world.database.everything(&world.rows).await, "canary-exported"), "nothing of it is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_needs_two_fresh_factors_and_its_permission() {
    let world = World::new().await;
    let mut weak = world.sign_in("ada").await;
    let held_up = export(&mut weak, "dev", "").await;
    assert!(held_up.status == StatusCode::SEE_OTHER && held_up.location().starts_with("/confirm"), "{}", held_up.body);
    let mut ada = ready(&world).await;
    world.clock.advance(TimeSpan::minutes(6));
    let held_up = export(&mut ada, "dev", "out").await;
    assert!(held_up.status == StatusCode::SEE_OTHER && held_up.location().starts_with("/confirm"));
    for name in ["vera", "omar", "petra", "quinn", "noor"] {
        let mut other = world.sign_in(name).await;
        assert_eq!(other.get(ADDRESS).await.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(export(&mut other, "dev", "").await.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(exported_now(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_only_values_that_may_be_revealed() {
    let world = World::new().await;
    let mut ada = ready(&world).await;
    let json = json_in(&export(&mut ada, "dev", "").await);
    let omars = world.secrets().with("environment", "dev").whose("owner", "omar").each("name").await;
    assert!(json.contains("out/text") && !omars.is_empty());
    assert!(
        omars.iter().all(|name| !json.contains(&format!("\"{name}\""))),
        "ada oversees them and may not reveal them"
    );
    for (recipient, passphrase, folder, environment) in [
        ("age1nonsense", "", "", "dev"),
        ("", "short", "", "dev"),
        ("", "", "", "dev"),
        ("age1nonsense", PASSPHRASE, "", "dev"),
        ("", PASSPHRASE, "no/such/folder", "dev"),
        ("", PASSPHRASE, "../", "dev"),
        ("", PASSPHRASE, "", "nowhere"),
    ] {
        let fields =
            [("environment", environment), ("folder", folder), ("recipient", recipient), ("passphrase", passphrase)];
        let refused = ada.post(ADDRESS, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{recipient} {folder} {environment}");
        assert!(!refused.body.contains(PASSPHRASE), "a passphrase is not sent back");
    }
}

/// An export is no way around the reason that a reveal needs, and neither is a download.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_needs_the_reason_that_is_asked_for() {
    let world = World::new().await;
    let mut ada = ready(&world).await;
    world.table("environments").with("name", "dev").set("asks_reason", 1).await;
    let refused = export(&mut ada, "dev", "out").await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("Say why"), "{}", refused.body);
    let file = world.secrets().with("environment", "dev").with("name", "out/file").first().await;
    let file = format!("/secrets/{file}");
    assert!(ada.get(&file).await.page().has_field("Reason"), "the form asks");
    assert_eq!(ada.post(&file, &[("action", "reveal")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.records().of("secret.reveal").allowed().count().await, 0);
    let why = ("why", "To move to another vault");
    let fields = [("environment", "dev"), ("folder", "out"), ("recipient", ""), ("passphrase", PASSPHRASE), why];
    assert!(json_in(&ada.post(ADDRESS, &fields).await).contains("out/text"));
    let stated = world.records().of("secret.reveal").like("parameters", "%by=export&why=To%move%");
    assert_eq!(stated.count().await, 3);
    let downloaded = ada.post(&file, &[("action", "reveal"), why]).await;
    assert!(downloaded.bytes() == FILE && downloaded.header("refresh").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_in_an_export_ends_the_session() {
    let world = World::new().await;
    let mut ada = ready(&world).await;
    world.mark(&world.secrets().with("name", "out/file").first().await).await;
    let answer = export(&mut ada, "dev", "out").await;
    assert!(answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/sign-in"), "{}", answer.status);
    assert!(ada.get("/secrets").await.location().starts_with("/sign-in"), "the session is over");
    assert_eq!(world.incidents().each("kind").await, ["canary"]);
}

/// Where age is installed, it opens what was exported.
#[tokio::test(flavor = "multi_thread")]
async fn age_opens_an_export_where_it_is_installed() {
    let Ok(made) = Command::new("age-keygen").stderr(Stdio::null()).output() else { return };
    let identity = String::from_utf8(made.stdout).unwrap();
    let public = identity.split("public key: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let world = World::new().await;
    let mut ada = ready(&world).await;
    let fields = [("environment", "dev"), ("folder", "out"), ("recipient", public.as_str()), ("passphrase", "")];
    let answer = ada.post(ADDRESS, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let folder = tempfile::tempdir().unwrap();
    let (key, file) = (folder.path().join("key"), folder.path().join("export.age"));
    std::fs::write(&key, identity).unwrap();
    std::fs::write(&file, answer.bytes()).unwrap();
    let opened = Command::new("age").arg("--decrypt").arg("--identity").args([&key, &file]).output().unwrap();
    let json = String::from_utf8_lossy(&opened.stdout);
    assert!(json.contains("\"out/text\": \"a \\\"text\\\""), "{}", String::from_utf8_lossy(&opened.stderr));
}

/// What the command writes is for the owner of the passphrase alone, and a record says of each value that it was taken.
#[test]
fn the_command_exports_what_it_reads_back() {
    let program = Program::new();
    let write = |name: &str, text: &str| {
        let path = program.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let run = |arguments: &[&str], input: &str| said(&program.run_with_input(arguments, input));
    run(&["user", "add", "ada", "--role", "administrator", "--password-stdin"], "a password of this test\n");
    write("values.yaml", "out:\n  one: canary-exported-by-command\nother: 2\n");
    let import = ["secrets", "import", "--environment", "dev", "--yes"];
    assert!(run(&[&import[..], &["values.yaml"]].concat(), "").contains("2 added"));
    write("passphrase", PASSPHRASE);
    let export = ["secrets", "export", "--values", "--environment", "dev", "--passphrase-file", "passphrase"];
    let exported = run(&[&export[..], &["--folder", "out", "out.age"]].concat(), "");
    assert!(exported.contains("out.age holds 1 value of dev, encrypted."), "{exported}");
    let file = std::fs::read(program.folder.path().join("out.age")).unwrap();
    let json = decrypt(&Opens::Passphrase(PASSPHRASE), &file).expect("it opens");
    assert_eq!(String::from_utf8(json).unwrap(), "{\n  \"out/one\": \"canary-exported-by-command\"\n}\n");
    let mode = std::fs::metadata(program.folder.path().join("out.age")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (more, reason) in [
        (["--folder", "out", "out.age"], "out.age exists already"),
        (["--folder", "nowhere", "other.age"], "there is no value"),
        (["--folder", "../", "other.age"], "is not a folder"),
    ] {
        let refused = run(&[&export[..], &more].concat(), "");
        assert!(refused.contains(reason), "{refused}");
    }
    assert!(!program.folder.path().join("other.age").exists());
}
