//! Settings of sessions.

use crate::cli::settings::parse::{choice, name_of, number, show_span, time_span};
use crate::cli::settings::setting::{Section, Setting};
use doorward::{ReconfirmOn, TimeSpan};

pub(in crate::cli::settings) static IDLE: Setting<TimeSpan> =
    Setting::new(("session-idle", "DOORWARD_SESSION_IDLE", "SPAN"), Section::Sessions, time_span, show_span)
        .default("1h")
        .help("How long a session lasts without a request", "At most 1h. Roles may have stricter limits.");

pub(in crate::cli::settings) static ABSOLUTE: Setting<TimeSpan> =
    Setting::new(("session-absolute", "DOORWARD_SESSION_ABSOLUTE", "SPAN"), Section::Sessions, time_span, show_span)
        .default("12h")
        .help("How long a session lasts in all", "At most 24h. Roles may have stricter limits.");

pub(in crate::cli::settings) static RENEWAL: Setting<TimeSpan> =
    Setting::new(("session-renewal", "DOORWARD_SESSION_RENEWAL", "SPAN"), Section::Sessions, time_span, show_span)
        .default("15m")
        .help("How often a session's cookie is replaced", "At most 1h.");

const CHANGES: [(&str, ReconfirmOn); 4] = [
    ("both", ReconfirmOn { network: true, browser: true }),
    ("network", ReconfirmOn { network: true, browser: false }),
    ("browser", ReconfirmOn { network: false, browser: true }),
    ("never", ReconfirmOn { network: false, browser: false }),
];

pub(in crate::cli::settings) static ASKS_AGAIN: Setting<ReconfirmOn> = Setting::new(
    ("session-asks-again", "DOORWARD_SESSION_ASKS_AGAIN", "CHANGE"),
    Section::Sessions,
    |given| choice(&CHANGES, given),
    |change| name_of(&CHANGES, change),
)
.default("both")
.help(
    "Which changes during a session ask the person to confirm: both, network, browser or never",
    "A change is a request of the same session from another network or another browser.",
);

pub(in crate::cli::settings) static EPOCH: Setting<u32> = Setting::new(
    ("session-epoch", "DOORWARD_SESSION_EPOCH", "NUMBER"),
    Section::Sessions,
    number::<u32, 0, { u32::MAX }>,
    ToString::to_string,
)
.default("0")
.help("Raise it to end every session that began with a lower number", "For a release that must not keep old sessions.");
