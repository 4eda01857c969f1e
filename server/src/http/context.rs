//! Converts a request into a [`RequestContext`], and applies the head that a page asked for to the
//! response.

use crate::http::address::TrustedProxies;
use crate::http::cookies;
use crate::http::site::HttpSite;
use crate::sign_in::handle;
use app::page::Site;
use app::page::context::RequestContext;
use app::page::form::Form;
use app::page::head::{Attachment, HandleChange, Head, HeadParts, SHOWN_SECONDS};
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use doorward::guard::Asked;
use doorward::ledger::Channel;
use doorward::{ClientOrigin, LocalPath, Randomness};
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The id of a request, which its trace and its records carry.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Marks a response that contains a secret value, which must not be compressed.
#[derive(Clone, Copy)]
pub struct Reveals;

const LONGEST_USER_AGENT: usize = 256;

/// Builds what pages may know about a request.
#[must_use]
pub fn visit<H: HttpSite>(host: &H, parts: &Parts, entry: Channel, posted: Option<Form>) -> RequestContext<H::Site> {
    // A browser that prefetches sends `Sec-Purpose`. The record shows the difference.
    let in_advance = entry == Channel::Page && is_prefetch(&parts.method, &parts.headers);
    let (place_rule, renewal) = host.session_rules();
    let extra = host.extra(parts);
    let asked = Asked {
        handle: cookies::read(&parts.headers, cookies::HANDLE).and_then(handle::read),
        continues: None,
        entry: if in_advance { Channel::Prefetch } else { entry },
        place: host.client(parts),
        place_rule,
        renewal,
        request: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        now: host.clock().now(),
        watch: host.watch(&extra),
    };
    RequestContext {
        address: parts.uri.path_and_query().and_then(|address| LocalPath::parse(address.as_str()).ok()),
        query: Arc::new(fields(parts.uri.query().unwrap_or_default().as_bytes())),
        posted: posted.map(Arc::new),
        by_island: entry == Channel::ServerFunction,
        flash_waits: cookies::flash_waits(&parts.headers),
        form_token: form_token(host.random()),
        ..RequestContext::new(asked, host.backend(), extra)
    }
}

/// Returns the client's address and browser. Behind proxies that are trusted, the address is the one
/// that they report.
#[must_use]
pub fn client_origin(parts: &Parts, proxies: Option<&TrustedProxies>) -> ClientOrigin {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = peer.map(|peer| proxies.map_or(peer, |proxies| proxies.client(peer, &parts.headers)));
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    ClientOrigin {
        address: client.map(|client| client.to_string()),
        user_agent: user_agent.map(|text| text.chars().take(LONGEST_USER_AGENT).collect()),
    }
}

fn form_token(random: &dyn Randomness) -> Arc<str> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes)).into()
}

/// Returns the context for a later part of a long response. Later decisions use the current time,
/// and the session and authentication of the response's first decision. If there was no such
/// decision, the context has no session.
#[must_use]
pub fn continued<H: HttpSite>(host: &H, visit: &RequestContext<H::Site>) -> RequestContext<H::Site> {
    let asked = Asked {
        handle: None,
        continues: visit.began.get().copied(),
        entry: Channel::Stream,
        now: host.clock().now(),
        ..(*visit.asked).clone()
    };
    RequestContext { asked: Arc::new(asked), head: Head::default(), posted: None, ..visit.clone() }
}

/// Runs page code outside of its rendering, with the request context provided.
pub async fn in_context<S: Site, T>(visit: RequestContext<S>, work: impl Future<Output = T> + Send) -> T {
    Owner::new()
        .with(|| {
            ScopedFuture::new(async move {
                provide_context(visit);
                work.await
            })
        })
        .await
}

/// Returns whether the request is a prefetch. Browsers prefetch by GET and HEAD only, so a form
/// post that claims to be one is recorded as a form post.
#[must_use]
pub fn is_prefetch(method: &Method, headers: &HeaderMap) -> bool {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return false;
    }
    let purpose = headers.get("sec-purpose").and_then(|value| value.to_str().ok()).unwrap_or_default();
    purpose.split(';').next().is_some_and(|purpose| purpose.trim() == "prefetch")
}

