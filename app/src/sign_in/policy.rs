//! Policy for sign-out and step-up: the actions and what decides them.

use crate::page::for_oneself;
use doorward::action::{Read, Write};

for_oneself! {
    /// See the page that asks whether to sign out.
    AskToSignOut = "session.ask_to_end", Read, Unconfirmed;
    /// End one's own session.
    EndOwnSession = "session.end", Write, Unconfirmed;
}

for_oneself! {
    /// Try to confirm who one is. The slow check of the proof runs before any transaction begins.
    Confirm = "session.confirm", Read, Unconfirmed;
    /// Continue this session with a fresh authentication and a new handle.
    StepUp = "session.step_up", Write, Unconfirmed;
}
