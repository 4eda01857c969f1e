//! Settings of addresses, TLS and requests.

use crate::cli::settings::parse::{
    body_limit, networks, parsed, path, secret_file, show_path, show_span, switch, timeout,
};
use crate::cli::settings::setting::{Section, Setting};
use crate::cli::settings::{Origin, byte_size};
use doorward::TimeSpan;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(in crate::cli::settings) static LISTEN: Setting<SocketAddr> =
    Setting::new(("listen", "DOORWARD_LISTEN", "ADDRESS:PORT"), Section::Address, parsed, ToString::to_string)
        .default("127.0.0.1:3000")
        .help("Address to listen on", "Port 0 takes a free port.");

pub(in crate::cli::settings) static PUBLIC_ORIGIN: Setting<Origin> =
    Setting::new(("public-origin", "DOORWARD_PUBLIC_ORIGIN", "ORIGIN"), Section::Address, parsed, ToString::to_string)
        .unset("as --listen", "https://door.example.org")
        .help(
            "Origin that browsers see, https://host[:port]",
            "Needed behind a proxy, or when listening on every address.",
        );

pub(in crate::cli::settings) static TRUSTED_PROXIES: Setting<Vec<IpNet>> =
    Setting::new(("trusted-proxies", "DOORWARD_TRUSTED_PROXIES", "NETWORKS"), Section::Address, networks, |networks| {
        networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    })
    .list()
    .unset("none", "10.0.0.0/8,192.0.2.1")
    .help(
        "Networks of the proxies in front, separated by commas",
        "X-Forwarded-For from them is believed, or Forwarded if there is none.",
    );

pub(in crate::cli::settings) static TLS_CERT: Setting<PathBuf> =
    Setting::new(("tls-cert", "DOORWARD_TLS_CERT", "FILE"), Section::Address, secret_file, show_path)
        .unset("none", "/etc/doorward/chain.pem")
        .help("Certificate chain (PEM)", "With --tls-key, the server itself speaks TLS.");

pub(in crate::cli::settings) static TLS_KEY: Setting<PathBuf> =
    Setting::new(("tls-key", "DOORWARD_TLS_KEY", "FILE"), Section::Address, secret_file, show_path)
        .unset("none", "/etc/doorward/key.pem")
        .help("Private key of the certificate (PEM)", "");

pub(in crate::cli::settings) static SITE_ROOT: Setting<PathBuf> =
    Setting::new(("site-root", "DOORWARD_SITE_ROOT", "FOLDER"), Section::Address, path, show_path)
        .default("target/site")
        .help("Folder of the built site", "`make run` and `make dev` set it to what they built.");

pub(in crate::cli::settings) static XRAY: Setting<bool> =
    Setting::new(("xray", "DOORWARD_XRAY", ""), Section::Address, switch, |on| {
        if *on { "on" } else { "off" }.to_owned()
    })
    .default("off")
    .help(
        "Show on each page which questions were asked for it",
        "For developers: it is refused unless the server listens on this machine alone.",
    );

pub(in crate::cli::settings) static BODY_LIMIT: Setting<usize> =
    Setting::new(("body-limit", "DOORWARD_BODY_LIMIT", "SIZE"), Section::Requests, body_limit, |size| {
        byte_size::write(*size)
    })
    .default("1MiB")
    .help("Largest request body", "Between 256KiB and 64MiB.");

pub(in crate::cli::settings) static HEADER_TIMEOUT: Setting<TimeSpan> =
    Setting::new(("header-timeout", "DOORWARD_HEADER_TIMEOUT", "SPAN"), Section::Requests, timeout, show_span)
        .default("10s")
        .help("How long a request's head may take to arrive", "At most 10m.");

pub(in crate::cli::settings) static REQUEST_TIMEOUT: Setting<TimeSpan> =
    Setting::new(("request-timeout", "DOORWARD_REQUEST_TIMEOUT", "SPAN"), Section::Requests, timeout, show_span)
        .default("30s")
        .help("How long a request may take", "At most 10m.");

pub(in crate::cli::settings) static SHUTDOWN_DEADLINE: Setting<TimeSpan> =
    Setting::new(("shutdown-deadline", "DOORWARD_SHUTDOWN_DEADLINE", "SPAN"), Section::Requests, timeout, show_span)
        .default("10s")
        .help("How long a stopping server waits for requests that have begun", "At most 10m.");
