//! The overview: what the user may do, their session, and the latest decisions about them.

use crate::access::first_steps::{self, Dismiss, Steps};
use crate::access::incidents::incidents;
use crate::access::policy;
use crate::access::store::{OverviewData, OwnDecision, Reach};
use crate::account::inbox::Inbox;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::ledger::record::Record;
use crate::ledger::search::Routine;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::secrets::list::Secrets;
use crate::secrets::list::rotation::RotationList;
use crate::secrets::store::ToRotate;
use crate::sessions::store::SessionCard;
use crate::ui::method_in_words;
use crate::ui::time::{Ago, Until};
use crate::ui::{Column, PageHeader, Panel, Table, browser, decision_badge, protected_mark};
use doorward::{IncidentId, Timestamp};
use leptos::prelude::*;

/// The overview, at the console's root address.
#[derive(Clone, Copy, Default)]
pub struct Overview {
    /// Whether routine reads are included in the decisions.
    pub routine: Routine,
}

impl Address for Overview {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { routine: Routine::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![(Routine::PARAMETER, self.routine.as_str().to_owned())]
    }
}

impl Page for Overview {
    type Opens = policy::ReadOverview;
    type Data = Data;
    type Within = Console;
    type Actions = (Acknowledge, Close, Dismiss);
    const PREFETCH: bool = true;

    fn opens(&self) -> policy::ReadOverview {
        policy::ReadOverview { routine: self.routine }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadOverview>) -> Result<Data, PageError> {
        let who = permit.principal().clone();
        let overview = request()?.backend.overview(permit).await?;
        let steps = first_steps::of(&overview, &who).await?;
        Ok(Data { overview, steps })
    }

    fn title(&self, _: &Data) -> String {
        "Overview".to_owned()
    }

    fn view(&self, data: Data, shown: &ViewContext) -> AnyView {
        view(*self, &data, shown).into_any()
    }
}

/// The page's data.
pub struct Data {
    overview: OverviewData,
    /// The first steps, if they are shown.
    steps: Option<Steps>,
}

fn read_incident(form: &Form) -> Result<IncidentId, PageError> {
    IncidentId::parse(form.text("incident")).map_err(|_| PageError::invalid("", "There is no such incident."))
}

/// Acknowledges an incident about oneself.
pub struct Acknowledge;

impl FormAction<Overview> for Acknowledge {
    const BUTTON: &'static str = "acknowledge-incident";
    const FIELDS: &'static [&'static str] = &["incident"];
    type Asks = policy::AcknowledgeIncident;
    type Input = IncidentId;

    fn read(form: &Form) -> Result<IncidentId, PageError> {
        read_incident(form)
    }

    fn asks(_: &Overview, id: &IncidentId) -> policy::AcknowledgeIncident {
        policy::AcknowledgeIncident { id: *id }
    }

    async fn run(
        page: &Overview,
        permit: Permit<policy::AcknowledgeIncident>,
        _: IncidentId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.acknowledge_incident(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("Marked as seen. Administrators still see the incident.")))
    }
}

/// Closes an incident about somebody else.
pub struct Close;

impl FormAction<Overview> for Close {
    const BUTTON: &'static str = "close-incident";
    const FIELDS: &'static [&'static str] = &["incident"];
    type Asks = policy::CloseIncident;
    type Input = IncidentId;

    fn read(form: &Form) -> Result<IncidentId, PageError> {
        read_incident(form)
    }

    fn asks(_: &Overview, id: &IncidentId) -> policy::CloseIncident {
        policy::CloseIncident { id: *id }
    }

    async fn run(
        page: &Overview,
        permit: Permit<policy::CloseIncident>,
        _: IncidentId,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.close_incident(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The incident is closed.")))
    }
}

fn view(page: Overview, Data { overview, steps }: &Data, shown: &ViewContext) -> impl IntoView + use<> {
    let unread = overview.unread;
    let news = if unread == 1 { "1 unread notice".to_owned() } else { format!("{unread} unread notices") };
    let news = (unread > 0).then(|| view! { <a class="button" href=Inbox.href()>{news}</a> });
    let to_rotate = to_rotate(overview.to_rotate);
    let (reach, session) = (reach(&overview.reach), session(&overview.session, shown.now));
    let (decisions, switch) = (decisions(&overview.decisions, shown.now), routine_switch(page));
    view! {
        <PageHeader title="Overview">{to_rotate} {news}</PageHeader>
        <div class="panels">
            {incidents(overview, shown)}
            {steps.as_ref().map(|steps| first_steps::panel(page, steps))}
            <Panel id="access" title="Your access" narrow=true>{reach}</Panel>
            <Panel id="session" title="This session" narrow=true>{session}</Panel>
            <Panel id="decisions" title="Your recent activity">{decisions} {switch}</Panel>
        </div>
    }
}

/// Links to the secrets that are due, if there are any.
fn to_rotate(count: ToRotate) -> Option<impl IntoView + use<>> {
    let secrets = |count: usize| if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") };
    let words = match (count.overdue, count.due) {
        (0, 0) => return None,
        (0, due) => format!("{} due for rotation", secrets(due)),
        (overdue, 0) => format!("{} overdue for rotation", secrets(overdue)),
        (overdue, due) => format!("{} overdue for rotation, {due} due", secrets(overdue)),
    };
    Some(view! { <a class="button" href=RotationList::own().href()>{words}</a> })
}

