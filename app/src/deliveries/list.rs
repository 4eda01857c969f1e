//! The deliveries that somebody has sent, and those that wait for them.

use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::deliveries::add::AddDelivery;
use crate::deliveries::delivery::{Delivery, cancel_form};
use crate::deliveries::policy;
use crate::deliveries::store::{DeliveryList, DeliveryRow, DeliveryState};
use crate::page::error::PageError;
use crate::page::{Address, Page, Requested, Sort, SortKey, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Column, Empty, PageHeader, Panel, Sorted, Table, environment_mark};
use doorward::Timestamp;
use leptos::prelude::*;

/// What both lists are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryKey {
    #[default]
    Made,
    Label,
    /// Who sent it, or whom it is for.
    Person,
}

impl SortKey for DeliveryKey {
    const KEYS: &'static [(&'static str, Self)] =
        &[("-made", Self::Made), ("what", Self::Label), ("person", Self::Person)];
}

#[derive(Clone, Default)]
pub struct Deliveries {
    pub sort: Sort<DeliveryKey>,
}

impl Address for Deliveries {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { sort: Sort::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![self.sort.parameter()]
    }
}

impl Page for Deliveries {
    type Opens = policy::ListDeliveries;
    type Data = DeliveryList;
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> policy::ListDeliveries {
        policy::ListDeliveries
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListDeliveries>) -> Result<DeliveryList, PageError> {
        let mut list = request()?.backend.deliveries(permit).await?;
        self.order(&mut list.received, |delivery| Some(&delivery.sender_name));
        self.order(&mut list.sent, |delivery| delivery.recipient_name.as_ref());
        Ok(list)
    }

    fn title(&self, _: &DeliveryList) -> String {
        "Deliveries".to_owned()
    }

    fn view(&self, list: DeliveryList, shown: &ViewContext) -> AnyView {
        view(self, &list, shown.now).into_any()
    }
}

impl Deliveries {
    fn order(&self, rows: &mut [DeliveryRow], person: impl Fn(&DeliveryRow) -> Option<&String>) {
        self.sort.rows(rows, |by, one, other| match by {
            DeliveryKey::Made => one.made.0.cmp(&other.made.0),
            DeliveryKey::Label => one.label.cmp(&other.label),
            DeliveryKey::Person => person(one).cmp(&person(other)),
        });
    }

    fn heads(&self) -> Sorted {
        sorted(self.sort, |sort| Self { sort })
    }
}

/// What became of a delivery, in a few words.
pub(super) fn state_of(delivery: &DeliveryRow, now: Timestamp) -> AnyView {
    let at = delivery.changed.unwrap_or(delivery.ends);
    match delivery.state {
        DeliveryState::Waiting => view! { "Waiting, ends in " <Until at=delivery.ends now /> }.into_any(),
        DeliveryState::Taken => {
            let from = delivery.taken_from.clone().map(|from| format!(", from {from}"));
            let by = delivery.recipient_name.clone().map(|name| format!(" by {name}"));
            view! { "Opened" {by} " " <Ago at now /> {from} }.into_any()
        }
        DeliveryState::Expired => view! { "Expired " <Ago at now /> }.into_any(),
        DeliveryState::Cancelled => view! { "Cancelled " <Ago at now /> }.into_any(),
        DeliveryState::Void => view! { "Void " <Ago at now /> ": the sender may no longer deliver it" }.into_any(),
    }
}

const RECEIVED: &[Column] = &[
    Column::Sorted("What", "what"),
    Column::Sorted("From", "person"),
    Column::Text("State"),
    Column::Unseen("Actions"),
];
const SENT: &[Column] = &[
    Column::Sorted("What", "what"),
    Column::Sorted("For", "person"),
    Column::Text("State"),
    Column::Unseen("Actions"),
];

fn view(page: &Deliveries, list: &DeliveryList, now: Timestamp) -> impl IntoView + use<> {
    let add =
        list.may_add.then(|| view! { <a class="button primary" href=AddDelivery {}.href()>"Deliver a value"</a> });
    let received = (!list.received.is_empty()).then(|| received(page, &list.received, now));
    let sent = (!list.sent.is_empty()).then(|| sent(page, &list.sent, now));
    let empty = (list.received.is_empty() && list.sent.is_empty()).then(|| {
        view! {
            <Empty title="No deliveries">
                <p>"A delivery is a value that can be opened once: by one person, or by whoever has the link. What others send you waits here."</p>
            </Empty>
        }
    });
    view! {
        <PageHeader title="Deliveries">{add}</PageHeader>
        {empty}
        <div class="panels">
            {received}
            {sent}
        </div>
    }
}

fn received(page: &Deliveries, rows: &[DeliveryRow], now: Timestamp) -> impl IntoView + use<> {
    let row = |delivery: &DeliveryRow| {
        let href = Delivery { id: delivery.id }.href();
        let open = (delivery.state == DeliveryState::Waiting)
            .then(|| view! { <a class="button" href=href.clone()>"Open…"</a> });
        view! {
            <tr>
                <th scope="row"><a href=href>{delivery.label.clone()}</a> " " <small>{environment_mark(&delivery.environment, delivery.protected)}</small></th>
                <td data-label="From"><bdi>{delivery.sender_name.clone()}</bdi></td>
                <td data-label="State">{state_of(delivery, now)}</td>
                <td class="actions">{open}</td>
            </tr>
        }
    };
    let rows = rows.iter().map(row).collect_view();
    let table = view! { <Table caption="What was sent to you" columns=RECEIVED sorted=page.heads()>{rows}</Table> };
    view! { <Panel id="received" title="For you">{table}</Panel> }
}

fn sent(page: &Deliveries, rows: &[DeliveryRow], now: Timestamp) -> impl IntoView + use<> {
    let row = |delivery: &DeliveryRow| {
        let href = Delivery { id: delivery.id }.href();
        let whom = delivery.recipient_name.clone().unwrap_or_else(|| "anybody with the link".to_owned());
        let cancel = (delivery.state == DeliveryState::Waiting).then(|| cancel_form(delivery));
        view! {
            <tr>
                <th scope="row"><a href=href>{delivery.label.clone()}</a> " " <small>{environment_mark(&delivery.environment, delivery.protected)}</small></th>
                <td data-label="For"><bdi>{whom}</bdi></td>
                <td data-label="State">{state_of(delivery, now)}</td>
                <td class="actions">{cancel}</td>
            </tr>
        }
    };
    let rows = rows.iter().map(row).collect_view();
    let table = view! { <Table caption="What you sent" columns=SENT sorted=page.heads()>{rows}</Table> };
    view! { <Panel id="sent" title="Sent by you">{table}</Panel> }
}
