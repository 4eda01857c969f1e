//! The incident page: ends many sessions at once, after a preview.

use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::sessions::all::AllSessions;
use crate::sessions::own::ended;
use crate::sessions::policy;
use crate::sessions::revocation::Revocation;
use crate::sessions::revocations::{Preview, RevocationRow};
use crate::sessions::scope::{Scope, ScopeKind};
use crate::sessions::table::session_table;
use crate::ui::time::Ago;
use crate::ui::{Field, field_error};
use doorward::{SessionId, Timestamp};
use leptos::prelude::*;

#[derive(Clone, Default)]
pub struct EndSessions {
    /// The scope that was chosen.
    pub scope: Option<Scope>,
}

/// What must be typed before all sessions end.
const EVERYTHING: &str = "everything";

fn read_scope(by: &str, what: &str) -> Result<Scope, PageError> {
    let kind = ScopeKind::parse(by).ok_or_else(|| PageError::invalid("by", "Choose one of these."))?;
    Scope::parse(kind, what).map_err(|error| PageError::invalid("what", error.0))
}

impl Address for EndSessions {
    fn at(asked: &mut Requested<'_>) -> Self {
        let what = asked.query("what", String::new(), |text| Ok(text.to_owned()));
        Self { scope: asked.query("by", None, |by| read_scope(by, &what).map(Some)) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let Some(scope) = &self.scope else { return Vec::new() };
        vec![("by", scope.kind().as_str().to_owned()), ("what", scope.subject())]
    }
}

/// The page's data.
pub struct Data {
    preview: Option<Preview>,
    last: Vec<RevocationRow>,
    this: SessionId,
}

impl Page for EndSessions {
    type Opens = policy::PreviewRevocation;
    type Data = Data;
    type Within = Console;
    type Actions = (End,);

    fn opens(&self) -> policy::PreviewRevocation {
        policy::PreviewRevocation { scope: self.scope.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::PreviewRevocation>) -> Result<Data, PageError> {
        let this = permit.principal().session;
        let (preview, last) = request()?.backend.preview(permit).await?;
        Ok(Data { preview, last, this })
    }

    fn title(&self, _: &Data) -> String {
        "End sessions".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(self, &data, shown).into_any()
    }
}

/// Ends the sessions in the preview.
pub struct End;

/// The fields of the form.
pub struct Chosen {
    scope: Scope,
    spare_this: bool,
}

/// Returns what must be typed to confirm the end of a scope.
fn confirmation(scope: &Scope) -> String {
    if *scope == Scope::Everything { EVERYTHING.to_owned() } else { scope.subject() }
}

/// Returns whether the typed text confirms it.
fn confirms(typed: &str, scope: &Scope) -> bool {
    match scope {
        Scope::Everything => typed.eq_ignore_ascii_case(EVERYTHING),
        scope => Scope::parse(scope.kind(), typed).as_ref() == Ok(scope),
    }
}

impl FormAction<EndSessions> for End {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["by", "what", "spare", "typed"];
    type Asks = policy::Revoke;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        let scope = read_scope(form.text("by"), form.text("what"))?;
        if !confirms(form.text("typed"), &scope) {
            let message = format!("Type “{}” to confirm.", confirmation(&scope));
            return Err(PageError::invalid("typed", message));
        }
        Ok(Chosen { scope, spare_this: form.text("spare") == "yes" })
    }

    fn asks(_: &EndSessions, chosen: &Chosen) -> policy::Revoke {
        policy::Revoke { scope: chosen.scope.clone(), spare_this: chosen.spare_this }
    }

