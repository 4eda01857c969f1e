use crate::account::one_time_codes::*;
use crate::clock::SystemRandomness;

/// RFC 6238, appendix B: the secret, and the last six of the eight digits of the SHA-1 codes.
const RFC_SECRET: &[u8; SECRET_BYTES] = b"12345678901234567890";
const RFC_CODES: [(i64, &str); 6] = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
];

/// A time in seconds, its step and its code, which begins with zeros.
const NOW: i64 = 1_234_567_890;
const STEP_NOW: i64 = NOW / STEP;
const CODE_NOW: &str = "005924";

fn secret() -> OneTimeSecret {
    OneTimeSecret::from_bytes(RFC_SECRET).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

fn code_of(step: i64) -> String {
    secret().totp().unwrap().generate((step * STEP).unsigned_abs()).to_string()
}

#[test]
fn the_codes_of_the_standard_are_right_in_their_step() {
    for (seconds, code) in RFC_CODES {
        assert_eq!(check(&secret(), code, None, at(seconds)), Some(seconds / STEP), "{seconds}");
    }
}

/// Two steps away, it is refused.
#[test]
fn a_code_counts_one_step_early_and_one_step_late() {
    for late in -1..=1 {
        assert_eq!(check(&secret(), CODE_NOW, None, at(NOW + late * STEP)), Some(STEP_NOW), "{late}");
    }
    for late in [-2, 2] {
        assert_eq!(check(&secret(), CODE_NOW, None, at(NOW + late * STEP)), None, "{late}");
    }
    // A step begins and ends exactly on the millisecond.
    let begin = STEP_NOW * STEP * 1000;
    assert_eq!(check(&secret(), CODE_NOW, None, Timestamp(begin - STEP * 1000 - 1)), None);
    assert_eq!(check(&secret(), CODE_NOW, None, Timestamp(begin + 2 * STEP * 1000 - 1)), Some(STEP_NOW));
    assert_eq!(check(&secret(), CODE_NOW, None, Timestamp(begin + 2 * STEP * 1000)), None);
}

#[test]
fn a_step_never_counts_twice_and_none_before_it_counts_any_more() {
    let first = check(&secret(), CODE_NOW, None, at(NOW));
    assert_eq!(first, Some(STEP_NOW));
    for later in [0, 1, STEP] {
        assert_eq!(check(&secret(), CODE_NOW, first, at(NOW + later)), None, "{later}");
    }
    assert_eq!(check(&secret(), &code_of(STEP_NOW - 1), first, at(NOW)), None);
    assert_eq!(check(&secret(), &code_of(STEP_NOW + 1), first, at(NOW)), Some(STEP_NOW + 1));
}

#[test]
fn a_step_does_not_count_again_when_the_clock_goes_back() {
    let used = check(&secret(), CODE_NOW, None, at(NOW));
    for back in [1, STEP, 10 * STEP, 1_000_000] {
        let now = at(NOW - back);
        let present = (NOW - back) / STEP;
        for step in present - 1..=STEP_NOW.min(present + 1) {
            assert_eq!(check(&secret(), &code_of(step), None, now), Some(step), "{back} {step}");
            assert_eq!(check(&secret(), &code_of(step), used, now), None, "{back} {step}");
        }
    }
    assert_eq!(check(&secret(), &code_of(STEP_NOW + 1), used, at(NOW + STEP)), Some(STEP_NOW + 1));
}

#[test]
fn blanks_do_not_count() {
    for typed in ["005 924", " 005924 ", "00 59 24", "005\u{a0}924", "0 0 5 9 2 4\r\n"] {
        assert_eq!(check(&secret(), typed, None, at(NOW)), Some(STEP_NOW), "{typed:?}");
    }
}

#[test]
fn what_is_no_code_of_six_digits_is_wrong() {
    let odd =
        ["", " ", "5924", "00592", "0059240", "005924005924", "00592a", "+05924", "-05924", "005-924", "００５９２４"];
    for odd in odd {
        assert_eq!(check(&secret(), odd, None, at(NOW)), None, "{odd:?}");
    }
    assert_eq!(check(&secret(), "005925", None, at(NOW)), None);
}

#[test]
fn no_time_makes_it_panic() {
    for now in [i64::MIN, -1, 0, 29_999, i64::MAX] {
        assert_eq!(check(&secret(), "000000", None, Timestamp(now)), None, "{now}");
    }
    assert_eq!(check(&secret(), &code_of(0), None, Timestamp(-1)), Some(0));
}

#[test]
fn a_code_of_another_secret_is_wrong() {
    let other = OneTimeSecret::from_bytes(&[7; SECRET_BYTES]).unwrap();
    assert_eq!(check(&other, CODE_NOW, None, at(NOW)), None);
}

#[test]
fn a_new_secret_is_drawn_from_the_randomness_given() {
    struct Sevens;
    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }
    assert_eq!(OneTimeSecret::new(&Sevens).expose(), &[7; SECRET_BYTES]);
    assert_ne!(OneTimeSecret::new(&SystemRandomness).expose(), OneTimeSecret::new(&SystemRandomness).expose());
}