/// Returns whether a form's decoded content is all UTF-8. Anything else would be stored as
/// different text.
#[must_use]
pub fn is_utf8(form: &[u8]) -> bool {
    let mut decoded = Zeroizing::new(Vec::with_capacity(form.len()));
    let mut rest = form;
    while let Some((byte, behind)) = rest.split_first() {
        let escaped = (*byte == b'%').then(|| behind.first_chunk::<2>().and_then(|digits| hex(*digits))).flatten();
        decoded.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    std::str::from_utf8(&decoded).is_ok()
}

fn hex(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

/// Parses the pairs of a query or a form (`application/x-www-form-urlencoded`, WHATWG URL, section
/// 5).
#[must_use]
pub fn fields(text: &[u8]) -> Form {
    Form::new(form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

/// Applies the page's status, headers and cookies to the response. A redirect gets an empty body.
#[must_use]
pub fn answer(mut head: HeadParts, mut response: Response<Body>) -> Response<Body> {
    if let Some(file) = head.attachment.take() {
        // The policy of pages allows scripts.
        head.nonce = None;
        response = attached(file);
    } else if let Some(path) = &head.see_other {
        response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        if let Ok(location) = HeaderValue::from_str(path.as_str()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    } else if let Some(status) = head.status.and_then(|status| StatusCode::from_u16(status).ok()) {
        *response.status_mut() = status;
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    let leaves =
        head.leaves_for.as_ref().and_then(|path| HeaderValue::from_str(&format!("{SHOWN_SECONDS}; url={path}")).ok());
    if let Some(leaves) = leaves {
        // A browser without JavaScript hides the value by itself, too.
        response.headers_mut().insert(header::REFRESH, leaves);
    } else if let Some(seconds) = head.reloads_after {
        response.headers_mut().insert(header::REFRESH, seconds.into());
    }
    if head.reveals {
        response.extensions_mut().insert(Reveals);
    }
    let headers = response.headers_mut();
    if head.forget_prefetched && head.handle.is_none() {
        headers.insert("clear-site-data", HeaderValue::from_static(r#""prefetchCache", "prerenderCache""#));
    }
    if let Some(seconds) = head.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Some(policy) = head.nonce.as_deref().and_then(content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    set_cookies(&head, response)
}

/// Answers with a file, which a browser stores and neither shows nor runs.
fn attached(file: Attachment) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from_owner(file.bytes)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INERT));
    if let Ok(name) = HeaderValue::from_str(&disposition(&file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// The policy of an answer that must not run anything, even if a browser shows it.
const INERT: &str = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Names the file in plain letters, and exactly (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._- ".contains(letter);
    let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

fn set_cookies(head: &HeadParts, mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let handle = match &head.handle {
        Some(HandleChange::Set(handle)) => cookies::set_handle(handle),
        Some(HandleChange::Clear) => {
            headers.insert(
                "clear-site-data",
                HeaderValue::from_static(r#""cache", "storage", "prefetchCache", "prerenderCache""#),
            );
            Some(cookies::clear_handle())
        }
        None => None,
    };
    let theme = head.theme.and_then(cookies::set_theme);
    let flash = head.flash_waits.map(cookies::set_flash);
    let marks = head.marks.as_ref().and_then(cookies::set_marks);
    let tried = head.tries_cookies.then(cookies::try_cookies);
    for cookie in [handle, theme, flash, marks, tried].into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// Allows only this page's own scripts, and nothing from elsewhere (CSP Level 3).
fn content_security_policy(nonce: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_utf8_once_it_is_decoded() {
        for text in ["", "value=p%C3%A9sse", "value=p\u{e9}sse", "%EF%BF%BD", "%", "%4", "%zz", "a=%25E9", "a+b"] {
            assert!(is_utf8(text.as_bytes()), "{text}");
        }
        for bytes in [&b"value=p%E9sse"[..], b"value=p\xe9sse", b"%C3&%A9", b"%C3", b"%ED%A0%80", b"%c0%af", b"\xff"] {
            assert!(!is_utf8(bytes), "{bytes:?}");
        }
    }
}
