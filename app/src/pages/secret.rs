//! One secret's value: shown to whoever may see it, given a new one; and its name.

use super::confirm::{Confirm, HeldUp};
use super::secret_section::{SecretSection, refusal_of_a_secret};
use super::{secret_history, secret_section};
use crate::door::{self, Permit};
use crate::form::{Form, sentence};
use crate::islands::{CopyValue, Reveal};
use crate::model::{Failure, Revealed};
use crate::page::{Acted, Action, Address, Page, Requested, Shown, Turn, deferred};
use crate::store::{RenameError, RotateError, SecretUses};
use crate::ui::refusal::Words;
use crate::ui::{FORM_TOKEN, Field, Receipt, field_error, form_token, read_form_token};
use doorward::action::Action as _;
use doorward::{SecretId, SecretName, SecretText};
use leptos::prelude::*;

/// What may be asked.
pub mod can {
    use super::secret_section::can::{ReadSecret, keep, know};
    use crate::store::SecretFacts;
    use doorward::action::{Action, Needed, Read, Resource, Write};
    use doorward::policy::Decision;
    use doorward::{Principal, SecretId, SecretName};

    /// Using the value: a role, and the secret's own owner or grant.
    fn employ(permission: &str, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about)
            .and(who.holds(permission).within(&about.environment))
            .and(about.owned_by(who).or(about.granted_to(who)))
    }

    /// To see what one may do with a secret.
    pub struct ReadUses {
        /// Which.
        pub id: SecretId,
    }

    impl Action for ReadUses {
        const NAME: &'static str = "secret.uses";
        const PERMISSION: Option<&'static str> = Some(ReadSecret::NAME);
        type Facts = SecretFacts;
        type Effect = Read;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            know(who, about)
        }
    }

    /// To see a secret's value.
    pub struct RevealSecret {
        /// Which.
        pub id: SecretId,
    }

    impl Action for RevealSecret {
        const NAME: &'static str = "secret.reveal";
        const ASSURANCE: Needed = Needed::FreshWhereProtected;
        type Facts = SecretFacts;
        type Effect = Read;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            employ(Self::NAME, who, about)
        }
    }

    /// To give a secret a new value.
    pub struct RotateSecret {
        /// Which.
        pub id: SecretId,
    }

    impl Action for RotateSecret {
        const NAME: &'static str = "secret.rotate";
        const ASSURANCE: Needed = Needed::FreshWhereProtected;
        type Facts = SecretFacts;
        type Effect = Write;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id)
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            employ(Self::NAME, who, about)
        }
    }

    /// To give a secret another name.
    pub struct RenameSecret {
        /// Which.
        pub id: SecretId,
        /// Its new name.
        pub to: SecretName,
    }

    impl Action for RenameSecret {
        const NAME: &'static str = "secret.rename";
        const ASSURANCE: Needed = Needed::FreshWhereProtected;
        type Facts = SecretFacts;
        type Effect = Write;

        fn about(&self) -> SecretId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("secret", self.id).with("name", self.to.as_str())
        }

        fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
            know(who, about).and(who.holds(Self::NAME).within(&about.environment)).and(keep(who, about))
        }
    }
}

/// The page; a text that is no id asks for a secret that does not exist, and is refused like it.
#[derive(Clone)]
pub struct Secret {
    /// Which secret.
    pub id: SecretId,
}

impl Address for Secret {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Page for Secret {
    type Opens = can::ReadUses;
    type Data = SecretUses;
    type Within = SecretSection;
    type Actions = (RevealValue, RotateValue, Rename);
    const ISLANDS: &'static [&'static str] = &["Reveal", "CopyValue"];

