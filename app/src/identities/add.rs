//! Adds a person: an account without roles and without a password, and an invitation for them.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::identity::Identity;
use crate::identities::invitation::invitation_panel;
use crate::identities::list::Identities;
use crate::identities::policy;
use crate::identities::store::{ChangeError, Invitation};
use crate::page::error::PageError;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::ui::{Field, PageHeader, Panel};
use doorward::{DisplayName, IdentityId, SignInName};
use leptos::prelude::*;

#[derive(Clone)]
pub struct AddIdentity;

impl Address for AddIdentity {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for AddIdentity {
    type Opens = policy::AskToAddIdentity;
    type Data = ();
    type Within = Console;
    type Actions = (Add,);

    fn opens(&self) -> policy::AskToAddIdentity {
        policy::AskToAddIdentity
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<policy::AskToAddIdentity>) -> Result<(), PageError> {
        Ok(())
    }

    fn title(&self, (): &()) -> String {
        "Add a person".to_owned()
    }

    fn view(&self, (): (), shown: &ViewContext) -> AnyView {
        match shown.turn.done::<Added>() {
            Some(added) => made(added, shown).into_any(),
            None => form(&shown.turn).into_any(),
        }
    }
}

/// Adds the person. The form has a token, so that sending it again makes no second invitation.
pub struct Add;

/// The fields of the form.
pub struct NewPerson {
    name: SignInName,
    display_name: DisplayName,
    form: Option<String>,
}

/// What was added.
pub struct Added {
    id: IdentityId,
    invitation: Invitation,
}

impl FormAction<AddIdentity> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["display-name", "name", FORM_TOKEN];
    type Asks = policy::AddIdentity;
    type Input = NewPerson;

    fn read(form: &Form) -> Result<NewPerson, PageError> {
        let wrong = |field: &'static str, error: String| PageError::invalid(field, sentence(&error));
        let display_name = DisplayName::parse(form.text("display-name"));
        let name = SignInName::parse(form.text("name"));
        Ok(NewPerson {
            display_name: display_name.map_err(|error| wrong("display-name", error.to_string()))?,
            name: name.map_err(|error| wrong("name", error.to_string()))?,
            form: read_form_token(form),
        })
    }

    fn asks(_: &AddIdentity, new: &NewPerson) -> policy::AddIdentity {
        policy::AddIdentity { name: new.name.clone(), display_name: new.display_name.clone() }
    }

    async fn run(
        _: &AddIdentity,
        permit: Permit<policy::AddIdentity>,
        new: NewPerson,
    ) -> Result<FormOutcome, PageError> {
        let added =
            request()?.backend.add_identity(permit, new.form.as_deref()).await.map_err(|error| match error {
                ChangeError::NameTaken => {
                    PageError::invalid("name", format!("Somebody has the sign-in name “{}” already.", new.name))
                }
                ChangeError::SentBefore => PageError::invalid(
                    "",
                    "This form was already sent, and the person was added then. Their page can make a new link.",
                ),
                ChangeError::Store(error) => error.into(),
                other => PageError::invalid("", sentence(&other.to_string())),
            })?;
        let (id, invitation) = added;
        Ok(FormOutcome::show(Added { id, invitation }))
    }
}

fn made(added: &Added, shown: &ViewContext) -> impl IntoView + use<> {
    let display_name = &added.invitation.display_name;
    let title = format!("{display_name} was added");
    let next = Identity { id: added.id }.href();
    let invitation = invitation_panel(&added.invitation, shown.now);
    view! {
        <PageHeader title>
            <a class="button primary" href=next>"Give a role"</a>
            <a class="button" href=AddIdentity.href()>"Add another person"</a>
        </PageHeader>
        <div class="panels">{invitation}</div>
    }
}

fn form(turn: &FormResult) -> impl IntoView + use<> {
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=AddIdentity.href() data-guard>
            {form_token::<Console>()}
            <Field
                name="display-name"
                label="Name"
                value=turn.typed("display-name")
                error=turn.error("display-name")
                maxlength=Some(128)
                hint=Some("As colleagues know them. It can be changed.")
                autofocus=turn.error("name").is_none()
            />
            <Field
                name="name"
                label="Sign-in name"
                value=turn.typed("name")
                error=turn.error("name")
                maxlength=Some(64)
                hint=Some("Letters, digits and - _ . @, such as an e-mail address. It cannot be changed.")
                autofocus=turn.error("name").is_some()
            />
            <div class="actions">
                <button class="primary">"Add and make an invitation"</button>
                <a class="button" href=Identities::default().href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <PageHeader
            title="Add a person"
            intro=Some("They get a link that works once, and choose a password that nobody else knows. They have no role until you give them one.")
        />
        <div class="panels">
            <Panel id="add" title="Who">{inside}</Panel>
        </div>
    }
}
