//! The page of one person, service account or agent: the account, and its roles.

mod account;
pub(in crate::identities) mod roles;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::invitation::invitation_panel;
use crate::identities::policy;
use crate::identities::store::{ChangeError, IdentityDetail, Invitation};
use crate::page::error::PageError;
use crate::page::form::sentence;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::ui::PageHeader;
use account::{Disable, Enable, Invite, Rename, Reset};
use doorward::IdentityId;
use leptos::prelude::*;
use roles::{Give, Take};

#[derive(Clone)]
pub struct Identity {
    pub id: IdentityId,
}

impl Address for Identity {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: IdentityId::parse(asked.segment("id")).unwrap_or(IdentityId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for Identity {
    type Opens = policy::ReadIdentity;
    type Data = IdentityDetail;
    type Within = Console;
    type Actions = (Give, Take, Rename, Invite, Reset, Disable, Enable);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::ReadIdentity {
        policy::ReadIdentity { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadIdentity>) -> Result<IdentityDetail, PageError> {
        Ok(request()?.backend.identity(permit).await?)
    }

    fn title(&self, identity: &IdentityDetail) -> String {
        identity.row.display_name.clone()
    }

    fn view(&self, identity: IdentityDetail, shown: &ViewContext) -> AnyView {
        view(self, &identity, shown).into_any()
    }
}

/// What went wrong with a change, beside the field `field`.
fn refused(field: &'static str, error: ChangeError) -> PageError {
    let message = match error {
        ChangeError::Store(error) => return error.into(),
        ChangeError::LastAdministrator => {
            "Nobody else could give roles then. Make somebody else an administrator first.".to_owned()
        }
        ChangeError::SentBefore => "This form was already sent, and it was carried out then.".to_owned(),
        other => sentence(&other.to_string()),
    };
    PageError::invalid(field, message)
}

fn view(page: &Identity, identity: &IdentityDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let invitation = shown.turn.done::<Invitation>().map(|invitation| invitation_panel(invitation, shown.now));
    view! {
        <PageHeader title=identity.row.display_name.clone() />
        <div class="panels">
            {invitation}
            {account::panel(identity, shown.now)}
            {roles::panel(page, identity, shown)}
            {identity.may_give.then(|| roles::give_panel(page, identity, shown))}
            {account::changes(page, identity, shown)}
        </div>
    }
}
