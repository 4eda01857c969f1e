//! Settings of the data folder, the database, logs and passwords.

use crate::cli::settings::parse::{choice, database_url, log_filter, name_of, number, path, show_path};
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
