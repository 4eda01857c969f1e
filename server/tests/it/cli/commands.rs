//! Importing secrets and adding people.

use super::program::{Program, said, sentence};
use crate::gates::bad_input::listed;
use crate::support::world::{Setup, World};
use app::secrets::Revealed;
use axum::http::StatusCode;
use doorward::{Environment, SecretText, SignInName, Within};
use server::db::Database;
use server::identities::cli::{UserError, add_user, disable_user, enable_user, invite_user};
use server::secrets::cli::{ImportError, import};

pub const PASSWORD: &str = "a long enough sentence";

/// As people have them: comments, quotes, export, several lines, Windows line ends.
pub const ENV_FILE: &str = "# The billing service\r\n\
    \r\n\
    DATABASE_URL=postgres://billing:pa$$word-canary-1@db.internal:5432/billing?sslmode=require\r\n\
    export STRIPE_KEY=\"sk_live_canary-2\"   # live!\r\n\
    SMTP_PASSWORD='can\"ary $3 # not a comment'\r\n\
    EMPTY=\r\n\
    \u{20}SPACED = value-canary-4 # comment\r\n\
    JSON_CONFIG='{\"canary\": 5}'\r\n\
    PRIVATE_KEY=\"-----BEGIN TEST KEY-----\r\n\
    canary-6-abcdefgh\r\n\
    -----END TEST KEY-----\"\r\n\
    ESCAPED=\"line one\\nline two canary-7\"\r\n\
    URL_WITH_HASH=https://example.org/#canary-8\r\n";

pub const EXPECTED: [(&str, &str); 8] = [
    ("DATABASE_URL", "postgres://billing:pa$$word-canary-1@db.internal:5432/billing?sslmode=require"),
    ("STRIPE_KEY", "sk_live_canary-2"),
    ("SMTP_PASSWORD", "can\"ary $3 # not a comment"),
    ("SPACED", "value-canary-4"),
    ("JSON_CONFIG", "{\"canary\": 5}"),
    ("PRIVATE_KEY", "-----BEGIN TEST KEY-----\ncanary-6-abcdefgh\n-----END TEST KEY-----"),
    ("ESCAPED", "line one\nline two canary-7"),
    ("URL_WITH_HASH", "https://example.org/#canary-8"),
];

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned()).unwrap()
}

/// A world with one operator, as `doorward user add` makes her.
async fn with_ines() -> World {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    add_user(&world.backend, "ines", "Ines Costa", vec!["operator".to_owned()], Within::Everywhere, secret(PASSWORD))
        .await
        .unwrap();
    world
}

async fn refused(world: &World, text: &str, environment: &str, owner: Option<&str>) -> ImportError {
    let before = everything_imported(world).await;
    let error = import(&world.backend, "prod.env", text, environment, owner).await.err().expect("it is refused");
    assert_eq!(everything_imported(world).await, before, "{error}: nothing was imported");
    error
}

