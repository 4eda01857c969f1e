//! Parses `X-Forwarded-For` and `Forwarded` as bytes, so that one invalid byte does not hide the
//! rest of the header.

use axum::http::{HeaderMap, HeaderValue};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns the entries of the header that names the client, the last one first. An entry that is
/// not an address is `None`.
///
/// `Forwarded` is read only if there is no `X-Forwarded-For`. A proxy that writes one of the two
/// may pass on what the client sent in the other, and most proxies write `X-Forwarded-For`.
pub fn from_the_right(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let plain: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    if plain.is_empty() {
        let elements: Vec<_> = headers.get_all("forwarded").iter().collect();
        split_lines(&elements).into_iter().map(client_of_element).collect()
    } else {
        split_lines(&plain).into_iter().map(node).collect()
    }
}

fn split_lines<'a>(lines: &[&'a HeaderValue]) -> Vec<&'a [u8]> {
    lines.iter().rev().flat_map(|line| split_outside_quotes(line.as_bytes(), b',')).collect()
}

/// Splits at each separator outside quotes, the last part first. Quotes are matched from the right,
/// so that text before the proxy's part cannot swallow that part.
fn split_outside_quotes(line: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut parts, mut end, mut quoted) = (Vec::new(), line.len(), false);
    for (place, byte) in line.iter().enumerate().rev() {
        if *byte == b'"' {
            quoted = !quoted;
        } else if *byte == separator && !quoted {
            parts.push(&line[place + 1..end]);
            end = place;
        }
    }
    parts.push(&line[..end]);
    parts
}

/// Returns the address in `for=` of one element of `Forwarded`.
fn client_of_element(element: &[u8]) -> Option<IpAddr> {
    let pairs = split_outside_quotes(element, b';');
    let mut values = pairs.iter().filter_map(|pair| {
        let place = pair.iter().position(|byte| *byte == b'=')?;
        pair[..place].trim_ascii().eq_ignore_ascii_case(b"for").then(|| &pair[place + 1..])
    });
    match (values.next(), values.next()) {
        (Some(value), None) => node(value),
        _ => None,
    }
}

/// Parses a node: an IPv4 or IPv6 address with optional quotes, brackets, zone and port (RFC 7239,
/// section 6).
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    let text = match text.strip_prefix('"') {
        Some(inside) => inside.strip_suffix('"')?,
        None => text,
    };
    if let Some(inside) = text.strip_prefix('[') {
        let (address, behind) = inside.split_once(']')?;
        let is_port = behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port);
        return ipv6(address).filter(|_| is_port);
    }
    if let Some(address) = ipv6(text) {
        return Some(address);
    }
    let address = match text.split_once(':') {
        Some((address, port)) => Some(address).filter(|_| is_port(port))?,
        None => text,
    };
    address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

/// Parses an IPv6 address. A zone names an interface of the proxy and is ignored.
fn ipv6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((address, zone)) => Some(address).filter(|_| !zone.is_empty())?,
        None => text,
    };
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// Returns whether the text is a port number, or an obfuscated port as RFC 7239 allows (`_x`).
fn is_port(text: &str) -> bool {
    let hidden =
        |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_alphanumeric() || b"._-".contains(&one));
    match text.strip_prefix('_') {
        Some(name) => hidden(name),
        None => (1..=5).contains(&text.len()) && text.bytes().all(|one| one.is_ascii_digit()),
    }
}
