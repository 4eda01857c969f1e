//! Time-based one-time codes (RFC 6238) as all authenticator apps support them: SHA-1, six digits,
//! 30 seconds.
//!
//! SHA-1 is safe here because HMAC does not depend on collision resistance, and some apps ignore
//! any other choice. One step before and one after the current one are accepted (RFC 6238, section
//! 5.2), for clocks that differ and people who type slowly.

pub mod sql;

use std::fmt::Write as _;

use doorward::{Randomness, SecretText, Timestamp};
use qrcodegen::{QrCode, QrCodeEcc};
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

/// The size of a secret: the 160 bits that RFC 4226, section 4 recommends, which is the length of a
/// SHA-1 hash.
pub const SECRET_BYTES: usize = 20;

/// The number of digits in a code.
const DIGITS: u8 = 6;
/// The length of a step in seconds.
const STEP: i64 = 30;
/// The number of steps before and after the current one that are accepted.
const TOLERANCE: i64 = 1;

/// The blank modules around a QR code that ISO/IEC 18004 requires.
const QUIET_ZONE: i32 = 4;

/// The secret that a person's authenticator app shares with this server. No `Debug`, no
/// `Serialize`, zeroed when dropped.
#[derive(Clone)]
pub struct OneTimeSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// The bytes are not a one-time secret, because their number differs from [`SECRET_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a one-time secret has 20 bytes")]
pub struct BadOneTimeSecret;

impl OneTimeSecret {
    /// Generates a new secret.
    #[must_use]
    pub fn new(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    /// Restores a secret from the bytes of [`Self::expose`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadOneTimeSecret> {
        let mut own = Zeroizing::new([0; SECRET_BYTES]);
        if bytes.len() != SECRET_BYTES {
            return Err(BadOneTimeSecret);
        }
        own.copy_from_slice(bytes);
        Ok(Self(own))
    }

    /// Restores a secret from the text of [`Self::base32`].
    pub fn from_base32(text: &SecretText) -> Result<Self, BadOneTimeSecret> {
        let secret = Secret::try_from_base32(text.expose()).map_err(|_| BadOneTimeSecret)?;
        Self::from_bytes(secret.as_bytes())
    }

    /// Returns the bytes, for encryption. Review each call.
    #[must_use]
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// Returns the secret in base 32 (RFC 4648, without padding): 32 characters, for typing and for
    /// encryption as text.
    #[must_use]
    pub fn base32(&self) -> SecretText {
        secret_text(Secret::new_stack(*self.0).to_base32())
    }

    /// Returns the `otpauth` address for an authenticator app, for the account with the sign-in
    /// name `account`.
    ///
    /// Apps keep one entry per issuer and account, so [`issuer`] must name this instance: otherwise
    /// the codes of a second instance would overwrite the first's.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> SecretText {
        let mut uri = String::from("otpauth://totp/");
        // Reserve enough space, so that the text does not move as it grows and leaves no copy
        // behind.
        uri.reserve((2 * issuer.len() + account.len()) * 3 + 128);
        percent_encode(issuer, &mut uri);
        uri.push(':');
        percent_encode(account, &mut uri);
        uri.push_str("?secret=");
        uri.push_str(self.base32().expose());
        uri.push_str("&issuer=");
        percent_encode(issuer, &mut uri);
        uri.push_str("&algorithm=SHA1&digits=6&period=30");
        secret_text(uri)
    }

    /// Returns [`Self::uri`] as a QR code: an `svg` element in the current text colour with a
    /// transparent background.
    ///
    /// It has neither a `style` attribute nor a `style` element, because the content security
    /// policy would refuse them. The element contains the secret, so show it only on a page that
    /// this person alone sees and that is not stored. Returns an empty text if `account` is too
    /// long for a QR code, which no sign-in name is.
    #[must_use]
    pub fn qr_svg(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let uri = self.uri(issuer, account);
        let drawn = QrCode::encode_text(uri.expose(), QrCodeEcc::Medium).map(|code| draw(&code));
        Zeroizing::new(drawn.unwrap_or_default())
    }

    fn totp(&self) -> Option<Totp> {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP.unsigned_abs())
            .with_secret(Secret::new_stack(*self.0))
            .build()
            .ok()
    }
}

/// Returns the issuer name that authenticator apps show for the instance at `origin`: the product
/// and the host.
///
/// A colon would end the issuer within the label, so a space replaces it before a port: `Doorward
/// localhost 3000`.
#[must_use]
pub fn issuer(origin: &str) -> String {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    format!("Doorward {}", host.trim_end_matches('/').replace(':', " "))
}

/// Returns the step that `code` belongs to if the code is acceptable. The caller stores the step
/// and passes it as `last_step` from then on.
///
/// A step counts only once (RFC 6238, section 5.2): it must be greater than `last_step`, even if
/// the clock went back. Blanks in the code are ignored, because apps show it in two groups. The
/// comparison takes constant time, so that its duration does not reveal how much of a code was
/// right or which step it was.
#[must_use]
pub fn check(secret: &OneTimeSecret, code: &str, last_step: Option<i64>, now: Timestamp) -> Option<i64> {
    let code = digits(code)?;
    let totp = secret.totp()?;
    let present = now.0.div_euclid(STEP * 1000);
    let mut matched = None;
    for step in present.saturating_sub(TOLERANCE)..=present.saturating_add(TOLERANCE) {
        let Ok(seconds) = u64::try_from(step.saturating_mul(STEP)) else { continue };
        let expected = Zeroizing::new(totp.generate(seconds).to_string());
        let equal: bool = expected.as_bytes().ct_eq(&*code).into();
        let unused = last_step.is_none_or(|last| step > last);
        if equal && unused && matched.is_none() {
            matched = Some(step);
        }
    }
    matched
}

/// Returns the digits of a code without blanks, or `None` unless there are exactly six.
fn digits(code: &str) -> Option<Zeroizing<[u8; DIGITS as usize]>> {
    let mut digits = Zeroizing::new([0; DIGITS as usize]);
    let mut places = digits.iter_mut();
    for letter in code.chars().filter(|letter| !letter.is_whitespace()) {
        *places.next()? = u8::try_from(letter).ok().filter(u8::is_ascii_digit)?;
    }
    places.next().is_none().then_some(digits)
}

#[expect(clippy::expect_used, reason = "a base 32 text or an address is neither empty nor has a NUL in it")]
fn secret_text(text: String) -> SecretText {
    SecretText::new(text).expect("a short text without NUL")
}

/// Percent-encodes everything except RFC 3986's unreserved characters.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Draws a QR code as one path, with a rectangle one module high for each dark run.
fn draw(code: &QrCode) -> String {
    let side = code.size() + 2 * QUIET_ZONE;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="QR code for the authenticator app" shape-rendering="crispEdges"><path fill="currentColor" d=""#
    );
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or_default();
            if run > 0 {
                let _ = write!(svg, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += run.max(1);
        }
    }
    svg.push_str(r#""/></svg>"#);
    svg
}

#[cfg(test)]
mod tests;
