mod variables;

use crate::cli::command_line::{Command, Serve, read_with};
use crate::cli::settings::*;
use std::ffi::OsString;

/// Reads arguments without the variables that this test run may have.
fn read(arguments: &str) -> Result<(Command, Config), clap::Error> {
    read_with(std::iter::once("doorward").chain(arguments.split_whitespace()), |_| None)
}

fn config(arguments: &str) -> Config {
    read(arguments).map(|(_, config)| config).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(arguments: &str) -> String {
    match read(arguments) {
        Ok(_) => panic!("was accepted: {arguments}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_defaults_serve_locally_with_an_embedded_database() {
    let (command, config) = read("").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(command, Command::Serve(Serve { demo: false }));
    assert_eq!(config.listen, "127.0.0.1:3000".parse().unwrap());
    assert_eq!(config.database_url.expose(), "sqlite:.doorward/doorward.sqlite?mode=rwc");
    let places = doorward::ReconfirmOn::BOTH;
    let renewal = TimeSpan::minutes(15);
    assert_eq!(
        config.session,
        SessionSpans { idle: TimeSpan::hours(1), absolute: TimeSpan::hours(12), renewal, places }
    );
    assert_eq!(config.password_cost, PasswordCost::LEAST);
    assert_eq!((config.body_limit, config.header_timeout.as_secs()), (1_048_576, 10));
    assert!(config.tls.is_none() && config.trusted_proxies.is_empty() && config.public_origin.is_none());
}

#[test]
fn records_are_kept_for_ever_unless_days_and_a_folder_are_given() {
    assert_eq!(config("").retention, None);
    let retention = Retention { days: 90, folder: "away".into() };
    assert_eq!(config("--ledger-keep 90 --ledger-archive away").retention, Some(retention));
    assert!(refusal("--ledger-keep 90").contains("belong together"));
    assert!(refusal("--ledger-archive away").contains("belong together"));
}

#[test]
fn a_wrong_value_is_refused_by_a_sentence_that_names_it() {
    for (arguments, words) in [
        ("--listen nowhere", "invalid value 'nowhere' for '--listen <ADDRESS:PORT>'"),
        ("--session-idle 0m", "it must be longer than zero"),
        ("--session-renewal 2h", "--session-renewal may be at most 1h"),
        ("--session-asks-again sometimes", "invalid value 'sometimes'"),
        ("--session-idle soon", "a span of time is written like"),
        ("--session-idle 61m", "--session-idle may be at most 1h"),
        ("--session-absolute 25h", "--session-absolute may be at most 24h (NIST SP 800-63B-4, AAL2)"),
        ("--session-absolute 30m", "--session-idle may not be longer than --session-absolute"),
        ("--password-memory 1024", "between 19456 and 1048576 KiB"),
        ("--password-passes 1", "passes must be between 2 and 16"),
        ("--password-lanes 0", "lanes must be between 1 and 16"),
        ("--password-workers 0", "between 1 and 256"),
        ("--body-limit 1KiB", "between 256KiB and 64MiB"),
        ("--request-timeout 11m", "at most 10m"),
        ("--tls-cert a.pem", "--tls-cert and --tls-key belong together"),
        ("--tls-key a.pem", "--tls-cert and --tls-key belong together"),
        ("--trusted-proxies 10.0.0.0/33", "a network is written like"),
        ("--trusted-proxies 10.0.0.0/8,0.0.0.0/0", "forge where they come from"),
        ("--trusted-proxies ::/0", "forge where they come from"),
        ("--public-origin http://example.org", "must begin with https://"),
        ("--public-origin https://example.org/", "with nothing behind it"),
        ("--webhook-url https://hooks.example", "--webhook-url and --webhook-secret-file belong together"),
        ("--webhook-secret-file a", "--webhook-url and --webhook-secret-file belong together"),
        ("--webhook-url http://hooks.example --webhook-secret-file a", "--webhook-url must begin with https://"),
        ("--log-format xml", "it must be one of: text, json"),
        ("--log-filter a=b=c", "--log-filter is not a filter"),
    ] {
        let refusal = refusal(arguments);
        assert!(refusal.contains(words), "{arguments}: {refusal}");
    }
}

#[test]
fn no_error_repeats_the_database_address() {
    for arguments in [
        "--database-url mysql://ada:hunter2@db",
        "--database-url hunter2",
        "--database-url postgres://a:hunter2@db --tls-cert a",
    ] {
        assert!(!refusal(arguments).contains("hunter2"));
    }
}

#[test]
fn a_secret_in_place_of_its_file_is_not_repeated() {
    for arguments in [
        "--webhook-url https://hooks.example --webhook-secret-file whsec_hunter2",
        "--webhook-url https://hooks.example --webhook-secret-file v1,whsec_hunter2",
    ] {
        let sentence = refusal(arguments);
        assert!(sentence.contains("--webhook-secret-file must be the name of a file"), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
    for (name, text) in [("--tls-key", "-----BEGIN PRIVATE KEY-----hunter2"), ("--tls-cert", "hunter2\nhunter2")] {
        let given = ["doorward".to_owned(), format!("{name}={text}")];
        let sentence = read_with(given, |_| None).err().map(|error| error.to_string());
        assert!(sentence.is_some_and(|text| text.contains(name) && !text.contains("hunter2")), "{name}");
    }
}

#[test]
fn plain_http_to_other_machines_is_refused_with_the_way_out() {
    for address in ["0.0.0.0:3000", "192.0.2.1:80", "[::]:3000", "[2001:db8::1]:3000"] {
        let sentence = refusal(&format!("--listen {address}"));
        assert!(sentence.contains("in the clear") && sentence.contains("--tls-cert"), "{sentence}");
    }
    let behind = "--listen 192.0.2.1:3000";
    assert!(refusal(&format!("{behind} --public-origin https://d.example")).contains("in the clear"));
    assert!(refusal(&format!("{behind} --trusted-proxies 192.0.2.9")).contains("in the clear"));
    assert!(
        refusal(&format!("{behind} --trusted-proxies 192.0.2.9 --public-origin http://localhost"))
            .contains("in the clear")
    );
    config(&format!("{behind} --public-origin https://d.example --trusted-proxies 192.0.2.9"));
    config(&format!("{behind} --tls-cert a --tls-key b"));
    config("--listen [::1]:3000");
    config("--listen 127.0.0.9:0");
}

#[test]
fn an_origin_that_browsers_cannot_see_is_refused() {
    assert!(refusal("--listen 0.0.0.0:443 --tls-cert a --tls-key b").contains("browsers ask for with --public-origin"));
    assert!(
        refusal("--tls-cert a --tls-key b --public-origin http://localhost:3000").contains("must begin with https://")
    );
    config("--listen 0.0.0.0:443 --tls-cert a --tls-key b --public-origin https://d.example");
}

#[test]
fn the_origin_is_the_one_given_or_the_address_that_was_bound() {
    let bound = "127.0.0.1:41234".parse().unwrap();
    assert_eq!(config("--listen 127.0.0.1:0").origin_at(bound).to_string(), "http://127.0.0.1:41234");
    assert_eq!(config("--tls-cert a --tls-key b").origin_at(bound).to_string(), "https://127.0.0.1:41234");
    assert_eq!(config("--public-origin https://d.example").origin_at(bound).to_string(), "https://d.example");
}

#[test]
fn proxies_are_networks_or_addresses() {
    let proxies = config("--trusted-proxies 10.1.2.3/8,192.0.2.1,2001:db8::/32").trusted_proxies;
    let written: Vec<String> = proxies.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
}

#[test]
fn the_summary_shows_each_setting_with_its_source_and_no_secret() {
    let summary = config("migrate --database-url postgres://ada:hunter2@db/door --session-idle 30m").summary();
    assert!(!summary.contains("hunter2"), "{summary}");
    let line = |name: &str| {
        let line = summary.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("database-url"), "postgres://ada:***@db/door flag");
    assert_eq!(line("session-idle"), "30m flag");
    assert_eq!(line("listen"), "127.0.0.1:3000 default");
    assert_eq!(line("tls-key"), "none default");
    assert_eq!(summary.lines().count(), 37);
    assert!(summary.lines().all(|line| ["flag", "default"].iter().any(|source| line.ends_with(source))), "{summary}");
}

#[test]
fn xray_is_refused_where_others_could_see_it() {
    assert!(config("serve --xray").xray);
    assert!(!config("serve").xray);
    for others in [
        "serve --xray --listen 192.0.2.1:443 --tls-cert a --tls-key b",
        "serve --xray --public-origin https://door.example --trusted-proxies 10.0.0.1",
    ] {
        assert!(refusal(others).contains("--xray"), "{others}");
    }
}

#[test]
fn the_vaults_keys_come_from_one_place_and_are_not_shown() {
    let key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
    let said = refusal(&format!("--vault-key-variable {key}"));
    assert!(said.contains("takes the name of an environment variable") && !said.contains(key), "{said}");
    assert!(!refusal(&format!("--vault-key-command {key}")).contains(key));
    assert!(refusal("--vault-key-variable KEYS --vault-key-command /bin/kms").contains("exclude each other"));
    assert!(refusal("--vault-key-variable KEYS --vault-key-file a").contains("exclude each other"));
    let summary = config("serve --vault-key-command /bin/kms").summary();
    assert!(summary.contains("/bin/kms …"), "{summary}");
    assert_eq!(config("--data-dir d").vault_keys, KeySource::File("d/vault.key".into()));
}

/// Without a webhook, notices are sent nowhere.
#[test]
fn the_path_of_a_webhook_is_never_shown() {
    assert!(config("serve").webhook.is_none());
    let config = config("serve --webhook-url https://hooks.example/hunter2 --webhook-secret-file hook.secret");
    let summary = config.summary();
    assert!(summary.contains("https://hooks.example/***") && summary.contains("hook.secret"), "{summary}");
    assert!(!summary.contains("hunter2"), "{summary}");
    assert_eq!(config.webhook.map(|webhook| webhook.secret), Some("hook.secret".into()));
    assert!(!refusal("--webhook-url http://hooks.example/hunter2 --webhook-secret-file a").contains("hunter2"));
}

#[test]
fn an_https_origin_without_tls_or_a_trusted_proxy_warns() {
    let warns = |arguments: &str| config(arguments).warning().is_some();
    assert!(warns("--public-origin https://door.example"));
    assert!(!warns("--public-origin https://door.example --trusted-proxies 127.0.0.1"));
    assert!(!warns("--public-origin https://door.example --tls-cert a.pem --tls-key b.pem"));
    assert!(!warns("") && !warns("--public-origin http://localhost:3000"));
}

#[test]
fn masked_settings_never_show_what_may_be_a_secret() {
    for setting in table::ALL.iter().filter(|setting| setting.about().is_masked) {
        let about = setting.about();
        for scheme in ["https", "postgres", "syslog+tls"] {
            let shown =
                setting.show(OsString::from(format!("{scheme}://a:hunter2@b.example/hunter2?c=hunter2")).as_os_str());
            let shown =
                format!("{shown}{}", setting.show(OsString::from(format!("{scheme}://b.example/hunter2")).as_os_str()));
            assert!(about.name == "database-url" || !shown.contains("hunter2"), "{}: {shown}", about.name);
            assert!(!shown.contains("a:hunter2"), "{}: {shown}", about.name);
        }
    }
}

#[test]
fn table_of_settings_is_complete() {
    for setting in table::ALL {
        let about = setting.about();
        assert!(!about.help.is_empty() && !about.help.ends_with('.'), "{}", about.name);
        assert!(about.more.is_empty() || about.more.ends_with('.') || about.more.ends_with('…'), "{}", about.name);
        assert!(about.default.is_some() || !about.example.is_empty(), "{}", about.name);
        let counts = about.default.unwrap_or(about.example);
        assert_ne!(setting.show(std::ffi::OsStr::new(counts)), "***", "{}: {counts}", about.name);
    }
}

#[test]
fn documents_of_the_settings_are_as_the_table_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (file, form, text) in
        [(".env.example", "dotenv", print::dotenv()), ("docs/configuration.md", "markdown", print::markdown())]
    {
        let written = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        assert!(written == text, "write it by: doorward settings --form {form} > {file}");
    }
}
