//! Doorward's guard: who asks, what is asked, what decides, and the permit that only a decision can make.
//!
//! The crate is pure. It knows no web framework, no database and no clock; [`guard::permit`] reaches the outside
//! through [`guard::UnitOfWork`] alone, so the same code decides in the server, in a test and in a property test.
//!
//! ```text
//! Asked ──▶ guard::permit(action) ──▶ session ──▶ facts ──▶ Action::decide ──▶ record ──▶ Permit<A> | Refusal
//! ```
//!
//! A store method that takes a [`Permit`] of an action cannot be called by code that did not ask for it:
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
//! The same page without its permit does not compile:
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

pub mod action;
mod client_origin;
mod environment;
pub mod guard;
mod id;
pub mod ledger;
mod local_path;
mod method;
mod permit;
pub mod policy;
mod principal;
mod reason;
mod refusal;
mod secret_name;
mod secret_text;
pub mod session;
mod timestamp;

pub use client_origin::{ClientOrigin, ConfirmedPlace, ReconfirmOn, is_ipv6};
pub use environment::{BadEnvironment, Environment, Environments, Within};
pub use id::{AuthenticationId, BadId, IdentityId, IncidentId, NoticeId, RecordId, RevocationId, SecretId, SessionId};
pub use local_path::{BadLocalPath, LocalPath};
pub use method::Method;
pub use permit::Permit;
pub use principal::{Assurance, Holding, Holds, Kind, Principal};
pub use reason::{Grounds, Reason, RefusalKind};
pub use refusal::Refusal;
pub use secret_name::{BadSecretName, SecretName};
pub use secret_text::{LONGEST_SECRET, SecretText, SecretTextError};
pub use timestamp::{Clock, Randomness, TimeSpan, Timestamp};
