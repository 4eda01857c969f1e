use crate::http::address::*;
use axum::http::HeaderValue;

const PROXY: &str = "10.0.0.1";

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value).expect("a header's value"));
    }
    headers
}

fn client_of(lines: &[(&'static str, &[u8])]) -> String {
    let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().expect("a network")]);
    proxies.client(PROXY.parse().expect("an address"), &headers(lines)).to_string()
}

fn by_x_forwarded_for(value: &str) -> String {
    client_of(&[("x-forwarded-for", value.as_bytes())])
}

fn by_forwarded(value: &str) -> String {
    client_of(&[("forwarded", value.as_bytes())])
}

#[test]
fn a_forwarded_address_counts_only_from_a_configured_proxy() {
    let none = TrustedProxies::default();
    let forged = headers(&[("x-forwarded-for", b"198.51.100.1"), ("forwarded", b"for=198.51.100.1")]);
    let peer = "203.0.113.9".parse().expect("an address");
    assert_eq!(none.client(peer, &forged).to_string(), "203.0.113.9");
    assert_eq!(by_x_forwarded_for("198.51.100.1"), "198.51.100.1");
    assert_eq!(by_x_forwarded_for("192.0.2.66, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
    assert_eq!(by_x_forwarded_for("10.0.0.3, 10.0.0.2"), "10.0.0.3");
}

#[test]
fn a_forwarded_address_may_have_port_brackets_quotes_or_zone() {
    for (value, client) in [
        ("203.0.113.9:54321", "203.0.113.9"),
        ("\"203.0.113.9:54321\"", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("\"[2001:db8::1]\"", "2001:db8::1"),
        ("2001:db8::1%eth0", "2001:db8::1"),
        ("[2001:db8::1%eth0]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("\t203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:_hidden", "203.0.113.9"),
    ] {
        assert_eq!(by_x_forwarded_for(value), client, "{value}");
        assert_eq!(by_x_forwarded_for(&format!("192.0.2.66,{value},10.0.0.2:80")), client, "{value}");
    }
}

#[test]
fn reading_stops_at_the_first_entry_that_is_no_address() {
    for odd in [
        "nonsense",
        "unknown",
        "_hidden",
        "",
        "1.2.3",
        "203.0.113.9:",
        "203.0.113.9:x",
        "203.0.113.9:123456",
        "[2001:db8::1",
        "[2001:db8::1]x",
        "[203.0.113.9]",
        "\"203.0.113.9",
        "2001:db8::1%",
        "203.0.113.9 203.0.113.8",
    ] {
        assert_eq!(by_x_forwarded_for(&format!("198.51.100.1, {odd}")), PROXY, "{odd}");
        assert_eq!(by_x_forwarded_for(&format!("198.51.100.1, {odd}, 10.0.0.2")), "10.0.0.2", "{odd}");
    }
}

#[test]
fn bytes_that_are_no_text_hide_no_address_behind_them() {
    assert_eq!(client_of(&[("x-forwarded-for", b"\xff\xfe, 198.51.100.1")]), "198.51.100.1");
    assert_eq!(client_of(&[("x-forwarded-for", b"\xff"), ("x-forwarded-for", b"198.51.100.1")]), "198.51.100.1");
    assert_eq!(client_of(&[("x-forwarded-for", b"198.51.100.1, \xff")]), PROXY);
    assert_eq!(client_of(&[("forwarded", b"for=\"\xff\", for=198.51.100.1")]), "198.51.100.1");
}

#[test]
fn forwarded_is_read_if_there_is_no_x_forwarded_for() {
    for (value, client) in [
        ("for=203.0.113.9;proto=https", "203.0.113.9"),
        ("proto=https; For=\"203.0.113.9:4711\";by=10.0.0.1", "203.0.113.9"),
        ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ("for=192.0.2.66, for=203.0.113.9;host=\"a,b;c\", for=10.0.0.2", "203.0.113.9"),
        // An unclosed quote sent by the client does not swallow what the proxy appended.
        ("for=\"192.0.2.66, for=203.0.113.9", "203.0.113.9"),
        ("for=198.51.100.1, for=unknown", PROXY),
        ("for=198.51.100.1, for=_hidden", PROXY),
        ("for=198.51.100.1, proto=https", PROXY),
        ("for=198.51.100.1, for=192.0.2.1;for=192.0.2.2", PROXY),
        ("", PROXY),
    ] {
        assert_eq!(by_forwarded(value), client, "{value}");
    }
    let both: &[(&'static str, &[u8])] = &[("forwarded", b"for=192.0.2.66"), ("x-forwarded-for", b"203.0.113.9")];
    assert_eq!(client_of(both), "203.0.113.9");
}

#[test]
fn the_addresses_of_one_ipv6_subscriber_are_one_network() {
    let network = |text: &str| client_network(text.parse().expect("an address")).to_string();
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.9");
    assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
}
