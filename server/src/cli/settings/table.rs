//! Every setting. From this table are made the flags with their help, the variables, what `doorward settings` prints,
//! `.env.example` and `docs/configuration.md`.

pub(super) mod address;
pub(super) mod data;
pub(super) mod ledger;
pub(super) mod monitoring;
pub(super) mod sessions;

use crate::cli::settings::setting::AnySetting;

/// Every setting, in the order in which they are shown.
pub static ALL: [&dyn AnySetting; 37] = [
    &address::LISTEN,
    &address::PUBLIC_ORIGIN,
    &address::TRUSTED_PROXIES,
    &address::TLS_CERT,
    &address::TLS_KEY,
    &address::SITE_ROOT,
    &address::XRAY,
    &data::DATA_DIR,
    &data::DATABASE_URL,
    &data::VAULT_KEY_FILE,
    &data::VAULT_KEY_VARIABLE,
    &data::VAULT_KEY_COMMAND,
    &data::LOG_FORMAT,
    &data::LOG_FILTER,
    &sessions::IDLE,
    &sessions::ABSOLUTE,
    &sessions::RENEWAL,
    &sessions::ASKS_AGAIN,
    &sessions::EPOCH,
    &ledger::CHECKPOINT,
    &ledger::CHECKPOINT_WEBHOOK,
    &ledger::KEEP,
    &ledger::ARCHIVE,
    &ledger::FORWARD,
    &data::PASSWORD_MEMORY,
    &data::PASSWORD_PASSES,
    &data::PASSWORD_LANES,
    &data::PASSWORD_WORKERS,
    &data::PASSWORD_QUEUE,
    &address::BODY_LIMIT,
    &address::HEADER_TIMEOUT,
    &address::REQUEST_TIMEOUT,
    &address::SHUTDOWN_DEADLINE,
    &monitoring::METRICS,
    &monitoring::WEBHOOK_URL,
    &monitoring::WEBHOOK_SECRET_FILE,
    &monitoring::OTLP_ENDPOINT,
];
