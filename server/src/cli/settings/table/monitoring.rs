//! Settings of notices, metrics and traces.

use crate::cli::settings::WebhookUrl;
use crate::cli::settings::parse::{otlp_endpoint, parsed, secret_file, show_path, webhook_url};
use crate::cli::settings::setting::{Section, Setting};
use std::net::SocketAddr;
use std::path::PathBuf;

pub(in crate::cli::settings) static METRICS: Setting<SocketAddr> = Setting::new(
    ("metrics", "DOORWARD_METRICS", "ADDRESS:PORT"),
    Section::Monitoring,
    parsed,
    ToString::to_string,
)
.unset("none", "127.0.0.1:9464")
.help(
    "Address at which Prometheus reads metrics",
    "Nobody has to sign in there, so use an address of this machine or of your own network, and not that of --listen.",
);

pub(in crate::cli::settings) static WEBHOOK_URL: Setting<WebhookUrl> = Setting::new(
    ("webhook-url", "DOORWARD_WEBHOOK_URL", "URL"),
    Section::Monitoring,
    webhook_url,
    WebhookUrl::masked,
)
.unset("none", "https://hooks.example.org/doorward")
.masked()
.help(
    "Where notices are sent to, https://… (Standard Webhooks)",
    "They are what people also find in their inboxes. The path may be a secret, so set the variable rather than the flag.",
);

pub(in crate::cli::settings) static WEBHOOK_SECRET_FILE: Setting<PathBuf> = Setting::new(
    ("webhook-secret-file", "DOORWARD_WEBHOOK_SECRET_FILE", "FILE"),
    Section::Monitoring,
    secret_file,
    show_path,
)
.unset("none", "webhook.secret")
.help(
    "File of the secret that signs notices",
    "Readable by its owner alone. It holds whsec_… or v1,whsec_… as receivers give it, the same base64 without that \
     prefix, or raw: and the key as text; 24 bytes or more.",
);

pub(in crate::cli::settings) static OTLP_ENDPOINT: Setting<WebhookUrl> = Setting::new(
    ("otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "URL"),
    Section::Monitoring,
    otlp_endpoint,
    WebhookUrl::masked,
)
.unset("none", "http://127.0.0.1:4318")
.masked()
.help("OpenTelemetry endpoint that traces are sent to (OTLP over HTTP)", "https://…, or a collector on this machine.");
