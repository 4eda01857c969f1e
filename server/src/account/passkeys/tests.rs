//! Ceremonies against a simulated authenticator: a P-256 key and a few bytes of CBOR.

mod device;

use crate::account::passkeys::*;
use device::{Device, ORIGIN, USER_PRESENT};
use serde_json::json;

fn ada() -> IdentityId {
    IdentityId::parse("01hzzzzzzzzzzzzzzzzzzzzzz1").unwrap()
}

fn bob() -> IdentityId {
    IdentityId::parse("01hzzzzzzzzzzzzzzzzzzzzzz2").unwrap()
}

fn passkeys() -> Passkeys {
    Passkeys::new(ORIGIN).unwrap()
}

impl Device {
    fn register(&self) -> NewPasskey {
        let ceremony = start_registration();
        passkeys().finish_registration(&self.create(&ceremony.challenge), &ceremony.state).unwrap()
    }

    /// Signs in with Ada's name given first.
    fn authenticate(&self, known: &str) -> Result<Used, PasskeyError> {
        let known = [known.to_owned()];
        let ceremony = passkeys().start_authentication(&known).unwrap();
        passkeys().finish_authentication(&self.get(&ceremony.challenge), &ceremony.state, ada(), &known)
    }

    /// Signs in without a name. The passkey belongs to `owner`.
    fn discover(&self, known: &str, owner: IdentityId) -> Result<Used, PasskeyError> {
        let ceremony = passkeys().start_discoverable().unwrap();
        passkeys().finish_discoverable(&self.get(&ceremony.challenge), &ceremony.state, owner, known)
    }
}

fn start_registration() -> Ceremony {
    passkeys().start_registration(ada(), "ada", "Ada Lovelace", &[]).unwrap()
}

/// An origin that is an IP address says that it has none.
#[test]
fn only_an_origin_with_a_name_has_passkeys() {
    for good in ["https://door.example.com", "https://intranet:8443", "http://localhost:3000", "http://a.localhost"] {
        assert!(Passkeys::new(good).is_ok(), "{good}");
    }
    for address in ["http://127.0.0.1:3000", "https://192.0.2.7", "http://[::1]:3000", "https://[2001:db8::1]"] {
        assert_eq!(Passkeys::new(address).err(), Some(NoPasskeys::Address), "{address}");
    }
    assert_eq!(Passkeys::new("http://door.example.com").err(), Some(NoPasskeys::Plain));
    for odd in ["", "localhost", "file:///a", "data:text/plain,a", "ftp://door.example.com"] {
        assert_eq!(Passkeys::new(odd).err(), Some(NoPasskeys::Origin), "{odd}");
    }
}

/// It also asks for a passkey that needs no user name.
#[test]
fn a_registration_asks_for_user_verification() {
    let existing = [URL_SAFE_NO_PAD.encode([9; 16])];
    let ceremony = passkeys().start_registration(ada(), "ada", "Ada Lovelace", &existing).unwrap();
    let options = &ceremony.challenge["publicKey"];
    assert_eq!(options["rp"], json!({ "name": "Doorward", "id": "localhost" }));
    assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!("ada"), &json!("Ada Lovelace")));
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["timeout"], LIFETIME.0);
    assert_eq!(options["excludeCredentials"][0]["id"], existing[0]);
    assert!(URL_SAFE_NO_PAD.decode(options["challenge"].as_str().unwrap()).unwrap().len() >= 16);
}

#[test]
fn an_identity_has_one_user_handle_and_no_other_has_it() {
    let handle =
        |who| passkeys().start_registration(who, "a", "a", &[]).unwrap().challenge["publicKey"]["user"]["id"].clone();
    assert_eq!(handle(ada()), handle(ada()));
    assert_ne!(handle(ada()), handle(bob()));
    assert_eq!(handle(ada()), URL_SAFE_NO_PAD.encode(user_handle(ada())));
    // Authenticators store it permanently: changing the derivation would invalidate everybody's
    // passkeys.
    assert_eq!(user_handle(ada()).to_string(), "9319d165-94d1-8e5c-2874-957ba33f42c9");
}

#[test]
fn two_ceremonies_have_two_challenges() {
    let challenge = |ceremony: Ceremony| ceremony.challenge["publicKey"]["challenge"].clone();
    assert_ne!(challenge(start_registration()), challenge(start_registration()));
    let discover = || challenge(passkeys().start_discoverable().unwrap());
    assert_ne!(discover(), discover());
}

#[test]
fn a_registered_passkey_signs_in_behind_a_name() {
    let device = Device::new(1);
    let registered = device.register();
    assert_eq!(registered.credential_id, URL_SAFE_NO_PAD.encode([1; 16]));
    let used = device.authenticate(&registered.passkey).unwrap();
    assert_eq!(used, Used { credential_id: registered.credential_id, changed: None });
}

