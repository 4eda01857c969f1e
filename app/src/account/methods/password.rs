//! The password. Changing it requires the current one, or a second factor shown within the last
//! minutes.

use crate::account::methods::{Methods, end_others, read_end_others, stopped};
use crate::account::new_password::read_new_password;
use crate::account::policy;
use crate::account::store::OwnMethods;
use crate::backend::Permit;
use crate::console;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::time::Ago;
use crate::ui::{Field, Panel};
use doorward::SecretText;
use leptos::prelude::*;

/// Changes the password.
pub struct ChangePassword;

/// The fields of the form.
pub struct Chosen {
    current: Option<SecretText>,
    password: SecretText,
    end_others: bool,
}

impl FormAction<Methods> for ChangePassword {
    const BUTTON: &'static str = "change-password";
    const FIELDS: &'static [&'static str] = &["current", "password", "repeat", "end-others"];
    type Asks = policy::ChoosePassword;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        let password = read_new_password(form)?;
        let current = if form.text("current").is_empty() { None } else { Some(form.secret("current")?) };
        Ok(Chosen { current, password, end_others: read_end_others(form) })
    }

    fn asks(_: &Methods, _: &Chosen) -> policy::ChoosePassword {
        policy::ChoosePassword
    }

    async fn run(
        page: &Methods,
        permit: Permit<policy::ChoosePassword>,
        chosen: Chosen,
    ) -> Result<FormOutcome, PageError> {
        let request = request()?;
        let backend = request.backend;
        let hashed = backend.hash_password(&request.asked, permit, chosen.current, chosen.password).await?;
        let permit = console::permit(policy::ChangePassword { end_others: chosen.end_others }).await?;
        backend.change_password(permit, hashed).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Your password is changed.")))
    }
}

pub(super) fn panel(methods: &OwnMethods, sign_in_name: &str, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(ChangePassword::BUTTON);
    let error = |field| turn.and_then(|turn| turn.error(field));
    let (now, sign_in_name) = (shown.now, sign_in_name.to_owned());
    let changed = methods.password_changed.map(|at| view! { <small>"Changed " <Ago at now /></small> }.into_any());
    let inside = view! {
            {stopped(turn)}
            <form method="post" action=Methods.href() data-enhance="onward">
                // For password managers. Without a name it is not submitted.
                <input type="text" autocomplete="username" value=sign_in_name readonly hidden />
                {(!methods.has_second_factor).then(|| view! {
                    <Field
                        name="current"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        error=error("current")
                        autofocus=error("current").is_some()
                    />
                })}
                <Field
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=Some("12 characters or more. A sentence is fine.")
                    error=error("password")
                    autofocus=error("password").is_some()
                />
                <Field
                    name="repeat"
                    label="New password again"
                    kind="password"
                    autocomplete="new-password"
                    error=error("repeat")
                    autofocus=error("repeat").is_some()
                />
                {end_others(turn)}
                <div class="actions">
                    <button class="primary" name="action" value=ChangePassword::BUTTON>"Change password"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="password-part" title="Password" part=true actions=changed>{inside}</Panel>
    }
}
