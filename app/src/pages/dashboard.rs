//! The overview: what I may read, my session, what was last decided about me.

use super::ledger::Checks;
use super::{Inbox, Secrets};
use crate::door::{self, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Action, Address, Console, Page, Requested, Shown};
use crate::store::{self, OwnDecision, Reach, SessionCard};
use crate::ui::time::{Ago, Until};
use crate::ui::{Receipt, browser, decision_badge, method_in_words};
use doorward::{IncidentId, Moment};
use incidents::incidents;
use leptos::prelude::*;

mod incidents;

/// What may be asked.
pub mod can {
    use super::super::ledger::Checks;
    use crate::store::IncidentFacts;
    use doorward::action::{Action, Read, Resource, Write};
    use doorward::policy::Decision;
    use doorward::{Grounds, IncidentId, Principal, Reason};

    /// To see one's own overview.
    pub struct ReadOverview {
        /// Whether background checks are among one's last decisions.
        pub checks: Checks,
    }

    impl Action for ReadOverview {
        const NAME: &'static str = "overview.read";
        const PERMISSION: Option<&'static str> = None;
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn resource(&self) -> Resource {
            match self.checks {
                Checks::Usual => Resource::none(),
                checks => Resource::none().with("background", checks.as_str()),
            }
        }

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }

    /// Who sees everybody's incidents on their overview.
    pub const LIST_INCIDENTS: &str = "incident.list";

    /// To say that one has seen an incident about oneself.
    pub struct AcknowledgeIncident {
        /// Which.
        pub id: IncidentId,
    }

    impl Action for AcknowledgeIncident {
        const NAME: &'static str = "incident.acknowledge";
        const PERMISSION: Option<&'static str> = None;
        type Facts = IncidentFacts;
        type Effect = Write;

        fn about(&self) -> IncidentId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("incident", self.id)
        }

        fn decide(&self, who: &Principal, about: &IncidentFacts) -> Decision {
            Decision::when(about.identity == who.identity, Grounds::OWNER, Reason::NotGranted).or_hidden()
        }
    }

    /// To close an incident about somebody else. Whoever stole a session may hold the password too, and must not end the
    /// search for themselves.
    pub struct CloseIncident {
        /// Which.
        pub id: IncidentId,
    }

    impl Action for CloseIncident {
        const NAME: &'static str = "incident.close";
        type Facts = IncidentFacts;
        type Effect = Write;

        fn about(&self) -> IncidentId {
            self.id
        }

        fn resource(&self) -> Resource {
            Resource::of("incident", self.id)
        }

        fn decide(&self, who: &Principal, about: &IncidentFacts) -> Decision {
            if about.identity == who.identity {
                return Decision::refused(Reason::SamePerson);
            }
            who.holds(Self::NAME).everywhere().or_hidden()
        }
    }
}

/// The overview; its address is the console's own.
#[derive(Clone, Copy, Default)]
pub struct Overview {
    /// Whether background checks are among the last decisions.
    pub checks: Checks,
}

impl Address for Overview {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { checks: Checks::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("background", self.checks.as_str().to_owned())]
    }
}

impl Page for Overview {
    type Opens = can::ReadOverview;
    type Data = store::Overview;
    type Within = Console;
    type Actions = (Acknowledge, Close);
    const PREFETCH: bool = true;

    fn opens(&self) -> can::ReadOverview {
        can::ReadOverview { checks: self.checks }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<can::ReadOverview>) -> Result<store::Overview, Failure> {
        Ok(door::visit()?.backend.overview(permit).await?)
    }

    fn title(&self, _: &store::Overview) -> String {
        "Overview".to_owned()
    }

    fn view(&self, overview: store::Overview, shown: &Shown) -> AnyView {
        view(*self, &overview, shown).into_any()
    }
}

fn read_incident(form: &Form) -> Result<IncidentId, Failure> {
    IncidentId::parse(form.text("incident")).map_err(|_| Failure::invalid("", "There is no such incident."))
}

/// Says that one has seen an incident about oneself.
pub struct Acknowledge;

impl Action<Overview> for Acknowledge {
    const BUTTON: &'static str = "acknowledge-incident";
    const FIELDS: &'static [&'static str] = &["incident"];
    type Asks = can::AcknowledgeIncident;
    type Input = IncidentId;

    fn read(form: &Form) -> Result<IncidentId, Failure> {
        read_incident(form)
    }

    fn asks(_: &Overview, id: &IncidentId) -> can::AcknowledgeIncident {
        can::AcknowledgeIncident { id: *id }
    }

    async fn run(page: &Overview, permit: Permit<can::AcknowledgeIncident>, _: IncidentId) -> Result<Acted, Failure> {
        door::visit()?.backend.acknowledge_incident(permit).await?;
        Ok(Acted::SeeOther(page.path(), Some("Marked as seen. Administrators still see the incident.")))
    }
}

