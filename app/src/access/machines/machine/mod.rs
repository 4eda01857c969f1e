//! The page of one service account: who owns it, its credentials, its sessions and its roles.

mod account;
mod credentials;
mod new_credential;
mod sessions;

use crate::access::machines::{MachineList, health_badge};
use crate::access::policy::machines as policy;
use crate::access::store::machines::{MachineDetail, MachineError, MadeCredential};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::sentence;
use crate::page::{Address, Page, ViewContext, addresses};
use crate::ui::PageHeader;
use account::{Accept, Disable, Enable, Offer};
use credentials::Revoke;
use doorward::IdentityId;
use leptos::prelude::*;
use new_credential::{AddKey, Make};
use sessions::EndSession;

addresses! {
    Machine { id: IdentityId }
}

impl Page for Machine {
    type Opens = policy::ReadMachine;
    type Data = MachineDetail;
    type Within = Console;
    type Actions = (Make, AddKey, Revoke, EndSession, Disable, Enable, Offer, Accept);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::ReadMachine {
        policy::ReadMachine { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadMachine>) -> Result<MachineDetail, PageError> {
        Ok(request()?.backend.machine(permit).await?)
    }

    fn title(&self, machine: &MachineDetail) -> String {
        machine.row.display_name.clone()
    }

    fn view(&self, machine: MachineDetail, shown: &ViewContext) -> AnyView {
        view(self, &machine, shown).into_any()
    }
}

/// What went wrong with a change, beside the field `field`.
fn refused(field: &'static str, error: MachineError) -> PageError {
    match error {
        MachineError::Store(error) => error.into(),
        other => PageError::invalid(field, sentence(&other.to_string())),
    }
}

fn view(page: &Machine, machine: &MachineDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let made = shown.turn.done::<MadeCredential>().map(|made| credentials::made_panel(made, shown.now));
    let error = shown.turn.error("");
    view! {
        <PageHeader title=machine.row.display_name.clone() purpose=machine.row.purpose.clone()>
            <a class="button" href=MachineList::default().href()>"All machines"</a>
        </PageHeader>
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <div class="panels">
            {made}
            {account::offer_notice(page, machine)}
            {account::panel(machine, health_badge(machine.row.health(shown.now)), shown.now)}
            {credentials::panel(page, machine, shown)}
            {machine.may_make_credential.then(|| new_credential::panel(page, machine, shown))}
            {sessions::panel(page, machine, shown)}
            {account::roles_panel(machine, shown.now)}
            {account::changes(page, machine, shown)}
        </div>
    }
}