#[test]
fn a_registered_passkey_signs_in_without_a_name() {
    let mut device = Device::new(1);
    let registered = device.register();
    device.handle = Some(user_handle(ada()).as_bytes().to_vec());
    let ceremony = passkeys().start_discoverable().unwrap();
    assert_eq!(ceremony.challenge["publicKey"]["userVerification"], "required");
    assert_eq!(ceremony.challenge["publicKey"]["allowCredentials"], json!([]));
    assert_eq!(ceremony.challenge.get("mediation"), None);
    let answer = device.get(&ceremony.challenge);
    assert_eq!(credential_id(&answer).unwrap(), registered.credential_id);
    let used = passkeys().finish_discoverable(&answer, &ceremony.state, ada(), &registered.passkey).unwrap();
    assert_eq!(used.credential_id, registered.credential_id);
}

#[test]
fn a_passkey_that_names_another_identity_is_unknown() {
    let mut device = Device::new(1);
    let registered = device.register();
    assert!(matches!(device.discover(&registered.passkey, ada()), Err(PasskeyError::Unknown)), "no handle");
    device.handle = Some(user_handle(bob()).as_bytes().to_vec());
    assert!(matches!(device.discover(&registered.passkey, ada()), Err(PasskeyError::Unknown)));
    assert!(matches!(device.authenticate(&registered.passkey), Err(PasskeyError::Unknown)));
    assert!(device.discover(&registered.passkey, bob()).is_ok());
}

#[test]
fn without_user_verification_nobody_registers_or_signs_in() {
    let mut device = Device::new(1);
    let registered = device.register();
    device.flags = USER_PRESENT;
    device.handle = Some(user_handle(ada()).as_bytes().to_vec());
    assert!(matches!(device.authenticate(&registered.passkey), Err(PasskeyError::NotVerified)));
    assert!(matches!(device.discover(&registered.passkey, ada()), Err(PasskeyError::NotVerified)));
    let ceremony = start_registration();
    let result = passkeys().finish_registration(&device.create(&ceremony.challenge), &ceremony.state);
    assert!(matches!(result, Err(PasskeyError::NotVerified)));
}

/// A counter that goes up is stored.
#[test]
fn a_counter_that_does_not_go_up_is_a_copy() {
    let mut device = Device::new(1);
    device.counter = 5;
    let registered = device.register();
    device.counter = 6;
    let changed = device.authenticate(&registered.passkey).unwrap().changed.unwrap();
    assert_ne!(changed, registered.passkey);
    for counter in [6, 5, 0] {
        device.counter = counter;
        assert!(matches!(device.authenticate(&changed), Err(PasskeyError::Copied)), "{counter}");
    }
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let device = Device::new(1);
    let (first, second) = (start_registration(), start_registration());
    let result = passkeys().finish_registration(&device.create(&first.challenge), &second.state);
    assert!(matches!(result, Err(PasskeyError::Refused(WebauthnError::MismatchedChallenge))));
    let known = [device.register().passkey];
    let start = || passkeys().start_authentication(&known).unwrap();
    let result = passkeys().finish_authentication(&device.get(&start().challenge), &start().state, ada(), &known);
    assert!(matches!(result, Err(PasskeyError::Refused(WebauthnError::MismatchedChallenge))));
}

#[test]
fn an_answer_at_another_origin_or_for_another_host_is_refused() {
    let registered = Device::new(1).register();
    for origin in ["http://localhost:3001", "https://localhost:3000", "http://localhost.example.com:3000"] {
        let device = Device { origin, ..Device::new(1) };
        let result = device.authenticate(&registered.passkey);
        assert!(matches!(result, Err(PasskeyError::Refused(WebauthnError::InvalidRPOrigin))), "{origin}");
    }
    let device = Device { host: "example.com", ..Device::new(1) };
    let result = device.authenticate(&registered.passkey);
    assert!(matches!(result, Err(PasskeyError::Refused(WebauthnError::InvalidRPIDHash))));
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let registered = Device::new(1).register();
    let mut forged = Device { key: Device::new(2).key, ..Device::new(1) };
    assert!(matches!(forged.authenticate(&registered.passkey), Err(PasskeyError::Refused(_))));
    forged.handle = Some(user_handle(ada()).as_bytes().to_vec());
    assert!(matches!(forged.discover(&registered.passkey, ada()), Err(PasskeyError::Refused(_))));
}

