//! What may be asked.

use crate::page::for_oneself;
use doorward::Principal;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;

for_oneself! {
    /// To see one's own ways to sign in.
    ReadMethods = "methods.read", Read;
    /// To choose a new password. It is checked and hashed before any transaction begins, for that takes long.
    ChoosePassword = "methods.choose_password", Read, Fresh;
    /// To get the challenge that a new passkey answers.
    AskForPasskey = "methods.ask_for_passkey", Read, Fresh;
    /// To make a secret for an authenticator app.
    StartCodes = "methods.start_codes", Write, Fresh;
    /// To give up a secret that confirms nothing yet.
    CancelCodes = "methods.cancel_codes", Write;
}

/// Changes of one's own ways to sign in; the person may end their other sessions with each.
macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            /// Whether the person's other sessions end.
            pub end_others: bool,
        }

        impl Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = None;
            const ASSURANCE: Needed = Needed::Fresh;
            type Facts = ();
            type Effect = Write;

            fn about(&self) {}

            fn resource(&self) -> Resource {
                Resource::none().with("end-others", if self.end_others { "true" } else { "false" })
            }

            fn decide(&self, who: &Principal, (): &()) -> Decision {
                who.signed_in()
            }
        }
    )*};
}

changes! {
    /// To change one's password.
    ChangePassword = "methods.change_password";
    /// To let one-time codes count.
    TurnCodesOn = "methods.turn_codes_on";
    /// To remove one's one-time codes.
    TurnCodesOff = "methods.turn_codes_off";
    /// To make new recovery codes.
    MakeRecoveryCodes = "methods.make_recovery_codes";
    /// To add a passkey.
    AddPasskey = "methods.add_passkey";
}

/// To remove one of one's own passkeys.
pub struct RemovePasskey {
    /// Which.
    pub credential_id: String,
    /// Whether the person's other sessions end.
    pub end_others: bool,
}

impl Action for RemovePasskey {
    const NAME: &'static str = "methods.remove_passkey";
    const PERMISSION: Option<&'static str> = None;
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let end_others = if self.end_others { "true" } else { "false" };
        Resource::of("passkey", &self.credential_id).with("end-others", end_others)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}

for_oneself! {
    /// To read one's own notices.
    ReadInbox = "inbox.read", Read;
    /// To mark them as read.
    MarkRead = "inbox.mark_read", Write;
}

for_oneself! {
    /// To see one's own settings.
    ReadSettings = "settings.read", Read;
    /// To change them. They live in the browser's own cookie, so nothing is written here.
    ChangeSettings = "settings.change", Read;
}
