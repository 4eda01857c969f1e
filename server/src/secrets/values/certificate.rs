//! Certificates: what the first one in a PEM text says about itself.

use app::secrets::store::{BadValue, Certificate};
use doorward::{SecretText, Timestamp};
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::public_key::PublicKey;
use zeroize::Zeroize as _;

/// The most certificates in a text.
const MOST_CERTIFICATES: usize = 20;
/// The most names that are kept of a certificate.
const MOST_NAMES: usize = 100;
/// The longest subject, issuer or name that is kept, in characters.
const LONGEST: usize = 500;

/// Public key algorithms and curves, by their object identifiers.
const KNOWN: [(&str, &str); 6] = [
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.10045.3.1.7", "EC, P-256"),
    ("1.3.132.0.34", "EC, P-384"),
    ("1.3.132.0.35", "EC, P-521"),
    ("1.3.132.0.10", "EC, secp256k1"),
];

fn bad(reason: impl Into<String>) -> BadValue {
    BadValue { field: "value", reason: reason.into() }
}

/// Reads the first certificate of a PEM text. Those of its issuers and its private key may follow or stand before it.
pub(super) fn read(text: &SecretText) -> Result<Certificate, BadValue> {
    let (mut first, mut certificates, mut keys) = (None, 0, 0);
    for part in Pem::iter_from_buffer(text.expose().as_bytes()) {
        let mut part =
            part.map_err(|_| bad("this is not PEM; a certificate begins with -----BEGIN CERTIFICATE-----"))?;
        if part.label == "CERTIFICATE" {
            let about = about(&part)?;
            first.get_or_insert(about);
            certificates += 1;
        } else if part.label.ends_with("PRIVATE KEY") {
            part.contents.zeroize();
            keys += 1;
        } else {
            return Err(bad("there may be certificates and a private key only"));
        }
    }
    let Some(first) = first else {
        return Err(bad("there is no certificate; it begins with -----BEGIN CERTIFICATE-----"));
    };
    if certificates > MOST_CERTIFICATES {
        return Err(bad("there are more than 20 certificates"));
    }
    if keys > 1 {
        return Err(bad("there is more than one private key"));
    }
    Ok(Certificate { certificates, has_private_key: keys == 1, ..first })
}

fn about(part: &Pem) -> Result<Certificate, BadValue> {
    let unreadable = || bad("a certificate cannot be read");
    let certificate = part.parse_x509().map_err(|_| unreadable())?;
    let validity = certificate.validity();
    let at = |seconds: i64| seconds.checked_mul(1000).map(Timestamp).ok_or_else(unreadable);
    Ok(Certificate {
        subject: shown(&certificate.subject().to_string()),
        issuer: shown(&certificate.issuer().to_string()),
        serial: shown(&certificate.raw_serial_as_string()),
        names: names(&certificate),
        not_before: at(validity.not_before.timestamp())?,
        not_after: at(validity.not_after.timestamp())?,
        key_type: key_type(&certificate),
        certificates: 1,
        has_private_key: false,
    })
}

/// Makes a text of a certificate fit to be shown on one line.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).take(LONGEST).collect()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => Some(shown(name)),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
            four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).to_string())).ok()
        }
        _ => None,
    }
}

fn key_type(certificate: &X509Certificate<'_>) -> String {
    let key = certificate.public_key();
    let known = |id: String| KNOWN.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name).to_owned());
    let algorithm = key.algorithm.algorithm.to_id_string();
    let curve =
        key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok()).map(|curve| curve.to_id_string());
    let bits = match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => Some(format!("RSA, {} bits", rsa.key_size())),
        Ok(PublicKey::EC(point)) => Some(format!("EC, {} bits", point.key_size())),
        _ => None,
    };
    known(algorithm.clone()).or_else(|| curve.and_then(known)).or(bits).unwrap_or_else(|| shown(&algorithm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn reading(text: &str) -> Result<Certificate, String> {
        read(&SecretText::new(text.to_owned()).unwrap()).map_err(|bad| bad.reason)
    }

    fn made() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params =
            CertificateParams::new(vec!["door.example".to_owned(), "192.0.2.7".to_owned(), "2001:db8::7".to_owned()])
                .unwrap();
        params.distinguished_name.push(DnType::CommonName, "door.example\u{202e}\n");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2027, 3, 4);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_says_who_it_is_for_and_when_it_ends() {
        let (certificate, key) = made();
        let alone = reading(&certificate).unwrap();
        assert_eq!(alone.names, ["door.example", "192.0.2.7", "2001:db8::7"]);
        assert_eq!(alone.key_type, "EC, P-256");
        assert!(alone.subject.contains("door.example") && !alone.subject.contains('\n'), "{}", alone.subject);
        assert_eq!((alone.not_before, alone.not_after), (Timestamp(1_767_312_000_000), Timestamp(1_804_118_400_000)));
        assert!(!alone.has_private_key && alone.certificates == 1);
        for both in
            [format!("{certificate}{key}"), format!("{key}\n{certificate}"), format!("note\r\n{certificate}{key}")]
        {
            assert!(reading(&both).unwrap().has_private_key);
        }
        assert_eq!(reading(&format!("{certificate}{certificate}")).unwrap().certificates, 2);
    }

    #[test]
    fn what_is_no_certificate_is_refused_by_a_sentence() {
        let (certificate, key) = made();
        for text in [
            "hunter2".to_owned(),
            key.clone(),
            format!("{certificate}{key}{key}"),
            certificate.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
            certificate[..certificate.len() / 2].to_owned(),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            certificate.repeat(21),
        ] {
            let reason = reading(&text).expect_err("it is no certificate");
            assert!(!reason.is_empty() && !reason.contains("hunter2"), "{reason}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_in_a_certificate_break_anything(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..2000, by in any::<u8>()) {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::STANDARD;
            let pem = |bytes: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", engine.encode(bytes));
            let _ = reading(&pem(&bytes));
            let (certificate, _) = made();
            let body: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
            let mut changed = engine.decode(body).unwrap();
            let at = at % changed.len();
            changed[at] = by;
            let _ = reading(&pem(&changed));
        }
    }
}