/// The same holds for a passkey that was removed.
#[test]
fn a_passkey_that_was_not_asked_for_is_unknown() {
    let (one, other) = (Device::new(1), Device::new(2));
    let (first, second) = ([one.register().passkey], [other.register().passkey]);
    assert!(matches!(other.authenticate(&first[0]), Err(PasskeyError::Unknown)));
    let ceremony = passkeys().start_authentication(&first).unwrap();
    let answer = one.get(&ceremony.challenge);
    let result = passkeys().finish_authentication(&answer, &ceremony.state, ada(), &second);
    assert!(matches!(result, Err(PasskeyError::Unknown)));
    let result = passkeys().finish_discoverable(&answer, &ceremony.state, ada(), &second[0]);
    assert!(result.is_err());
    assert!(matches!(passkeys().start_authentication(&[]), Err(PasskeyError::Unknown)));
}

#[test]
fn a_passkey_is_not_registered_twice() {
    let device = Device::new(1);
    let existing = [device.register().credential_id];
    let ceremony = passkeys().start_registration(ada(), "ada", "Ada", &existing).unwrap();
    let result = passkeys().finish_registration(&device.create(&ceremony.challenge), &ceremony.state);
    assert!(matches!(result, Err(PasskeyError::Refused(_))));
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_a_panic() {
    let device = Device::new(1);
    let (register, discover) = (start_registration(), passkeys().start_discoverable().unwrap());
    for odd in ["", "{}", "[]", "null", "{\"id\":1}", &"[".repeat(5000)] {
        assert!(matches!(passkeys().finish_registration(odd, &register.state), Err(PasskeyError::Malformed)));
        assert!(matches!(credential_id(odd), Err(PasskeyError::Malformed)));
        let answer = device.create(&register.challenge);
        assert!(matches!(passkeys().finish_registration(&answer, odd), Err(PasskeyError::Stored)));
        let answer = device.get(&discover.challenge);
        let result = passkeys().finish_discoverable(&answer, &discover.state, ada(), odd);
        assert!(matches!(result, Err(PasskeyError::Stored)));
        assert!(matches!(passkeys().start_authentication(&[odd.to_owned()]), Err(PasskeyError::Stored)));
    }
    let result = passkeys().start_registration(ada(), "ada", "Ada", &["not base64!".to_owned()]);
    assert!(matches!(result, Err(PasskeyError::Stored)));
}

#[test]
fn the_state_of_one_ceremony_is_none_of_another() {
    let mut device = Device::new(1);
    device.handle = Some(user_handle(ada()).as_bytes().to_vec());
    let known = [device.register().passkey];
    let registration = start_registration();
    let authentication = passkeys().start_authentication(&known).unwrap();
    let discoverable = passkeys().start_discoverable().unwrap();
    for other in [&registration, &authentication] {
        let answer = device.get(&other.challenge);
        let result = passkeys().finish_discoverable(&answer, &other.state, ada(), &known[0]);
        assert!(matches!(result, Err(PasskeyError::Stored)));
    }
    for other in [&registration, &discoverable] {
        let result = passkeys().finish_authentication(&device.get(&other.challenge), &other.state, ada(), &known);
        assert!(matches!(result, Err(PasskeyError::Stored)));
    }
    for other in [&authentication, &discoverable] {
        let result = passkeys().finish_registration(&device.create(&other.challenge), &other.state);
        assert!(matches!(result, Err(PasskeyError::Stored)));
    }
}

#[test]
fn an_attestation_that_is_cut_short_anywhere_is_refused() {
    let ceremony = start_registration();
    let mut answer: Value = serde_json::from_str(&Device::new(1).create(&ceremony.challenge)).unwrap();
    let object = URL_SAFE_NO_PAD.decode(answer["response"]["attestationObject"].as_str().unwrap()).unwrap();
    for length in 0..object.len() {
        answer["response"]["attestationObject"] = URL_SAFE_NO_PAD.encode(&object[..length]).into();
        let result = passkeys().finish_registration(&answer.to_string(), &ceremony.state);
        assert!(matches!(result, Err(PasskeyError::Refused(_))), "{length}");
    }
}

#[test]
fn a_changed_backup_flag_has_one_outcome_everywhere() {
    const ELIGIBLE: u8 = 8;
    const BACKED_UP: u8 = 16;
    let mut device = Device::new(7);
    let registered = device.register().passkey;
    device.handle = Some(user_handle(ada()).as_bytes().to_vec());
    for raised in [ELIGIBLE, ELIGIBLE | BACKED_UP] {
        device.flags |= raised;
        assert!(matches!(device.authenticate(&registered), Err(PasskeyError::BackupChanged)));
        assert!(matches!(device.discover(&registered, ada()), Err(PasskeyError::BackupChanged)));
    }
    let backed_up = device.register().passkey;
    assert!(device.authenticate(&backed_up).is_ok() && device.discover(&backed_up, ada()).is_ok());
    device.flags &= !(ELIGIBLE | BACKED_UP);
    assert!(matches!(device.authenticate(&backed_up), Err(PasskeyError::BackupChanged)));
    assert!(matches!(device.discover(&backed_up, ada()), Err(PasskeyError::BackupChanged)));
}
