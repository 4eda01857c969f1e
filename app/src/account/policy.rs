//! Policy for the user's own account: the actions and what decides them.

use crate::account::notices::NoticeKind;
use crate::page::for_oneself;
use doorward::Principal;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;

for_oneself! {
    /// See one's own sign-in methods.
    ReadMethods = "methods.read", Read;
    /// Choose a new password. The slow check and hashing run before any transaction begins.
    ChoosePassword = "methods.choose_password", Read, Fresh;
    /// Get the challenge for a new passkey.
    AskForPasskey = "methods.ask_for_passkey", Read, Fresh;
    /// Create a secret for an authenticator app.
    StartCodes = "methods.start_codes", Write, Fresh;
    /// Discard an unconfirmed secret.
    CancelCodes = "methods.cancel_codes", Write;
}

/// Changes of one's own sign-in methods. The user can end their other sessions with each of them.
macro_rules! changes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            /// Whether the user's other sessions end.
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
    /// Change one's password.
    ChangePassword = "methods.change_password";
    /// Turn one-time codes on.
    TurnCodesOn = "methods.turn_codes_on";
    /// Turn one-time codes off.
    TurnCodesOff = "methods.turn_codes_off";
    /// Create new recovery codes.
    MakeRecoveryCodes = "methods.make_recovery_codes";
    /// Add a passkey.
    AddPasskey = "methods.add_passkey";
}

/// Remove one of one's own passkeys.
pub struct RemovePasskey {
    pub credential_id: String,
    /// Whether the user's other sessions end.
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
    /// Read one's own notices.
    ReadInbox = "inbox.read", Read;
    /// Mark them as read.
    MarkRead = "inbox.mark_read", Write;
}

for_oneself! {
    /// See one's own settings.
    ReadSettings = "settings.read", Read;
    /// Change one's own settings. They are stored in a cookie, so nothing is written here.
    ChangeSettings = "settings.change", Read;
}

/// Choose which notices one does not want.
pub struct MuteNotices {
    pub kinds: Vec<NoticeKind>,
}

impl Action for MuteNotices {
    const NAME: &'static str = "settings.mute_notices";
    const PERMISSION: Option<&'static str> = None;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.as_str()).collect();
        Resource::none().with("muted", kinds.join(","))
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.signed_in()
    }
}
