//! The inbox: notices about the user's own account.

use crate::access::environments::list::EnvironmentList;
use crate::access::machines::MachineList;
use crate::access::overview::Overview;
use crate::account::methods::Methods;
use crate::account::notices::{Notice, NoticeKind};
use crate::account::policy;
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::deliveries::list::Deliveries;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::secrets::secret::Secret;
use crate::sessions::own::OwnSessions;
use crate::ui::time::Ago;
use crate::ui::{Empty, PageHeader};
use doorward::Timestamp;
use leptos::prelude::*;

#[derive(Clone)]
pub struct Inbox;

impl Address for Inbox {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for Inbox {
    type Opens = policy::ReadInbox;
    type Data = Vec<Notice>;
    type Within = Console;
    type Actions = (ReadAll,);

    fn opens(&self) -> policy::ReadInbox {
        policy::ReadInbox
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadInbox>) -> Result<Vec<Notice>, PageError> {
        Ok(request()?.backend.inbox(permit).await?)
    }

    fn title(&self, _: &Vec<Notice>) -> String {
        "Inbox".to_owned()
    }

    fn view(&self, notices: Vec<Notice>, shown: &ViewContext) -> AnyView {
        view(&notices, shown).into_any()
    }
}

/// Marks everything as read.
pub struct ReadAll;

impl FormAction<Inbox> for ReadAll {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::MarkRead;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(_: &Inbox, (): &()) -> policy::MarkRead {
        policy::MarkRead
    }

    async fn run(page: &Inbox, permit: Permit<policy::MarkRead>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.read_inbox(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), None))
    }
}

/// Returns a notice as a sentence, and what to do if it is unexpected.
pub(super) fn in_words(notice: &Notice) -> (String, &'static str) {
    let about = &notice.about;
    match notice.kind {
        NoticeKind::NewBrowser => (
            format!("You signed in with {about}, which was not seen before."),
            "If that was not you: end the session, then change your password.",
        ),
        NoticeKind::MethodChanged => {
            (format!("{about}."), "If that was not you, end your other sessions and ask an administrator.")
        }
        NoticeKind::Incident => (
            format!("A copy of your session {about} was used, so the session was ended."),
            "Someone else used that browser's session. Check the device before you use it again.",
        ),
        NoticeKind::SessionsEnded => (
            format!("{about} ended sessions of yours."),
            "You can sign in again. An administrator can say why.",
        ),
        NoticeKind::RecordSetAside => (
            format!("A record could not be forwarded: {about}."),
            "It is in the ledger and was set aside, so that later records go on. Mend the receiver, and hand the record on by \
             hand. There may be more: see doorward_forward_set_aside. Reading this notice lets the next one come.",
        ),
        NoticeKind::SessionSuspect => (
            format!("A browser that uses your session {about} keeps an old cookie, as a copy would."),
            "It has to be confirmed before it goes on. If that is not your browser: end the session, then change your password.",
        ),
        NoticeKind::IncidentOpened => (
            format!("There is an incident about a session of {about}."),
            "It is on your overview until somebody closes it.",
        ),
        NoticeKind::Shared => (format!("{about}."), "You can do with it what your role allows."),
        NoticeKind::AccessRemoved => (format!("{about}."), "If you still need it, ask them."),
        NoticeKind::Revealed => (
            format!("{about}."),
            "If you did not expect that, remove their access and rotate the secret. The history of the secret has more.",
        ),
        NoticeKind::CanaryDisclosed => (
            format!("{about}."),
            "Their session was ended, and they were not told why. The incident on your overview says from where; whoever has \
             their password can sign in again.",
        ),
        NoticeKind::DeliveryWaiting => (format!("{about}."), "You can open it once. Open it only if you expect it."),
        NoticeKind::DeliveryOpened => {
            (format!("{about}."), "If they say that they did not open it, change the value at once.")
        }
        NoticeKind::DeliveryRetried => (
            format!("{about}."),
            "One of the two may not be whom you meant. Ask them, and change the value if you are not sure.",
        ),
        NoticeKind::OwnerChanged => (format!("{about}."), "The owner decides who else may use it."),
        NoticeKind::Archived => (format!("{about}."), "An archived secret can be brought back until it is deleted."),
        NoticeKind::RulesRelaxed => (
            format!("{about}."),
            "If you did not expect that, ask them, and turn the rules on again. The ledger has what the rules were.",
        ),
        NoticeKind::RotationDue | NoticeKind::RotationOverdue => {
            (format!("{about}."), "Rotate it on its page, or change its period there.")
        }
        NoticeKind::MachineOwner => {
            (format!("{about}."), "The owner answers for what the machine does, and makes its credentials.")
        }
        NoticeKind::LedgerForked => (
            "The database holds another history of the ledger than the one that was signed. Nothing is signed any more.".to_owned(),
            "Keep the checkpoints that are outside of the database. After an honest restore, run: doorward ledger restart",
        ),
    }
}

fn view(notices: &[Notice], shown: &ViewContext) -> impl IntoView + use<> {
    let unread = notices.iter().any(|notice| !notice.read);
    let rows = notices.iter().map(|notice| row(notice, shown.now)).collect_view();
    let list = if notices.is_empty() {
        view! {
            <Empty title="No notices">
                <p>"You are told here when a new browser signs in as you, a way to sign in changes, a copy of a session is used, others share or reveal secrets of yours, or one is due for a new value."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="notices">{rows}</ul> }.into_any()
    };
    view! {
        <PageHeader title="Inbox">
            {unread.then(|| view! {
                <form method="post" action=Inbox.href()>
                    <button>"Mark all as read"</button>
                </form>
            })}
        </PageHeader>
        <section class="panel wide" aria-label="Notices">
            {list}
        </section>
    }
}

fn row(notice: &Notice, now: Timestamp) -> impl IntoView + use<> {
    let (sentence, advice) = in_words(notice);
    let onward = onward(notice).map(|(href, label)| view! { <a href=href>{label}</a> });
    let unread = (!notice.read).then(|| view! { <span class="badge waiting">"New"</span> });
    view! {
        <li>
            <p>{unread} " " <strong>{sentence}</strong> " " <Ago at=notice.at now /></p>
            <p>{advice} " " {onward}</p>
        </li>
    }
}

/// Where the reader can act on a notice.
fn onward(notice: &Notice) -> Option<(String, &'static str)> {
    match (notice.kind, notice.secret) {
        (
            NoticeKind::Shared
            | NoticeKind::Revealed
            | NoticeKind::Archived
            | NoticeKind::RotationDue
            | NoticeKind::RotationOverdue,
            Some(id),
        ) => Some((Secret { id }.href(), "The secret")),
        (NoticeKind::DeliveryWaiting | NoticeKind::DeliveryOpened | NoticeKind::DeliveryRetried, _) => {
            Some((Deliveries::default().href(), "Deliveries"))
        }
        (NoticeKind::MachineOwner, _) => Some((MachineList::default().href(), "Machines")),
        (NoticeKind::IncidentOpened | NoticeKind::CanaryDisclosed, _) => Some((Overview::default().href(), "Overview")),
        (
            NoticeKind::RecordSetAside
            | NoticeKind::LedgerForked
            | NoticeKind::AccessRemoved
            | NoticeKind::OwnerChanged,
            _,
        ) => None,
        (NoticeKind::RulesRelaxed, _) => Some((EnvironmentList.href(), "Environments")),
        (NoticeKind::MethodChanged, _) => Some((Methods.href(), "Ways to sign in")),
        _ => Some((OwnSessions.href(), "Your sessions")),
    }
}
