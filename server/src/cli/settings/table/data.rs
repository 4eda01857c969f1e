//! Settings of the data folder, the database, logs and passwords.

use crate::cli::settings::parse::{
    choice, command_words, database_url, log_filter, name_of, number, path, secret_file, show_path, variable_name,
};
use crate::cli::settings::setting::{Section, Setting, Use};
use crate::cli::settings::{DatabaseUrl, LogFormat};
use std::path::PathBuf;

pub(in crate::cli::settings) static DATA_DIR: Setting<PathBuf> =
    Setting::new(("data-dir", "DOORWARD_DATA_DIR", "FOLDER"), Section::Data, path, show_path)
        .default(".doorward")
        .used_by(Use::Database)
        .help(
            "Folder of the key files and of the SQLite database",
            "The first start creates it for its owner alone. A folder that others may use is refused.",
        );

pub(in crate::cli::settings) static DATABASE_URL: Setting<DatabaseUrl> =
    Setting::new(("database-url", "DATABASE_URL", "URL"), Section::Data, database_url, DatabaseUrl::masked)
        .unset("SQLite in --data-dir", "postgres://doorward:password@127.0.0.1:5432/doorward")
        .used_by(Use::Database)
        .masked()
        .help(
            "PostgreSQL or SQLite",
            "Set the variable rather than the flag: every user of the machine can see flags. A pooler in front of \
             PostgreSQL must keep a connection for a whole session. Parameters that Doorward cannot obey, such as \
             channel_binding, are refused.",
        );

pub(in crate::cli::settings) static VAULT_KEY_FILE: Setting<PathBuf> =
    Setting::new(("vault-key-file", "DOORWARD_VAULT_KEY_FILE", "FILE"), Section::Data, secret_file, show_path)
        .unset("vault.key in --data-dir", "/run/secrets/vault.key")
        .used_by(Use::Database)
        .help(
            "File of the vault's keys",
            "One key a line (32 bytes in base64), the newest first. The first start makes it for its owner alone.",
        );

pub(in crate::cli::settings) static VAULT_KEY_VARIABLE: Setting<String> = Setting::new(
    ("vault-key-variable", "DOORWARD_VAULT_KEY_VARIABLE", "NAME"),
    Section::Data,
    variable_name,
    String::clone,
)
.unset("none", "VAULT_KEYS")
.used_by(Use::Database)
.help(
    "Name of the environment variable that holds the vault's keys",
    "In place of a file. Several keys are separated by commas, the newest first.",
);

pub(in crate::cli::settings) static VAULT_KEY_COMMAND: Setting<Vec<String>> = Setting::new(
    ("vault-key-command", "DOORWARD_VAULT_KEY_COMMAND", "COMMAND"),
    Section::Data,
    command_words,
    |words| words.first().map_or_else(String::new, |program| format!("{program} …")),
)
.unset("none", "/usr/local/bin/vault-keys production")
.used_by(Use::Database)
.masked()
.help(
    "Command that prints the vault's keys, for a key management service",
    "In place of a file. It runs at each start, without a shell: words are separated by spaces, and the first is the \
     program's full path. It has 30 seconds, and prints one key a line, the newest first.",
);

const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

pub(in crate::cli::settings) static LOG_FORMAT: Setting<LogFormat> = Setting::new(
    ("log-format", "DOORWARD_LOG_FORMAT", "FORMAT"),
    Section::Logs,
    |given| choice(&FORMATS, given),
    |format| name_of(&FORMATS, format),
)
.default("text")
.used_by(Use::Always)
.help("How log lines are written: text or json", "");

pub(in crate::cli::settings) static LOG_FILTER: Setting<String> =
    Setting::new(("log-filter", "DOORWARD_LOG_FILTER", "FILTER"), Section::Logs, log_filter, String::clone)
        .default("info")
        .used_by(Use::Always)
        .help("Which log lines are written", "In the language of tracing, such as warn or info,sqlx=debug.");

pub(in crate::cli::settings) static PASSWORD_MEMORY: Setting<u32> = Setting::new(
    ("password-memory", "DOORWARD_PASSWORD_MEMORY", "KIB"),
    Section::Passwords,
    number::<u32, 0, { u32::MAX }>,
    |memory| format!("{memory} KiB"),
)
.default("19456")
.used_by(Use::Passwords)
.help("Memory for hashing one password (Argon2id), in KiB", "Between 19456 and 1048576.");

pub(in crate::cli::settings) static PASSWORD_PASSES: Setting<u32> = Setting::new(
    ("password-passes", "DOORWARD_PASSWORD_PASSES", "NUMBER"),
    Section::Passwords,
    number::<u32, 0, { u32::MAX }>,
    ToString::to_string,
)
.default("2")
.used_by(Use::Passwords)
.help("Passes over that memory", "Between 2 and 16.");

pub(in crate::cli::settings) static PASSWORD_LANES: Setting<u32> = Setting::new(
    ("password-lanes", "DOORWARD_PASSWORD_LANES", "NUMBER"),
    Section::Passwords,
    number::<u32, 0, { u32::MAX }>,
    ToString::to_string,
)
.default("1")
.used_by(Use::Passwords)
.help("Lanes into which that memory is divided", "Between 1 and 16.");

pub(in crate::cli::settings) static PASSWORD_WORKERS: Setting<usize> = Setting::new(
    ("password-workers", "DOORWARD_PASSWORD_WORKERS", "NUMBER"),
    Section::Passwords,
    number::<usize, 1, 256>,
    ToString::to_string,
)
.default("2")
.help("How many passwords are hashed at a time", "Between 1 and 256.");

pub(in crate::cli::settings) static PASSWORD_QUEUE: Setting<usize> = Setting::new(
    ("password-queue", "DOORWARD_PASSWORD_QUEUE", "NUMBER"),
    Section::Passwords,
    number::<usize, 0, 10_000>,
    ToString::to_string,
)
.default("32")
.help("How many more passwords may wait", "Beyond that, sign-ins are answered with 429.");
