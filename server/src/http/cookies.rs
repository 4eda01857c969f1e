//! Reads and writes cookies. All `Set-Cookie` headers are built here.

use crate::sign_in::known_browsers;
use app::page::head::Theme;
use axum::http::{HeaderMap, HeaderValue, header};
use doorward::SecretText;

/// The session's handle. The `__Host-` prefix binds it to this host, the root path and TLS (RFC
/// 6265bis, section 4.1.3.2).
pub const HANDLE: &str = "__Host-doorward";
/// The marks of a browser that has signed in before.
pub const MARKS: &str = "__Host-known";
/// Set to find out whether the browser keeps cookies.
const TRIED: &str = "__Host-cookies";
const THEME: &str = "theme";
const FLASH: &str = "__Host-flash";

/// Returns the value of a cookie, or `None` if it is missing or sent twice, because it is unclear
/// then which one is meant.
#[must_use]
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut found = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|pair| pair.0 == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// Returns the colour theme that the browser asked for.
#[must_use]
pub fn theme(headers: &HeaderMap) -> Theme {
    read(headers, THEME).and_then(Theme::parse).unwrap_or_default()
}

/// Returns whether a flash message is stored in the session.
#[must_use]
pub fn flash_waits(headers: &HeaderMap) -> bool {
    read(headers, FLASH).is_some()
}

fn line(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

/// Sets the handle as a session cookie. The session's own limits are enforced by the server.
#[must_use]
pub fn set_handle(handle: &SecretText) -> Option<HeaderValue> {
    let mut value = line(&format!("{HANDLE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", handle.expose()))?;
    value.set_sensitive(true);
    Some(value)
}

/// Sets the browser's marks for as long as they are valid.
#[must_use]
pub fn set_marks(marks: &SecretText) -> Option<HeaderValue> {
    let age = known_browsers::LIFETIME.0 / 1000;
    let cookie = format!("{MARKS}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}", marks.expose());
    let mut value = line(&cookie)?;
    value.set_sensitive(true);
    Some(value)
}

/// Sets a cookie to find out whether the browser keeps cookies.
#[must_use]
pub const fn try_cookies() -> HeaderValue {
    HeaderValue::from_static("__Host-cookies=1; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// Returns whether the browser sent one of this site's secure cookies.
#[must_use]
pub fn are_kept(headers: &HeaderMap) -> bool {
    [HANDLE, MARKS, FLASH, TRIED].into_iter().any(|name| read(headers, name).is_some())
}

/// Deletes the handle.
#[must_use]
pub const fn clear_handle() -> HeaderValue {
    HeaderValue::from_static("__Host-doorward=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Stores the colour theme for a year.
#[must_use]
pub fn set_theme(theme: Theme) -> Option<HeaderValue> {
    line(&format!("{THEME}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000", theme.as_str()))
}

/// Notes that a flash message is waiting, or that it was shown.
#[must_use]
pub const fn set_flash(waits: bool) -> HeaderValue {
    if waits {
        HeaderValue::from_static("__Host-flash=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60")
    } else {
        HeaderValue::from_static("__Host-flash=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_comes_twice_counts_for_nothing() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; __Host-doorward=x; b=2"));
        assert_eq!(read(&headers, HANDLE), Some("x"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-doorward=y"));
        assert_eq!(read(&headers, HANDLE), None);
    }
}
