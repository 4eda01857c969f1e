//! The overview: what I may read, my session, what was last decided about me.

use crate::door;
use crate::model::Failure;
use crate::page::{self, Loaded};
use crate::routes;
use crate::store::{Overview, OwnDecision, Reach, SessionCard};
use crate::ui::time::{Ago, Until};
use crate::ui::{Frame, Receipt, browser, method_in_words};
use doorward::Moment;
use leptos::prelude::*;
use leptos_meta::Title;

/// What may be asked.
pub mod can {
    use doorward::Principal;
    use doorward::action::{Action, Read};
    use doorward::policy::Decision;

    /// To see one's own overview.
    pub struct ReadOverview;

    impl Action for ReadOverview {
        const NAME: &'static str = "overview.read";
        type Facts = ();
        type Effect = Read;

        fn about(&self) {}

        fn decide(&self, who: &Principal, (): &()) -> Decision {
            who.signed_in()
        }
    }
}

async fn load() -> Result<Loaded<Overview>, Failure> {
    let permit = door::permit(can::ReadOverview).await?;
    let frame = page::frame(&permit);
    Ok(Loaded::new(frame, door::visit()?.backend.overview(permit).await?))
}

/// The page.
pub fn page() -> impl IntoView {
    page::shown(load(), |overview, frame| view(&overview, frame).into_any())
}

fn view(overview: &Overview, frame: &Frame) -> impl IntoView + use<> {
    view! {
        <Title text="Overview · Doorward" />
        <header class="page">
            <h1>"Overview"</h1>
        </header>
        <div class="panels">
            <section class="panel" aria-labelledby="may-read">
                <header>
                    <h2 id="may-read">"What you may read"</h2>
                </header>
                {reach(&overview.reach)}
                <Receipt grounds=frame.grounds record=frame.record />
            </section>
            <section class="panel" aria-labelledby="session">
                <header>
                    <h2 id="session">"This session"</h2>
                </header>
                {session(&overview.session, frame.now)}
                <Receipt grounds=frame.grounds record=frame.record />
            </section>
            <section class="panel wide" aria-labelledby="decisions">
                <header>
                    <h2 id="decisions">"Your last decisions"</h2>
                </header>
                {decisions(&overview.decisions, frame.now)}
                <Receipt grounds=frame.grounds record=frame.record />
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
            let address = format!("{}?environment={environment}", routes::SECRETS);
            let may = reach.permissions.iter().map(|name| view! { <li>{in_words(name)}</li> }).collect_view();
            view! {
                <tr>
                    <th scope="row">
                        <a href=address>{environment}</a>
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
            <dd>{method_in_words(&session.method)} ", " <Ago at=session.authenticated now /></dd>
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

fn row(decision: &OwnDecision, now: Moment) -> impl IntoView + use<> {
    let (class, word) = if decision.allowed { ("badge allowed", "Allowed") } else { ("badge refused", "Refused") };
    let resource = if decision.resource.is_empty() { "—".to_owned() } else { decision.resource.clone() };
    view! {
        <tr>
            <td data-label="When"><Ago at=decision.at now /></td>
            <th scope="row">
                <code>{decision.action.clone()}</code>
            </th>
            <td data-label="Resource">
                <code>{resource}</code>
            </td>
            <td data-label="Decision">
                <span class=class>{word}</span>
            </td>
            <td data-label="Reason">{decision.words.clone()}</td>
            <td data-label="Record">
                <code>{decision.id.to_string()}</code>
            </td>
        </tr>
    }
}
