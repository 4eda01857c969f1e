//! The account of a service account: its owner and its roles, and the forms that change who is responsible.

use crate::access::machines::add::read_person;
use crate::access::machines::machine::{Machine, refused};
use crate::access::policy::machines as policy;
use crate::access::store::machines::{MachineDetail, MachineError};
use crate::backend::Permit;
use crate::console::request;
use crate::identities::choices::choices;
use crate::identities::identity::Identity;
use crate::identities::policy::EnableIdentity;
use crate::identities::state::within_in_words;
use crate::identities::store::ChangeError;
use crate::ledger::list::Ledger;
use crate::ledger::search::Search;
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Column, Field, Panel, Table, environment_mark};
use doorward::Timestamp;
use leptos::prelude::*;

macro_rules! buttons {
    ($($(#[$doc:meta])* $name:ident = $button:literal, $asks:ty, $made:expr, |$backend:ident, $permit:ident| $run:expr, $done:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl FormAction<Machine> for $name {
            const BUTTON: &'static str = $button;
            const FIELDS: &'static [&'static str] = &[];
            type Asks = $asks;
            type Input = ();

            fn read(_: &Form) -> Result<(), PageError> {
                Ok(())
            }

            fn asks(page: &Machine, (): &()) -> $asks {
                $made(page)
            }

            async fn run(page: &Machine, $permit: Permit<$asks>, (): ()) -> Result<FormOutcome, PageError> {
                let $backend = request()?.backend;
                $run.await?;
                Ok(FormOutcome::SeeOther(page.path(), Some($done)))
            }
        }
    )*};
}

buttons! {
    /// Disables the service account.
    Disable = "disable", policy::DisableMachine, |page: &Machine| policy::DisableMachine { id: page.id },
        |backend, permit| async { backend.disable_machine(permit).await.map(|_| ()).map_err(|error| refused("", error)) },
        "The machine is disabled, and its sessions have ended.";
    /// Enables it again.
    Enable = "enable", EnableIdentity, |page: &Machine| EnableIdentity { id: page.id },
        |backend, permit| async { backend.enable(permit).await.map_err(not_enabled) },
        "The machine is enabled. Sessions that ended stay ended.";
    /// Takes the service account over.
    Accept = "accept", policy::AcceptMachine, |page: &Machine| policy::AcceptMachine { id: page.id },
        |backend, permit| async { backend.accept_machine(permit).await.map_err(|error| refused("", error)) },
        "You own this machine now. Its earlier credentials and sessions have ended: make a new client secret.";
}

fn not_enabled(error: ChangeError) -> PageError {
    match error {
        ChangeError::Store(error) => error.into(),
        other => PageError::invalid("", sentence(&other.to_string())),
    }
}

/// Offers the service account to another person.
pub struct Offer;

impl FormAction<Machine> for Offer {
    const BUTTON: &'static str = "offer";
    const FIELDS: &'static [&'static str] = &["to"];
    type Asks = policy::OfferMachine;
    type Input = String;

    fn read(form: &Form) -> Result<String, PageError> {
        read_person(form, "to")
    }

    fn asks(page: &Machine, to: &String) -> policy::OfferMachine {
        policy::OfferMachine { id: page.id, to: to.clone() }
    }

    async fn run(page: &Machine, permit: Permit<policy::OfferMachine>, to: String) -> Result<FormOutcome, PageError> {
        request()?.backend.offer_machine(permit).await.map_err(|error| match error {
            MachineError::Already => PageError::invalid("to", "They own it already."),
            error => refused("to", error),
        })?;
        let done = format!("It is offered to {to}. Nothing changes until they accept.");
        Ok(FormOutcome::SeeOtherSaying(page.path(), done))
    }
}

pub(super) fn offer_notice(page: &Machine, machine: &MachineDetail) -> Option<AnyView> {
    machine.may_accept.then(|| {
        let inside = view! {
            <p>
                "You would answer for what it does, and make its credentials. Its present credentials and sessions end at once, "
                "and so do the roles, groups and secrets that you gave it yourself."
            </p>
            <form method="post" action=page.href()>
                <div class="actions">
                    <button class="primary" name="action" value=Accept::BUTTON>"Become the owner"</button>
                </div>
            </form>
        };
        view! { <Panel id="offer-to-you" title="This machine is offered to you">{inside}</Panel> }.into_any()
    })
}

