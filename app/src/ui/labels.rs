//! What rows spell as codes, as people say it.

use doorward::{Kind, Method};

/// A method of authentication.
#[must_use]
pub const fn method_in_words(method: Method) -> &'static str {
    match method {
        Method::Password => "Password",
        Method::PasswordAndCode => "Password and code",
        Method::PasswordAndRecoveryCode => "Password and recovery code",
        Method::Passkey => "Passkey",
        Method::ClientSecret => "Client secret",
        Method::KeyPair => "Key pair",
    }
}

/// A kind of identity.
#[must_use]
pub const fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::ServiceAccount => "service account",
        Kind::Agent => "agent",
    }
}