async fn everything_imported(world: &World) -> [i64; 3] {
    [
        world.count_all("secrets").await,
        world.count_all("secret_versions").await,
        world.records().of("secret.import").count().await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_env_file_is_imported_and_its_owner_sees_exactly_that() {
    let world = with_ines().await;
    add_user(&world.backend, "jo", "Jo", vec!["operator".to_owned()], Within::Everywhere, secret(PASSWORD))
        .await
        .unwrap();
    let done = import(&world.backend, ".env", ENV_FILE, "dev", Some("Ines")).await.unwrap();
    assert_eq!(done.added().collect::<Vec<_>>(), EXPECTED.map(|(name, _)| name));
    assert_eq!(done.skipped.iter().map(|skip| (skip.name.as_str(), skip.line)).collect::<Vec<_>>(), [("EMPTY", 6)]);

    let mut ines = world.visitor();
    assert_eq!(ines.sign_in("ines", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let page = ines.get("/secrets").await;
    assert_eq!(listed(&page).len(), EXPECTED.len());
    for (name, value) in EXPECTED {
        assert!(page.page().codes().iter().any(|code| code == name), "{name}");
        let id = world.secrets().with("name", name).first().await;
        let revealed: Revealed = ines.call_value(&id).await.decoded();
        assert_eq!((revealed.value.as_str(), revealed.version), (value, 1), "{name}");
    }
    let mut jo = world.visitor();
    jo.sign_in("jo", PASSWORD).await;
    assert_eq!(listed(&jo.get("/secrets").await).len(), 0, "and nobody else sees any of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_imported_value_stands_in_the_database_as_it_is() {
    let world = with_ines().await;
    import(&world.backend, ".env", ENV_FILE, "dev", None).await.unwrap();
    for (name, value) in EXPECTED {
        assert!(!world.database_holds(value).await, "the value of {name}");
        assert!(world.database_holds(name).await, "the search finds {name}");
    }
    assert!(!world.database_holds("canary-").await && !world.database_holds(PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_line_imports_nothing_and_is_named_without_its_value() {
    let world = with_ines().await;
    for (text, place) in [
        ("GOOD=canary-one\nno equals sign canary-two\n", "prod.env:2: "),
        ("GOOD=canary-one\n\n\nBAD=\"canary-two\nnever closed", "prod.env:4: "),
        ("GOOD=canary-one\nGOOD=canary-two\n", "prod.env:2: "),
        ("GOOD=canary-one\n2BAD=canary-two\n", "prod.env:2: "),
        ("=canary-one\n", "prod.env:1: "),
        ("KEY=-----BEGIN canary-one\ncanary-two\n-----END", "prod.env:1: "),
        ("GOOD='canary-one' canary-two\n", "prod.env:1: "),
        ("GOOD=a\nNUL=canary\u{0}two\n", "prod.env:2: "),
        ("{\"GOOD\": \"canary-one\",\n\"BAD\": [\"canary-two\"]}", "prod.env:2: "),
        ("{\"GOOD\": \"canary-one\",\n", "prod.env:"),
    ] {
        let sentence = refused(&world, text, "dev", None).await.to_string();
        assert!(sentence.starts_with(place), "{sentence}");
        assert!(sentence.ends_with("; nothing was imported"), "{sentence}");
        assert!(!sentence.contains("canary"), "{sentence}");
    }
}

/// A changed value makes a new version.
#[tokio::test(flavor = "multi_thread")]
async fn importing_the_same_file_again_changes_nothing() {
    let world = with_ines().await;
    import(&world.backend, ".env", "A=one\nB=two\n", "dev", None).await.unwrap();
    let before = everything_imported(&world).await;
    let again = import(&world.backend, ".env", "A=one\nB=two\n", "dev", None).await.unwrap();
    assert_eq!(again.unchanged, ["A", "B"]);
    assert_eq!(everything_imported(&world).await, before);

    let changed = import(&world.backend, ".env", "A=one\nB=three\nC=new\n", "dev", None).await.unwrap();
    assert_eq!(changed.updated().collect::<Vec<_>>(), ["B"]);
    assert_eq!(changed.added().collect::<Vec<_>>(), ["C"]);
    assert_eq!(world.secrets().ordered("name").each_of(&["name", "version"]).await, ["A 1", "B 2", "C 1"]);
    assert_eq!(world.value_of(&world.secrets().with("name", "B").first().await).await, "three");
    // The same name elsewhere is another secret.
    import(&world.backend, ".env", "A=elsewhere\n", "staging", None).await.unwrap();
    assert_eq!(
        world.value_of(&world.secrets().with("name", "A").with("environment", "dev").first().await).await,
        "one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_imported_version_stands_in_the_audit_table() {
    let world = with_ines().await;
    import(&world.backend, ".env", "A=one\nB=two\n", "dev", None).await.unwrap();
    import(&world.backend, ".env", "A=one\nB=three\n", "dev", None).await.unwrap();
    let recorded = world
        .texts(
            "select s.name || ' ' || a.parameters || ' ' || a.decision || ' ' || a.entry from audit a \
             join secrets s on a.resource = 'secret:' || s.id where a.action = 'secret.import' order by s.name, a.parameters",
        )
        .await;
    let line = |name: &str, version: u8| format!("{name} environment=dev&version={version} allowed command");
    assert_eq!(recorded, [line("A", 1), line("B", 1), line("B", 2)]);
    assert_eq!(world.records().of("identity.add").with("entry", "command").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_or_an_owner_that_is_not_there_is_named() {
    let world = with_ines().await;
    let sentence = refused(&world, "A=canary", "qa", None).await.to_string();
    assert_eq!(sentence, "there is no environment qa; there are: dev, staging, production");
    let sentence = refused(&world, "A=canary", "../dev", None).await.to_string();
    assert!(sentence.starts_with("an environment's name has"), "{sentence}");
    let sentence = refused(&world, "A=canary", "dev", Some("nobody")).await.to_string();
    assert_eq!(sentence, "there is no user named nobody; add one with `doorward user add`");
    add_user(&world.backend, "jo", "Jo", vec!["viewer".to_owned()], Within::Everywhere, secret(PASSWORD))
        .await
        .unwrap();
    let sentence = refused(&world, "A=canary", "dev", None).await.to_string();
    assert_eq!(sentence, "name the owner of the new secrets with --owner NAME");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_cannot_be_recorded_imports_nothing() {
    let world = with_ines().await;
    world.take_away("audit").await;
    let error = import(&world.backend, ".env", "A=canary", "dev", None).await.err().unwrap();
    assert!(matches!(error, ImportError::Unavailable));
    assert_eq!(world.count_all("secrets").await, 0);
    assert_eq!(world.count_all("secret_versions").await, 0);
}

/// An unknown role is refused too.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_added_with_a_weak_password_or_a_taken_name() {
    let world = with_ines().await;
    let add = async |name: &str, role: &str, password: &str| {
        let roles = vec![role.to_owned()];
        add_user(&world.backend, name, "Somebody", roles, Within::Everywhere, secret(password))
            .await
            .expect_err("it is refused")
    };
    assert!(matches!(add("jo", "viewer", "short").await, UserError::Weak(_)));
    assert!(matches!(add("jo.jo.jo.jo", "viewer", "jo.jo.jo.jojo.jo.jo.jo").await, UserError::Weak(_)));
    assert!(matches!(add("ines", "viewer", PASSWORD).await, UserError::Taken(name) if name.as_str() == "ines"));
    let sentence = add("jo", "root", PASSWORD).await.to_string();
    assert_eq!(sentence, "there is no role root; there are: administrator, approver, auditor, operator, viewer");
    let nowhere = Within::Only(Environment::parse("qa").unwrap());
    let unknown = add_user(&world.backend, "jo", "Jo", vec!["viewer".to_owned()], nowhere, secret(PASSWORD)).await;
    let sentence = unknown.expect_err("it is refused").to_string();
    assert_eq!(sentence, "there is no environment qa; there are: dev, staging, production");
    for name in ["", "jo jo", "jö", "jo\nan", "jo'--", &"j".repeat(65)] {
        assert!(matches!(add(name, "viewer", PASSWORD).await, UserError::Name(_)), "{name:?}");
    }
    assert_eq!(world.identities().each("name").await, ["ines"]);
    assert_eq!(world.count_all("passwords").await, 1);
    assert_eq!(world.records().of("identity.add").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_doorward_is_refused() {
    let world = World::with(Setup { people: false, ..Setup::default() }).await;
    assert!(Database::open(world.database_address()).await.is_ok(), "this version's own is opened again");
    world
        .execute(
            "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
             select 9999, description, installed_on, success, checksum, execution_time from _sqlx_migrations where version = 1",
        )
        .await;
    let sentence = Database::open(world.database_address()).await.expect_err("it is refused").to_string();
    assert!(sentence.contains("newer Doorward") && sentence.contains("9999"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_disabled_and_invited_by_command() {
    let world = World::new().await;
    let name = |name: &str| SignInName::parse(name).unwrap();
    let mut omar = world.sign_in("omar").await;
    disable_user(&world.backend, &name("omar")).await.unwrap();
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
    assert!(matches!(disable_user(&world.backend, &name("omar")).await, Err(UserError::Disabled(_))));
    assert!(matches!(disable_user(&world.backend, &name("ada")).await, Err(UserError::LastAdministrator)));
    enable_user(&world.backend, &name("omar")).await.unwrap();
    assert!(matches!(enable_user(&world.backend, &name("omar")).await, Err(UserError::NotDisabled(_))));
    assert!(matches!(invite_user(&world.backend, &name("omar")).await, Err(UserError::CanSignIn(_))));
    assert!(matches!(invite_user(&world.backend, &name("nobody")).await, Err(UserError::Nobody(_))));
    world.sign_in("omar").await;
    world.sign_in("ada").await;
    let recorded = world.records().with("entry", "command").each("action").await;
    assert_eq!(recorded.iter().filter(|action| action.starts_with("identity.")).count(), 2, "{recorded:?}");
}

#[test]
fn a_file_is_imported_from_the_command_line_as_it_was_shown() {
    let program = Program::new();
    std::fs::write(program.folder.path().join("app.env"), ENV_FILE).unwrap();
    let add = ["user", "add", "ines", "--role", "operator", "--password-stdin"];
    let weak = program.run_with_input(&add, "short\n");
    assert_eq!(sentence(&weak), "doorward: a password needs at least 12 characters");
    assert_eq!(
        sentence(&program.run_with_input(&add, "")),
        "doorward: no password was given: write it as the first line of standard input"
    );
    let added = program.run_with_input(&add, &format!("{PASSWORD}\n"));
    assert!(added.status.success() && said(&added).contains("ines can sign in now."), "{}", said(&added));
    let taken = program.run_with_input(&add, &format!("{PASSWORD}\n"));
    assert_eq!(sentence(&taken), "doorward: a user named ines exists already");

    let import = ["secrets", "import", "--environment", "dev", "app.env"];
    let dry = program.run(&[&import[..], &["--dry-run"]].concat());
    assert!(dry.status.success() && said(&dry).contains("Nothing was imported"), "{}", said(&dry));
    assert!(
        said(&dry).contains("  add     STRIPE_KEY") && said(&dry).contains("  skip    EMPTY (line 6: has no value)"),
        "{}",
        said(&dry)
    );
    assert_eq!(
        sentence(&program.run(&import)),
        "doorward: nothing was imported: standard input is not a terminal, so nothing can be asked: give --yes"
    );
    let done = program.run(&[&import[..], &["--yes"]].concat());
    assert!(said(&done).contains("Imported: 8 added, 0 updated, 0 the same, 1 skipped."), "{}", said(&done));
    let again = program.run(&[&import[..], &["--yes"]].concat());
    assert!(said(&again).contains("Imported: 0 added, 0 updated, 8 the same, 1 skipped."), "{}", said(&again));
    for output in [&dry, &done, &again, &added, &weak] {
        assert!(!said(output).contains("canary") && !said(output).contains(PASSWORD), "{}", said(output));
    }

    std::fs::write(program.folder.path().join("bad.env"), "GOOD=canary\nbad canary\n").unwrap();
    let bad = sentence(&program.run(&["secrets", "import", "--environment", "dev", "--yes", "bad.env"]));
    assert!(bad.starts_with("doorward: bad.env:2: ") && !bad.contains("canary"), "{bad}");
    std::fs::write(program.folder.path().join("binary.env"), b"A=\xff\xfe").unwrap();
    let binary = sentence(&program.run(&["secrets", "import", "--environment", "dev", "--yes", "binary.env"]));
    assert_eq!(binary, "doorward: binary.env is not UTF-8 text");
    let absent = sentence(&program.run(&["secrets", "import", "--environment", "dev", "--yes", "absent.env"]));
    assert!(absent.starts_with("doorward: absent.env cannot be read: "), "{absent}");
}