    async fn run(_: &EndSessions, permit: Permit<policy::Revoke>, _: Chosen) -> Result<FormOutcome, PageError> {
        ended(request()?.backend.revoke(permit).await?, false)
    }
}

fn view(page: &EndSessions, data: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    view! {
        <header class="page">
            <h1>"End sessions"</h1>
            <a class="button" href=AllSessions::default().href()>"All sessions"</a>
            <p>"For when something has gone wrong. People whose session ends must sign in again; nothing else changes."</p>
        </header>
        <div class="panels">
            <section class="panel wide" aria-labelledby="choose-heading">
                <header>
                    <h2 id="choose-heading">"Choose sessions"</h2>
                </header>
                {choose_form(page)}
            </section>
            {data.preview.as_ref().zip(page.scope.as_ref()).map(|(preview, scope)| end_panel(scope, preview, data.this, shown))}
            <section class="panel wide" aria-labelledby="last-heading">
                <header>
                    <h2 id="last-heading">"Earlier"</h2>
                </header>
                {last_table(&data.last, shown.now)}
                <Receipt grounds=shown.grounds record=shown.record />
            </section>
        </div>
    }
}

fn choose_form(page: &EndSessions) -> impl IntoView + use<> {
    let chosen = page.scope.as_ref().map(Scope::kind);
    let options = ScopeKind::CHOICES.map(|kind| {
        view! { <option value=kind.as_str() selected=chosen == Some(kind)>{kind.words()}</option> }
    });
    let what = page.scope.as_ref().map(Scope::subject).unwrap_or_default();
    view! {
        <form class="filter" method="get" action=EndSessions::default().href()>
            <div class="field">
                <label for="by">"By"</label>
                <select id="by" name="by">{options.collect_view()}</select>
            </div>
            <div class="field">
                <label for="what">"Which"</label>
                <input id="what" name="what" value=what maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="what-hint" />
                <small id="what-hint">
                    "A sign-in name, a role, password or passkey, a network such as 198.51.100.0/24, or a time (UTC, or with an offset); empty for everything."
                </small>
            </div>
            <button>"Preview"</button>
        </form>
    }
}

fn end_panel(scope: &Scope, preview: &Preview, this: SessionId, shown: &ViewContext) -> impl IntoView + use<> {
    let count =
        |many: i64, one: &str, more: &str| if many == 1 { format!("1 {one}") } else { format!("{many} {more}") };
    let heading = format!(
        "This ends {} of {}",
        count(preview.sessions, "session", "sessions"),
        count(preview.identities, "identity", "identities")
    );
    let more = preview.sessions - i64::try_from(preview.first.len()).unwrap_or_default();
    let table = session_table("Sessions that would end", &preview.first, this, true, &|_| None, shown.now);
    view! {
        <section class="panel wide" id="end" data-part aria-labelledby="end-heading">
            <header>
                <h2 id="end-heading">{heading}</h2>
            </header>
            {(!preview.first.is_empty()).then_some(table)}
            {(more > 0).then(|| view! { <p>{format!("And {more} more.")}</p> })}
            {end_form(scope, preview.own, &shown.turn)}
        </section>
    }
}

fn end_form(scope: &Scope, own: bool, turn: &FormResult) -> impl IntoView + use<> {
    let here = EndSessions { scope: Some(scope.clone()) }.href();
    let (by, what, typed) = (scope.kind().as_str(), scope.subject(), confirmation(scope));
    let spare = own.then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name="spare" value="yes" checked />
                "Keep this session of mine"
            </label>
        }
    });
    view! {
        <form method="post" action=here data-enhance="onward">
            <input type="hidden" name="by" value=by />
            <input type="hidden" name="what" value=what />
            {spare}
            {field_error("what", turn.error("what"))}
            <Field
                name="typed"
                label=format!("Type “{typed}” to end the sessions {scope}")
                autocomplete="off"
                value=turn.typed("typed")
                autofocus=turn.error("typed").is_some()
                error=turn.error("typed")
            />
            <div class="actions">
                <button class="danger">"End these sessions"</button>
            </div>
        </form>
    }
}

fn last_table(last: &[RevocationRow], now: Timestamp) -> impl IntoView + use<> {
    let nothing = last.is_empty();
    let rows = last
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">
                        <a href=Revocation { id: row.id }.href()>"Sessions " {row.scope.clone()}</a>
                    </th>
                    <td data-label="By">{row.by.clone()}</td>
                    <td class="number" data-label="Ended">{row.ended}</td>
                    <td data-label="When"><Ago at=row.at now /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table>
            <caption class="unseen">"What was ended before, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"What"</th>
                    <th scope="col">"By"</th>
                    <th scope="col" class="number">"Ended"</th>
                    <th scope="col">"When"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {nothing.then(|| view! { <p>"No sessions have been ended yet."</p> })}
    }
}
