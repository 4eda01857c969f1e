//! Time-based one-time codes (RFC 6238), as every authenticator app makes them: SHA-1, six digits, 30 seconds.
//!
//! SHA-1 is safe here, since HMAC needs no collision resistance, and some apps ignore any other choice. One step
//! before and one after are accepted (RFC 6238, 5.2), for clocks that differ and people who type slowly.

pub mod sql;

use std::fmt::Write as _;

use doorward::{Randomness, SecretText, Timestamp};
use qrcodegen::{QrCode, QrCodeEcc};
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

/// Bytes of a secret: the 160 bits that RFC 4226, 4 recommends, as long as SHA-1's result.
pub const SECRET_BYTES: usize = 20;

/// Digits of a code.
const DIGITS: u8 = 6;
/// Seconds of a step.
const STEP: i64 = 30;
/// Steps before and after the present one that are accepted.
const TOLERANCE: i64 = 1;

/// Blank modules around a QR code, as its standard (ISO/IEC 18004) asks for.
const QUIET_ZONE: i32 = 4;

/// What a person's authenticator app and this server share: no `Debug`, no `Serialize`, wiped when dropped.
#[derive(Clone)]
pub struct OneTimeSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// Bytes that are no one-time secret, for there are more or fewer than [`SECRET_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a one-time secret has 20 bytes")]
pub struct BadOneTimeSecret;

impl OneTimeSecret {
    /// A new secret.
    #[must_use]
    pub fn new(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    /// The secret that [`Self::expose`] gave.
    ///
    /// # Errors
    /// Where `bytes` has another length than a secret.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadOneTimeSecret> {
        let mut own = Zeroizing::new([0; SECRET_BYTES]);
        if bytes.len() != SECRET_BYTES {
            return Err(BadOneTimeSecret);
        }
        own.copy_from_slice(bytes);
        Ok(Self(own))
    }

    /// The secret that [`Self::base32`] gave.
    ///
    /// # Errors
    /// Where `text` is not the base 32 of a secret.
    pub fn from_base32(text: &SecretText) -> Result<Self, BadOneTimeSecret> {
        let secret = Secret::try_from_base32(text.expose()).map_err(|_| BadOneTimeSecret)?;
        Self::from_bytes(secret.as_bytes())
    }

    /// The bytes themselves, for sealing; each call is a place to review.
    #[must_use]
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The secret in base 32 (RFC 4648, without padding): 32 characters, for typing by hand and for sealing as text.
    #[must_use]
    pub fn base32(&self) -> SecretText {
        secret_text(Secret::new_stack(*self.0).to_base32())
    }

    /// The `otpauth` address that an authenticator app reads, for the account with the sign-in name `account`.
    ///
    /// Apps keep one entry for each issuer and account, so [`issuer`] names this instance: the code of a second one would
    /// overwrite the first one's.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> SecretText {
        let mut uri = String::from("otpauth://totp/");
        // Names are short, so the text does not move as it grows and leaves no copy behind.
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

    /// [`Self::uri`] as a QR code: an `svg` element for a page, black on whatever is behind it in the text's color.
    ///
    /// It has neither a `style` attribute nor a `style` element, which the content security policy would refuse.
    /// The element shows the secret: it goes into a page that only this person sees and nothing keeps.
    /// Empty where `account` is too long for a QR code, which no sign-in name is.
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

/// The name that authenticator apps show above a code of the instance at `origin`: the product, and the host.
///
/// A colon would end it within the label, so a port stands behind a blank: `Doorward localhost 3000`.
#[must_use]
pub fn issuer(origin: &str) -> String {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    format!("Doorward {}", host.trim_end_matches('/').replace(':', " "))
}

/// The step whose code `code` is, if that may still be used; the caller keeps it and gives it as `last_step` from
/// then on.
///
/// A step counts only once (RFC 6238, 5.2): it is greater than `last_step`, also where the clock went back since.
/// Blanks within the code are ignored, as apps show it in two groups. The time that a comparison takes says
/// nothing about how much of a code was right, nor which step it was.
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

/// The digits of a code without its blanks; nothing where they are not exactly six.
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

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A QR code as one path, each of its dark runs a rectangle one module high.
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
