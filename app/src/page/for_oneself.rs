//! The two plainest kinds of actions, by macro, since they differ in nothing but their names.

/// Actions about whoever asks, for which being signed in is enough: `Name = "name", Read;`, with the assurance where it
/// is not the usual one.
macro_rules! for_oneself {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ty $(, $needed:ident)?;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl doorward::action::Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = None;
            $(const ASSURANCE: doorward::action::Needed = doorward::action::Needed::$needed;)?
            type Facts = ();
            type Effect = $effect;

            fn about(&self) {}

            fn decide(&self, who: &doorward::Principal, (): &()) -> doorward::policy::Decision {
                who.signed_in()
            }
        }
    )*};
}

pub(crate) use for_oneself;