fn reach(reach: &[Reach]) -> AnyView {
    if reach.is_empty() {
        return view! { <p>"You have no role yet. Ask an administrator."</p> }.into_any();
    }
    let rows = reach
        .iter()
        .map(|reach| {
            let environment = reach.environment.to_string();
            let address = Secrets::within(reach.environment.clone()).href();
            let may = in_words(&reach.permissions);
            view! {
                <tr>
                    <th scope="row">
                        <a href=address data-prefetch>{environment}</a> {protected_mark(reach.protected)}
                    </th>
                    <td class="number" data-label="Secrets">{reach.secrets}</td>
                    <td data-label="You can">{may}</td>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption="Your access, by environment" columns=REACH>{rows}</Table> }.into_any()
}

const REACH: &[Column] = &[Column::Text("Environment"), Column::Number("Secrets"), Column::Text("You can")];

/// Returns permissions about secrets as text. Without the inventory, and for values always, they count only for secrets that
/// one owns or was granted.
fn in_words(permissions: &[String]) -> String {
    let verbs = permissions.iter().map(|name| name.rsplit('.').next().unwrap_or(name));
    let (all, own): (Vec<&str>, Vec<&str>) = verbs.partition(|verb| *verb == "inventory");
    let sees_all = !all.is_empty();
    let own: Vec<&str> = own.into_iter().filter(|verb| !(sees_all && *verb == "read")).collect();
    let own = match own.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    };
    let own = own.map(|verbs| format!("{verbs} those that you own or were granted"));
    let all = sees_all.then(|| "see all".to_owned());
    all.into_iter().chain(own).collect::<Vec<_>>().join("; ")
}

fn session(session: &SessionCard, now: Timestamp) -> impl IntoView + use<> {
    let address = session.address.clone().unwrap_or_else(|| "unknown".to_owned());
    let browser = browser::in_words(session.user_agent.as_deref().unwrap_or_default());
    view! {
        <dl>
            <dt>"Session"</dt>
            <dd><code>{session.id.to_string()}</code></dd>
            <dt>"Started"</dt>
            <dd><Ago at=session.started now /></dd>
            <dt>"Authenticated"</dt>
            <dd>{method_in_words(session.method)} ", " <Ago at=session.authenticated now /></dd>
            <dt>"Address"</dt>
            <dd><code>{address}</code></dd>
            <dt>"Browser"</dt>
            <dd>{browser}</dd>
            <dt>"Ends if idle"</dt>
            <dd>"in " <Until at=session.idle_end now /></dd>
            <dt>"Ends no later than"</dt>
            <dd>"in " <Until at=session.ends now /></dd>
        </dl>
    }
}

fn decisions(decisions: &[OwnDecision], now: Timestamp) -> impl IntoView + use<> {
    let rows = decisions.iter().map(|decision| row(decision, now)).collect_view();
    view! { <Table caption="Your recent activity, the newest first" columns=DECISIONS>{rows}</Table> }
}

const DECISIONS: &[Column] = &[
    Column::Text("When"),
    Column::Text("Action"),
    Column::Text("Resource"),
    Column::Text("Decision"),
    Column::Text("Reason"),
    Column::Text("Record"),
];

/// Links to the same page with or without routine reads.
fn routine_switch(page: Overview) -> impl IntoView + use<> {
    let (routine, words) = match page.routine.on_a_page() {
        Routine::Hidden => (Routine::Shown, "Show routine reads"),
        Routine::Shown | Routine::Usual => (Routine::Usual, "Hide routine reads"),
    };
    view! { <p><a href=Overview { routine }.href()>{words}</a></p> }
}

fn row(decision: &OwnDecision, now: Timestamp) -> impl IntoView + use<> {
    let resource = if decision.resource.is_empty() { "—".to_owned() } else { decision.resource.clone() };
    view! {
        <tr>
            <td data-label="When"><Ago at=decision.at now /></td>
            <th scope="row">
                <code>{decision.action.clone()}</code>
            </th>
            <td data-label="Resource">
                {decision.resource_name.clone()} " " <code>{resource}</code>
            </td>
            <td data-label="Decision">
                {decision_badge(decision.allowed, decision.outcome)}
            </td>
            <td data-label="Reason">{decision.words.clone()}</td>
            <td data-label="Record">
                <a href=Record { id: decision.id }.href()><code>{decision.id.to_string()}</code></a>
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn the_overview_promises_no_more_than_is_allowed() {
        let words = |names: &[&str]| in_words(&names.iter().map(|name| format!("secret.{name}")).collect::<Vec<_>>());
        assert_eq!(words(&["read"]), "read those that you own or were granted");
        assert_eq!(words(&["read", "reveal", "rotate"]), "read, reveal and rotate those that you own or were granted");
        assert_eq!(words(&["read", "inventory"]), "see all");
        assert_eq!(words(&["read", "inventory", "reveal"]), "see all; reveal those that you own or were granted");
    }
}