pub(super) fn panel(machine: &MachineDetail, badge: AnyView, now: Timestamp) -> impl IntoView + use<> {
    let row = &machine.row;
    let disabled = row.owner_disabled.then(|| view! { <small>"Disabled, so the machine is frozen"</small> });
    let offered = machine.offered_to.clone().map(|name| {
        view! { <div><dt>"Offered to"</dt><dd><bdi>{name}</bdi></dd></div> }
    });
    let ledger = machine.may_read_ledger.then(|| {
        let by = Ledger::of(Search { who: row.name.clone(), ..Search::default() }).href();
        let about = Ledger::of(Search { resource: format!("machine:{}", row.id), ..Search::default() }).href();
        view! { <a href=by>"What it did"</a> " " <a href=about>"What was done with it"</a> }.into_any()
    });
    let inside = view! {
        <dl class="across">
            <div><dt>"Sign-in name"</dt><dd><code>{row.name.clone()}</code></dd></div>
            <div><dt>"State"</dt><dd>{badge}</dd></div>
            <div><dt>"Owner"</dt><dd><bdi>{row.owner_name.clone()}</bdi> {disabled}</dd></div>
            {offered}
            <div><dt>"Environment"</dt><dd>{environment_mark(&row.environment, row.protected)}</dd></div>
            <div><dt>"Added"</dt><dd><Ago at=row.created now /></dd></div>
        </dl>
    };
    view! { <Panel id="account" title="Account" actions=ledger>{inside}</Panel> }
}

const ROLES: &[Column] = &[Column::Text("Role"), Column::Text("Where"), Column::Text("Given by"), Column::Text("Ends")];

pub(super) fn roles_panel(machine: &MachineDetail, now: Timestamp) -> impl IntoView + use<> {
    let rows = machine.roles.iter().map(|role| {
        let ends = match role.ends {
            Some(at) => view! { "in " <Until at now /> }.into_any(),
            None => "No end".into_any(),
        };
        let group = role.by_group.clone().map(|(_, name)| view! { <small>"by the group " {name}</small> });
        view! {
            <tr>
                <th scope="row">{role.role.clone()} {group}</th>
                <td data-label="Where">{within_in_words(&role.within)}</td>
                <td data-label="Given by">{role.given_by.clone()}</td>
                <td data-label="Ends">{ends}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let none = machine.roles.is_empty();
    let account = Identity { id: machine.row.id }.href();
    let change = machine.may_see_account.then(|| view! { <a href=account>"Its account and roles…"</a> }.into_any());
    let inside = view! {
        <Table caption="The roles of this machine" columns=ROLES class="two-lines">{rows}</Table>
        {none.then(|| view! { <p>"No role: it can do nothing. Somebody else than its owner gives it one."</p> })}
    };
    view! { <Panel id="roles" title="Roles" actions=change>{inside}</Panel> }
}

/// The forms that disable the service account, and that offer it to somebody.
pub(super) fn changes(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> Option<AnyView> {
    let (here, is_disabled) = (page.href(), machine.row.disabled.is_some());
    let enable = (machine.may_enable && is_disabled).then(|| {
        view! {
            <form method="post" action=here.clone()>
                <div class="actions">
                    <button name="action" value=Enable::BUTTON>"Enable the machine"</button>
                    <small>"Its credentials work again, with the roles that are listed here."</small>
                </div>
            </form>
        }
    });
    let disable = (machine.may_end && !is_disabled).then(|| {
        view! {
            <form method="post" action=here.clone()>
                <div class="actions">
                    <button class="danger" name="action" value=Disable::BUTTON>"Disable the machine"</button>
                    <small>"Ends every session at once. Somebody else than its owner can enable it again."</small>
                </div>
            </form>
        }
    });
    let offer = machine.may_end.then(|| offer_form(here, machine, shown));
    (enable.is_some() || disable.is_some() || offer.is_some()).then(|| {
        let inside = view! { {offer} {enable} {disable} };
        view! { <Panel id="changes" title="Change the machine">{inside}</Panel> }.into_any()
    })
}

fn offer_form(here: String, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Offer::BUTTON);
    let error = turn.and_then(|turn| turn.error("to"));
    let typed = turn.map(|turn| turn.typed("to")).unwrap_or_default();
    view! {
        <form method="post" action=here data-guard>
            <Field
                name="to"
                label="New owner’s sign-in name"
                value=typed
                maxlength=Some(64)
                hint=Some("They have to accept. Then its credentials and sessions end.")
                suggestions=choices(&machine.people)
                autofocus=error.is_some()
                error
            />
            <div class="actions">
                <button name="action" value=Offer::BUTTON>"Offer the machine"</button>
            </div>
        </form>
    }
}