/// Closes an incident about somebody else.
pub struct Close;

impl Action<Overview> for Close {
    const BUTTON: &'static str = "close-incident";
    const FIELDS: &'static [&'static str] = &["incident"];
    type Asks = can::CloseIncident;
    type Input = IncidentId;

    fn read(form: &Form) -> Result<IncidentId, Failure> {
        read_incident(form)
    }

    fn asks(_: &Overview, id: &IncidentId) -> can::CloseIncident {
        can::CloseIncident { id: *id }
    }

    async fn run(page: &Overview, permit: Permit<can::CloseIncident>, _: IncidentId) -> Result<Acted, Failure> {
        door::visit()?.backend.close_incident(permit).await?;
        Ok(Acted::SeeOther(page.path(), Some("The incident is closed.")))
    }
}

fn view(page: Overview, overview: &store::Overview, shown: &Shown) -> impl IntoView + use<> {
    let unread = overview.unread;
    let news = if unread == 1 { "1 notice for you".to_owned() } else { format!("{unread} notices for you") };
    view! {
        <header class="page">
            <h1>"Overview"</h1>
            {(unread > 0).then(|| view! { <a class="button" href=Inbox.href()>{news}</a> })}
        </header>
        <div class="panels">
            {incidents(overview, shown)}
            <section class="panel" aria-labelledby="may-read">
                <header>
                    <h2 id="may-read">"What you may read"</h2>
                </header>
                {reach(&overview.reach)}
                <Receipt grounds=shown.grounds record=shown.record />
            </section>
            <section class="panel" aria-labelledby="session">
                <header>
                    <h2 id="session">"This session"</h2>
                </header>
                {session(&overview.session, shown.now)}
                <Receipt grounds=shown.grounds record=shown.record />
            </section>
            <section class="panel wide" aria-labelledby="decisions">
                <header>
                    <h2 id="decisions">"Your last decisions"</h2>
                </header>
                {decisions(&overview.decisions, shown.now)}
                {background_switch(page)}
                <Receipt grounds=shown.grounds record=shown.record />
            </section>
        </div>
    }
}

fn reach(reach: &[Reach]) -> AnyView {
    if reach.is_empty() {
        return view! { <p>"No role of yours opens any environment yet. Whoever administers Doorward can give you one."</p> }.into_any();
    }
    let rows = reach
        .iter()
        .map(|reach| {
            let environment = reach.environment.to_string();
            let address = Secrets::within(reach.environment.clone()).href();
            let may = reach.permissions.iter().map(|name| view! { <li>{in_words(name)}</li> }).collect_view();
            view! {
                <tr>
                    <th scope="row">
                        <a href=address data-prefetch>{environment}</a>
                    </th>
                    <td class="number" data-label="Secrets">{reach.secrets}</td>
                    <td data-label="You may">
                        <ul class="inline">{may}</ul>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table>
            <caption class="unseen">"What you may read, by environment"</caption>
            <thead>
                <tr>
                    <th scope="col">"Environment"</th>
                    <th scope="col" class="number">"Secrets"</th>
                    <th scope="col">"You may"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// A permission about secrets as a verb: `secret.reveal` is "reveal".
fn in_words(permission: &str) -> String {
    permission.rsplit('.').next().unwrap_or(permission).replace("inventory", "see all")
}

fn session(session: &SessionCard, now: Moment) -> impl IntoView + use<> {
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
            <dt>"Ends at the latest"</dt>
            <dd>"in " <Until at=session.ends now /></dd>
        </dl>
    }
}

fn decisions(decisions: &[OwnDecision], now: Moment) -> impl IntoView + use<> {
    let rows = decisions.iter().map(|decision| row(decision, now)).collect_view();
    view! {
        <table>
            <caption class="unseen">"Your last decisions, the newest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Resource"</th>
                    <th scope="col">"Decision"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Record"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// Leads to the same page with background checks, or without them.
fn background_switch(page: Overview) -> impl IntoView + use<> {
    let (checks, words) = match page.checks.on_a_page() {
        Checks::Hidden => (Checks::Shown, "Show background checks of open pages"),
        Checks::Shown | Checks::Usual => (Checks::Usual, "Leave out background checks of open pages"),
    };
    view! { <p><a href=Overview { checks }.href()>{words}</a></p> }
}

fn row(decision: &OwnDecision, now: Moment) -> impl IntoView + use<> {
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
                <code>{decision.id.to_string()}</code>
            </td>
        </tr>
    }
}