    fn opens(&self) -> can::ReadUses {
        can::ReadUses { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<can::ReadUses>) -> Result<SecretUses, Failure> {
        Ok(door::visit()?.backend.uses(permit).await?)
    }

    fn title(&self, uses: &SecretUses) -> String {
        uses.name.to_string()
    }

    fn view(&self, uses: SecretUses, shown: &Shown) -> AnyView {
        view(self, &uses, shown).into_any()
    }

    fn refusal(failure: &Failure) -> Words {
        refusal_of_a_secret(failure)
    }
}

/// Shows the value of the secret that the permit names; islands and the page's own form both come here.
///
/// # Errors
/// Where the store does not answer.
pub async fn reveal(permit: Permit<can::RevealSecret>) -> Result<Revealed, Failure> {
    let record = permit.record();
    let visit = door::visit()?;
    visit.head.set(|head| head.reveals = true);
    let (value, version) = visit.backend.reveal(permit).await?;
    Ok(Revealed { value: value.expose().to_owned(), version, record })
}

/// Shows the value on the page itself.
pub struct RevealValue;

impl Action<Secret> for RevealValue {
    const BUTTON: &'static str = "reveal";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = can::RevealSecret;
    type Input = ();

    fn read(_: &Form) -> Result<(), Failure> {
        Ok(())
    }

    fn asks(page: &Secret, (): &()) -> can::RevealSecret {
        can::RevealSecret { id: page.id }
    }

    async fn run(_: &Secret, permit: Permit<can::RevealSecret>, (): ()) -> Result<Acted, Failure> {
        reveal(permit).await.map(Acted::show)
    }
}

/// Gives the secret a new value. The form has a token, so that the same form sent again makes no second version.
pub struct RotateValue;

/// What the form says.
pub struct NewValue {
    value: SecretText,
    form: Option<String>,
}

impl Action<Secret> for RotateValue {
    const BUTTON: &'static str = "rotate";
    const FIELDS: &'static [&'static str] = &["value", FORM_TOKEN];
    type Asks = can::RotateSecret;
    type Input = NewValue;

    fn read(form: &Form) -> Result<NewValue, Failure> {
        Ok(NewValue { value: form.secret("value")?, form: read_form_token(form) })
    }

    fn asks_anyway(page: &Secret) -> Option<can::RotateSecret> {
        Some(can::RotateSecret { id: page.id })
    }

    fn asks(page: &Secret, _: &NewValue) -> can::RotateSecret {
        can::RotateSecret { id: page.id }
    }

    async fn run(page: &Secret, permit: Permit<can::RotateSecret>, new: NewValue) -> Result<Acted, Failure> {
        let NewValue { value, form } = new;
        door::visit()?.backend.rotate(permit, value, form.as_deref()).await.map_err(|error| match error {
            RotateError::SentBefore => Failure::invalid(
                "value",
                "This form was already sent, and the secret was rotated then. To rotate it again, enter a new value.",
            ),
            RotateError::Store(error) => error.into(),
        })?;
        Ok(Acted::SeeOther(page.path(), Some("The secret has a new value.")))
    }
}

/// Gives the secret another name.
pub struct Rename;

impl Action<Secret> for Rename {
    const BUTTON: &'static str = "rename";
    const FIELDS: &'static [&'static str] = &["name"];
    type Asks = can::RenameSecret;
    type Input = SecretName;

    fn read(form: &Form) -> Result<SecretName, Failure> {
        SecretName::parse(form.text("name")).map_err(|error| Failure::invalid("name", sentence(&error.to_string())))
    }

    fn asks(page: &Secret, to: &SecretName) -> can::RenameSecret {
        can::RenameSecret { id: page.id, to: to.clone() }
    }

    async fn run(page: &Secret, permit: Permit<can::RenameSecret>, _: SecretName) -> Result<Acted, Failure> {
        door::visit()?.backend.rename(permit).await.map_err(|error| match error {
            RenameError::Taken => Failure::invalid("name", "Another secret of this environment has that name."),
            RenameError::Store(error) => error.into(),
        })?;
        Ok(Acted::SeeOther(page.path(), Some("The secret has a new name.")))
    }
}

fn view(page: &Secret, uses: &SecretUses, shown: &Shown) -> impl IntoView + use<> {
    let id = page.id;
    let history = || deferred(secret_history::skeleton(), move || secret_history::panel(id));
    view! {
        <div class="panels">
            {value_panel(page, uses, shown)}
            {uses.may_rotate.then(|| rotate_panel(page, uses, shown))}
            {uses.may_rename.then(|| rename_panel(page, uses, shown))}
        </div>
        {uses.may_see_history.then(history)}
    }
}

