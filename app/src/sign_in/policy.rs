//! Policy: what may be asked here, and what decides.

use crate::page::for_oneself;
use doorward::action::{Read, Write};

for_oneself! {
    /// To see the page that asks whether to sign out.
    AskToSignOut = "session.ask_to_end", Read, Unconfirmed;
    /// To end one's own session.
    EndOwnSession = "session.end", Write, Unconfirmed;
}

for_oneself! {
    /// To try to confirm who one is. The proof is checked before any transaction begins, for that takes long.
    Confirm = "session.confirm", Read, Unconfirmed;
    /// To go on in this session with a fresh authentication, under a new handle.
    StepUp = "session.step_up", Write, Unconfirmed;
}
