//! Names, each parsed into a type of its own.

mod display_name;
mod environment;
mod secret_name;
mod short_name;
mod sign_in_name;

pub use display_name::{BadDisplayName, DisplayName};
pub use environment::{BadEnvironment, Environment, Environments, Within};
pub use secret_name::{BadSecretName, SecretName};
pub use short_name::{BadGroupName, BadRoleName, GroupName, RoleName};
pub use sign_in_name::{BadSignInName, SignInName};
