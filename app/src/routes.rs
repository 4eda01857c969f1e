//! Every address of the console, and what is behind each. A page's values are read and written by its own type.

use crate::page::{
    Ask, Door, Placed, Start, download, of_download, of_open_page, of_page, render, render_open, routes,
};
use crate::pages::*;
use crate::ui::refusal::NoSuchAddress;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

routes! {
    guarded {
        "/" => Overview,
        "/secrets" => Secrets,
        "/secrets/:id" => Secret,
        "/secrets/:id/access" => SecretAccess,
        "/access/methods/reset" => ResetMethods,
        "/access/routes" => RouteList,
        "/access/ledger" => Ledger,
        "/access/ledger/charts" => LedgerCharts,
        "/access/records/:id" => Record,
        "/access/sessions" => AllSessions,
        "/access/sessions/end" => EndSessions,
        "/access/revocations/:id" => Revocation,
        "/sessions" => OwnSessions,
        "/inbox" => Inbox,
        "/settings" => Settings,
        "/settings/methods" => Methods,
        "/confirm" => Confirm,
        "/sign-out" => SignOut,
    }
    open {
        "/sign-in" => SignIn,
        "/signed-out" => SignedOut,
        "/set-up" => SetUp,
    }
    downloads {
        "/access/ledger.csv" => LedgerCsv,
        "/access/ledger.ndjson" => LedgerNdJson,
        "/access/ledger/tail" => LedgerTail,
        "/secrets.csv" => SecretsCsv,
        "/secrets.ndjson" => SecretsNdJson,
        "/secrets/:id/history.ndjson" => SecretHistoryNdJson,
    }
}

/// The addresses that islands call by themselves, and what each asks.
#[must_use]
pub fn functions() -> Vec<(&'static str, Ask)> {
    vec![("/api/secret/value", Ask::of::<secret::can::RevealSecret>())]
}
