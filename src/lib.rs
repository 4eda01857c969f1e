//! Doorward's guard: principals, actions, policy decisions, and permits that only a decision can
//! create.
//!
//! The crate is pure: it uses no web framework, no database and no clock. [`guard::permit`] reaches
//! the outside world only through [`guard::UnitOfWork`], so the same code decides in the server, in
//! unit tests and in property tests.
//!
//! ```text
//! Asked ──▶ guard::permit(action) ──▶ session ──▶ facts ──▶ Action::decide ──▶ record ──▶ Permit<A> | Refusal
//! ```
//!
//! A store method that takes a [`Permit`] for an action cannot be called by code that did not ask
//! the guard:
//!
//! ```
//! # use doorward::{Permit, action::{Action, Read, Resource}, policy::Decision, Principal, guard::UnitOfWork};
//! # struct Open(u8);
//! # impl Action for Open {
//! #     const NAME: &'static str = "box.open"; type Facts = (); type Effect = Read;
//! #     fn about(&self) -> () {}
//! #     fn resource(&self) -> Resource { Resource::none() }
//! #     fn decide(&self, who: &Principal, (): &()) -> Decision { who.signed_in() }
//! # }
//! fn read_the_box(permit: Permit<Open, dyn UnitOfWork>) -> u8 {
//!     permit.action().0
//! }
//! fn page(permit: Permit<Open, dyn UnitOfWork>) -> u8 {
//!     read_the_box(permit)
//! }
//! ```
//!
//! The same page without a permit does not compile:
//!
//! ```compile_fail,E0061
//! # use doorward::{Permit, action::{Action, Read, Resource}, policy::Decision, Principal, guard::UnitOfWork};
//! # struct Open(u8);
//! # impl Action for Open {
//! #     const NAME: &'static str = "box.open"; type Facts = (); type Effect = Read;
//! #     fn about(&self) -> () {}
//! #     fn resource(&self) -> Resource { Resource::none() }
//! #     fn decide(&self, who: &Principal, (): &()) -> Decision { who.signed_in() }
//! # }
//! fn read_the_box(permit: Permit<Open, dyn UnitOfWork>) -> u8 {
//!     permit.action().0
//! }
//! fn page() -> u8 {
//!     read_the_box()
//! }
//! ```

#![warn(missing_docs)]

pub mod action;
mod client_origin;
pub mod guard;
mod id;
pub mod ledger;
mod local_path;
mod method;
mod names;
mod permit;
pub mod policy;
mod principal;
mod reason;
mod refusal;
mod secret_text;
pub mod session;
mod timestamp;

pub use client_origin::{ClientOrigin, ConfirmedPlace, ReconfirmOn, is_ipv6};
pub use id::{
    AuthenticationId, BadId, ConsumerId, CredentialId, DeliveryId, GroupId, IdentityId, IncidentId, NoticeId, RecordId,
    RevocationId, SecretId, SessionId,
};
pub use local_path::{BadLocalPath, LocalPath};
pub use method::Method;
#[cfg(feature = "signatures")]
pub use method::{BadPublicKey, PublicKey};
pub use names::{
    BadDisplayName, BadEnvironment, BadGroupName, BadRoleName, BadSecretName, BadSignInName, DisplayName, Environment,
    Environments, GroupName, RoleName, SecretName, SignInName, Within,
};
pub use permit::{Granted, Permit};
pub use principal::{Assurance, Bounds, Holding, Holds, Kind, Principal};
pub use reason::{Grounds, Reason, RefusalKind};
pub use refusal::Refusal;
pub use secret_text::{
    LARGEST_SECRET_FILE, LONGEST_SECRET, SecretBytes, SecretBytesError, SecretText, SecretTextError, generator,
};
pub use timestamp::{Clock, Randomness, TimeSpan, Timestamp};