#[test]
fn a_one_time_secret_is_read_back_from_bytes_and_text() {
    let text = secret().base32();
    assert_eq!(text.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert!(OneTimeSecret::from_base32(&text).is_ok_and(|back| back.expose() == RFC_SECRET));
    for odd in [&b""[..], &RFC_SECRET[1..], b"123456789012345678901"] {
        assert!(OneTimeSecret::from_bytes(odd).is_err());
    }
    for odd in ["A", "GEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", &text.expose().repeat(2)] {
        let odd = SecretText::new(odd.to_owned()).unwrap();
        assert!(OneTimeSecret::from_base32(&odd).is_err(), "{}", odd.expose());
    }
}

#[test]
fn the_address_names_the_product_and_the_account() {
    let expected = "otpauth://totp/Doorward%20door.example:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                    &issuer=Doorward%20door.example&algorithm=SHA1&digits=6&period=30";
    assert_eq!(secret().uri(&issuer("https://door.example"), "ada@example.com").expose(), expected);
    assert!(secret().uri("D", "a:b?c&d é/").expose().starts_with("otpauth://totp/D:a%3Ab%3Fc%26d%20%C3%A9%2F?"));
}

/// Returns the attributes of all elements in `svg` with their values.
fn attributes(svg: &str) -> Vec<(&str, &str)> {
    let mut rest = svg;
    let mut found = Vec::new();
    while let Some((before, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        found.push((before.rsplit([' ', '<']).next().unwrap(), value));
        rest = after;
    }
    found
}

#[test]
fn the_qr_code_has_no_attribute_that_a_strict_page_refuses() {
    let svg = secret().qr_svg("Doorward door.example", "ada");
    let attributes = attributes(&svg);
    let names: Vec<_> = attributes.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["xmlns", "viewBox", "role", "aria-label", "shape-rendering", "fill", "d"]);
    assert!(attributes.contains(&("role", "img")) && attributes.contains(&("fill", "currentColor")));
    assert!(svg.starts_with("<svg ") && svg.ends_with("/></svg>"));
    assert_eq!(svg.matches('<').count(), 3, "svg, path and the end of svg");
    assert!(!svg.contains("ada") && !svg.contains("GEZDG"), "the secret is drawn and not written");
}

#[test]
fn the_qr_code_draws_the_address_within_its_quiet_zone() {
    let code = QrCode::encode_text(secret().uri("Doorward door.example", "ada").expose(), QrCodeEcc::Medium).unwrap();
    let svg = secret().qr_svg("Doorward door.example", "ada");
    let attributes = attributes(&svg);
    let value = |wanted| attributes.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let side = code.size() + 2 * QUIET_ZONE;
    assert_eq!(value("viewBox"), format!("0 0 {side} {side}"));
    let mut drawn = std::collections::BTreeSet::new();
    for run in value("d").split_terminator('z') {
        let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (length, back) = rest.split_once("v1h-").unwrap();
        assert_eq!(length, back);
        let (x, y, length): (i32, i32, i32) = (x.parse().unwrap(), y.parse().unwrap(), length.parse().unwrap());
        drawn.extend((x..x + length).map(|x| (x - QUIET_ZONE, y - QUIET_ZONE)));
    }
    let all = (0..code.size()).flat_map(|x| (0..code.size()).map(move |y| (x, y)));
    let dark: std::collections::BTreeSet<_> = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
    assert!(drawn == dark && !drawn.is_empty());
}

#[test]
fn a_name_too_long_for_a_qr_code_draws_nothing() {
    assert!(secret().qr_svg("D", &"a".repeat(5000)).is_empty());
    assert!(!secret().qr_svg(&issuer("https://door.example"), &"@".repeat(64)).is_empty());
}

#[test]
fn two_instances_never_share_an_issuer() {
    let issuers = ["https://door.example", "https://door.example:8443", "http://localhost:3000", "http://[::1]:3000"];
    let issuers = issuers.map(issuer);
    assert_eq!(issuers[0], "Doorward door.example");
    for (at, one) in issuers.iter().enumerate() {
        assert!(!one.contains(':') && !issuers[at + 1..].contains(one), "{one}");
    }
}
