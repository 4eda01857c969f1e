//! Settings from the environment.

use super::*;

fn with_variables(arguments: &str, variables: &[(&str, &str)]) -> Result<Config, clap::Error> {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
    read_with(std::iter::once("doorward").chain(arguments.split_whitespace()), variable).map(|(_, config)| config)
}

#[test]
fn variables_are_read_and_a_flag_goes_before_one() {
    let variables = [
        ("DOORWARD_LISTEN", "127.0.0.1:4000"),
        ("DOORWARD_SESSION_IDLE", "10m"),
        ("DOORWARD_SESSION_RENEWAL", ""),
        ("DOORWARD_TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
        ("DOORWARD_XRAY", "no"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/door"),
    ];
    let summary = with_variables("serve --session-idle 20m", &variables).map(|config| config.summary()).unwrap();
    let words = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "listen 127.0.0.1:4000 environment",
        "session-idle 20m flag",
        "session-renewal 15m default",
        "trusted-proxies 10.0.0.0/8, 192.0.2.1/32 environment",
        "xray off environment",
        "database-url postgres://ada:***@db/door environment",
    ] {
        assert!(words.contains(line), "{line}: {summary}");
    }
    assert!(!summary.contains("hunter2"), "{summary}");
}

#[test]
fn wrong_variable_is_named_with_its_flag() {
    let refused = |name: &'static str, value| with_variables("serve", &[(name, value)]).err().unwrap().to_string();
    let sentence = refused("DOORWARD_LISTEN", "nowhere");
    assert!(sentence.contains("invalid value 'nowhere' for DOORWARD_LISTEN (the variable of --listen)"), "{sentence}");
    let sentence = refused("DOORWARD_PUBLIC_ORIGIN", "https://ada:hunter2@door.example");
    assert!(sentence.contains("--public-origin") && !sentence.contains("hunter2"), "{sentence}");
}

#[test]
fn commands_read_only_the_variables_that_they_use() {
    let wrong = [("DOORWARD_LISTEN", "nowhere"), ("DATABASE_URL", "mysql://shop"), ("DOORWARD_LEDGER_KEEP", "0")];
    assert!(with_variables("routes", &wrong).is_ok());
    assert!(with_variables("migrate", &wrong[..1]).is_ok());
    assert!(with_variables("migrate", &wrong).is_err());
    assert!(with_variables("ledger verify", &wrong[2..]).is_err());
    assert!(with_variables("settings", &wrong[..1]).is_err());
    assert!(read("migrate --listen nowhere").is_err(), "a flag is always meant");
}
