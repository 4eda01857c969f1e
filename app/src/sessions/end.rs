//! The incident page: ends many sessions at once, after a preview.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::choices::choices as identity_choices;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, ViewContext};
use crate::sessions::all::AllSessions;
use crate::sessions::own::ended;
use crate::sessions::policy;
use crate::sessions::revocation::Revocation;
use crate::sessions::revocations::{EndChoices, Preview, RevocationRow};
use crate::sessions::scope::{Scope, ScopeKind};
use crate::sessions::table::{Shows, session_table};
use crate::ui::time::Ago;
use crate::ui::{Because, Choice, Column, Field, PageHeader, Panel, Select, Table, field_error, method_in_words};
use doorward::{Method, Timestamp};
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
    choices: EndChoices,
    shows: Shows,
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
        let shows = Shows::to(permit.principal(), true);
        Ok(Data { choices: request()?.backend.preview(permit).await?, shows })
    }

    fn title(&self, _: &Data) -> String {
        "End sessions".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(self, &data, shown).into_any()
    }

    fn unreadable(&self, shown: &ViewContext) -> Option<(&'static str, AnyView)> {
        Some(("End sessions", unreadable(shown).into_any()))
    }
}

/// The form alone, if it names no sessions.
fn unreadable(shown: &ViewContext) -> impl IntoView + use<> {
    let turn = &shown.turn;
    let choose = choose_form(&turn.typed("by"), turn.typed("what"), None, (turn.error("by"), turn.error("what")));
    view! {
        {heading()}
        <div class="panels">
            <Panel id="choose" title="Choose sessions">{choose}</Panel>
        </div>
    }
}

fn heading() -> impl IntoView {
    view! {
        <PageHeader
            title="End sessions"
            intro=Some("For when something has gone wrong. People whose session ends must sign in again; nothing else changes.")
        >
            <a class="button" href=AllSessions::default().href()>"All sessions"</a>
        </PageHeader>
    }
}

/// Ends the sessions in the preview.
pub struct End;

/// The fields of the form.
pub struct Chosen {
    scope: Scope,
    spare_this: bool,
    why: StatedReason,
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
    const FIELDS: &'static [&'static str] = &["by", "what", "spare", "typed", WHY];
    type Asks = policy::Revoke;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        let scope = read_scope(form.text("by"), form.text("what"))?;
        if !confirms(form.text("typed"), &scope) {
            let message = format!("Type “{}” to confirm.", confirmation(&scope));
            return Err(PageError::invalid("typed", message));
        }
        Ok(Chosen { scope, spare_this: form.text("spare") == "yes", why: StatedReason::read(form)? })
    }

    fn asks(_: &EndSessions, chosen: &Chosen) -> policy::Revoke {
        policy::Revoke { scope: chosen.scope.clone(), spare_this: chosen.spare_this, why: chosen.why.clone() }
    }

    async fn run(_: &EndSessions, permit: Permit<policy::Revoke>, _: Chosen) -> Result<FormOutcome, PageError> {
        ended(request()?.backend.revoke(permit).await?, false)
    }
}

fn view(page: &EndSessions, data: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    let choices = &data.choices;
    let preview = choices.preview.as_ref().zip(page.scope.as_ref());
    let nobody = preview.filter(|(preview, _)| !preview.exists).map(|(_, scope)| nobody(scope));
    let preview = preview.filter(|(preview, _)| preview.exists);
    let chosen = page.scope.as_ref().map(Scope::kind).map_or("", ScopeKind::as_str);
    let what = page.scope.as_ref().map(Scope::subject).unwrap_or_default();
    let choose = choose_form(chosen, what, Some(choices), (None, nobody));
    let earlier = earlier_table(&choices.earlier, shown.now);
    view! {
        {heading()}
        <div class="panels">
            <Panel id="choose" title="Choose sessions">{choose}</Panel>
            {preview.map(|(preview, scope)| end_panel(scope, preview, data.shows, shown))}
            <Panel id="earlier" title="Earlier">{earlier}</Panel>
        </div>
    }
}

fn nobody(scope: &Scope) -> String {
    match scope {
        Scope::Role(role) => format!("There is no role “{role}”."),
        scope => format!("No one has the sign-in name “{}”.", scope.subject()),
    }
}

/// The form that chooses. The errors are those of the kind and of what was typed.
fn choose_form(
    chosen: &str,
    what: String,
    choices: Option<&EndChoices>,
    (wrong_kind, error): (Option<String>, Option<String>),
) -> impl IntoView + use<> {
    let kinds = ScopeKind::CHOICES.map(|kind| Choice::new(kind.as_str(), kind.words())).to_vec();
    let roles = choices.iter().flat_map(|choices| choices.roles.iter().map(|role| Choice::new(role.clone(), "role")));
    let methods = Method::ALL.map(|method| Choice::new(method.as_str(), method_in_words(method)));
    let people = choices.map(|choices| identity_choices(&choices.people)).unwrap_or_default();
    let suggestions = people.into_iter().chain(roles).chain(methods).collect();
    view! {
        <form method="get" action=EndSessions::default().href()>
            <Select name="by" label="End sessions of" choices=kinds chosen=chosen.to_owned() error=wrong_kind />
            <Field
                name="what"
                label="Which"
                value=what
                maxlength=Some(64)
                required=false
                hint=Some("A sign-in name, a role, a way to sign in, a network such as 198.51.100.0/24, or a time (UTC, or with an offset). Leave it empty for everyone.")
                autofocus=error.is_some()
                error
                suggestions
            />
            <div class="actions">
                <button>"Preview"</button>
            </div>
        </form>
    }
}

fn end_panel(scope: &Scope, preview: &Preview, shows: Shows, shown: &ViewContext) -> impl IntoView + use<> {
    let count =
        |many: i64, one: &str, more: &str| if many == 1 { format!("1 {one}") } else { format!("{many} {more}") };
    let heading = match preview.sessions {
        0 => format!("No session {scope}"),
        sessions => format!(
            "This ends {} of {}",
            count(sessions, "session", "sessions"),
            count(preview.identities, "identity", "identities")
        ),
    };
    let more = preview.sessions - i64::try_from(preview.first.len()).unwrap_or_default();
    let table = session_table("Sessions that would end", &preview.first, shows, &|_| None, None, shown.now);
    let inside = view! {
            {(!preview.first.is_empty()).then_some(table)}
            {(more > 0).then(|| view! { <p>{format!("And {more} more.")}</p> })}
            {(preview.sessions > 0).then(|| end_form(scope, preview.own, &shown.turn))}
    };
    view! {
        <Panel id="end" title=heading part=true>{inside}</Panel>
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
            <Because value=turn.typed(WHY) error=turn.error(WHY) />
            <Field
                name="typed"
                label=format!("Type “{typed}” to end the sessions {scope}")
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

const COLUMNS: &[Column] = &[Column::Text("What"), Column::Text("By"), Column::Number("Ended"), Column::Text("When")];

fn earlier_table(earlier: &[RevocationRow], now: Timestamp) -> impl IntoView + use<> {
    let nothing = earlier.is_empty();
    let rows = earlier
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">
                        <a href=Revocation { id: row.id }.href()><bdi>{row.scope.clone()}</bdi></a>
                    </th>
                    <td data-label="By">{row.by.clone()}</td>
                    <td class="number" data-label="Ended">{row.ended}</td>
                    <td data-label="When"><Ago at=row.at now /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption="What was ended before, the newest first" columns=COLUMNS>{rows}</Table>
        {nothing.then(|| view! { <p>"No sessions have been ended yet."</p> })}
    }
}
