//! The pages, a file each: what may be asked, the loader, the actions, the view.

pub mod confirm;
pub mod dashboard;
pub mod route_list;
pub mod secret;
pub mod secret_access;
pub mod secret_history;
pub mod secret_section;
pub mod secrets;
pub mod secrets_export;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod signed_out;

pub use confirm::Confirm;
pub use dashboard::Overview;
pub use route_list::RouteList;
pub use secret::Secret;
pub use secret_access::SecretAccess;
pub use secret_history::SecretHistoryNdJson;
pub use secrets::Secrets;
pub use secrets_export::{SecretsCsv, SecretsNdJson};
pub use set_up::SetUp;
pub use settings::Settings;
pub use sign_in::SignIn;
pub use sign_out::SignOut;
pub use signed_out::SignedOut;
