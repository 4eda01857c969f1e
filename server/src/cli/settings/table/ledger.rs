//! Settings of the ledger.

use crate::cli::settings::parse::{forward_url, number, path, show_path, webhook_url};
use crate::cli::settings::setting::{Section, Setting, Use};
use crate::cli::settings::{ForwardUrl, WebhookUrl};
use std::path::PathBuf;

pub(in crate::cli::settings) static CHECKPOINT: Setting<PathBuf> =
    Setting::new(("ledger-checkpoint", "DOORWARD_LEDGER_CHECKPOINT", "FILE"), Section::Ledger, path, show_path)
        .unset("none", "/var/lib/elsewhere/checkpoint.txt")
        .used_by(Use::Checkpoints)
        .help(
            "Another file that always holds the newest signed checkpoint",
            "Keep it where the database is not. It is compared before anything is signed, like the one in --data-dir.",
        );

pub(in crate::cli::settings) static CHECKPOINT_WEBHOOK: Setting<WebhookUrl> = Setting::new(
    ("ledger-checkpoint-webhook", "DOORWARD_LEDGER_CHECKPOINT_WEBHOOK", "URL"),
    Section::Ledger,
    webhook_url,
    WebhookUrl::masked,
)
.unset("none", "https://hooks.example.org/checkpoints")
.masked()
.help(
    "Address that the newest checkpoint is posted to, https://…",
    "At most once a minute, signed with --webhook-secret-file.",
);

pub(in crate::cli::settings) static KEEP: Setting<u16> =
    Setting::new(("ledger-keep", "DOORWARD_LEDGER_KEEP", "DAYS"), Section::Ledger, number::<u16, 1, 65_535>, |days| {
        format!("{days} days")
    })
    .unset("for ever", "365")
    .used_by(Use::Checkpoints)
    .help("How many days records stay in the database", "Older ones move to --ledger-archive, 65,536 at a time.");

pub(in crate::cli::settings) static ARCHIVE: Setting<PathBuf> =
    Setting::new(("ledger-archive", "DOORWARD_LEDGER_ARCHIVE", "FOLDER"), Section::Ledger, path, show_path)
        .unset("none", "/var/lib/elsewhere/ledger")
        .used_by(Use::Checkpoints)
        .help("Folder of the files that old records move to", "Set it together with --ledger-keep.");

pub(in crate::cli::settings) static FORWARD: Setting<ForwardUrl> =
    Setting::new(("forward", "DOORWARD_FORWARD", "URL"), Section::Ledger, forward_url, ForwardUrl::masked)
        .unset("none", "https://otel.example.org:4318/v1/logs")
        .masked()
        .help(
            "Where sealed records are forwarded to, at least once each",
            "syslog+tls://HOST:PORT (RFC 5424), or https://… for OpenTelemetry's logs (OTLP/HTTP). A record that the \
             receiver refuses for good is set aside, and later ones go on. With ?close=required, a batch counts as \
             delivered only when the syslog receiver closes the connection. The path may be a secret, so set the \
             variable rather than the flag.",
        );