fn value_panel(page: &Secret, uses: &SecretUses, state: &Shown) -> impl IntoView + use<> {
    let address = page.href();
    let (id, protected) = (page.id, uses.protected);
    let revealed = state.turn.done::<Revealed>();
    let record = revealed.map_or(state.record, |revealed| revealed.record);
    let inside = match revealed {
        Some(revealed) => shown(revealed, address).into_any(),
        None if uses.may_reveal => {
            let held_up = HeldUp::of(can::RevealSecret::NAME);
            let confirm = Confirm { next: page.path(), held_up }.href();
            view! { <Reveal id=id.to_string() address confirm protected /> }.into_any()
        }
        None => view! { <p>"You may know of this secret, and not see its value."</p> }.into_any(),
    };
    view! {
        <section class="panel wide" aria-labelledby="value-heading">
            <header>
                <h2 id="value-heading">"Value"</h2>
            </header>
            {inside}
            <Receipt grounds=state.grounds record />
        </section>
    }
}

fn shown(revealed: &Revealed, address: String) -> impl IntoView + use<> {
    view! {
        <div class="reveal" data-value-in-page>
            <output class="value" id="revealed" aria-labelledby="value-heading">{revealed.value.clone()}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=address>"Hide"</a>
                <small>"Version " {revealed.version}</small>
            </div>
        </div>
    }
}

fn rotate_panel(page: &Secret, uses: &SecretUses, shown: &Shown) -> impl IntoView + use<> {
    let error = shown.turn.of(RotateValue::BUTTON).and_then(|turn| turn.error("value"));
    let focus = error.is_some();
    let described = if error.is_some() { "value-hint value-error" } else { "value-hint" };
    view! {
        <section class="panel wide" id="rotate" data-part aria-labelledby="rotate-heading">
            <header>
                <h2 id="rotate-heading">"Rotate"</h2>
            </header>
            <form method="post" action=page.href() data-enhance data-guard>
                {form_token()}
                <div class="field">
                    <label for="value">"New value"</label>
                    <textarea
                        id="value"
                        name="value"
                        rows="3"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        autofocus=focus
                        aria-invalid=error.as_ref().map(|_| "true")
                        aria-describedby=described
                    ></textarea>
                    {field_error("value", error)}
                    <small id="value-hint">
                        {format!("Becomes version {} at once, for everyone who reads it.", uses.version + 1)}
                    </small>
                </div>
                <div class="actions">
                    <button class="primary" name="action" value=RotateValue::BUTTON>"Rotate"</button>
                </div>
            </form>
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}

fn rename_panel(page: &Secret, uses: &SecretUses, shown: &Shown) -> impl IntoView + use<> {
    let turn: Option<&Turn> = shown.turn.of(Rename::BUTTON);
    let error = turn.and_then(|turn| turn.error("name"));
    let typed = turn.filter(|_| error.is_some()).map(|turn| turn.typed("name"));
    let value = typed.unwrap_or_else(|| uses.name.to_string());
    view! {
        <section class="panel wide" id="rename" data-part aria-labelledby="rename-heading">
            <header>
                <h2 id="rename-heading">"Rename"</h2>
            </header>
            // The heading shows the new name at once; a refusal takes it back.
            <form method="post" action=page.href() data-enhance data-guard data-shows="#secret-name code" data-from="name">
                <Field
                    name="name"
                    label="Name".to_owned()
                    autocomplete="off"
                    value
                    hint=Some("Letters, digits and _ . / -, at most 128, a letter or _ first. Programs that ask by name must follow.")
                    autofocus=error.is_some()
                    error
                />
                <div class="actions">
                    <button name="action" value=Rename::BUTTON>"Rename"</button>
                </div>
            </form>
            <Receipt grounds=shown.grounds record=shown.record />
        </section>
    }
}
