//! A value that was just opened, and why one was not.

use crate::deliveries::store::{Delivered, DeliveryState};
use crate::islands::CopyValue;
use crate::ui::Panel;
use leptos::prelude::*;

/// Renders the value.
pub(super) fn value(delivered: &Delivered) -> impl IntoView + use<> {
    let inside = view! {
        <p>"From " <bdi>{delivered.sender_name.clone()}</bdi> ". It is deleted: copy it now, because it is not shown again."</p>
        <div class="reveal" data-value-in-page>
            <output class="value" id="revealed" aria-labelledby="value-heading">{delivered.value.expose().to_owned()}</output>
            <div class="actions">
                <CopyValue />
            </div>
        </div>
    };
    view! { <Panel id="value" title=delivered.label.clone()>{inside}</Panel> }
}

/// Says to the recipient why there is nothing to open.
pub(super) const fn why_not(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "It still waits.",
        DeliveryState::Taken => {
            "It was opened before, and the value was deleted then. If that was not you, tell the sender at once: the value \
             must be changed."
        }
        DeliveryState::Expired => "It was not opened in time, and the value was deleted. Ask the sender for a new one.",
        DeliveryState::Cancelled => "The sender took it back, and the value was deleted.",
        DeliveryState::Void => {
            "The sender may no longer deliver this value, so it was deleted. Ask somebody else who may."
        }
    }
}
