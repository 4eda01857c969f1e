//! A simulated authenticator with its browser, for tests: a P-256 key and a few bytes of CBOR.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub const ORIGIN: &str = "http://localhost:3000";

pub const USER_PRESENT: u8 = 1;
pub const USER_VERIFIED: u8 = 4;
const ATTESTED: u8 = 0x40;

/// Every field can be set to a wrong value.
pub struct Device {
    pub key: SigningKey,
    pub id: [u8; 16],
    pub origin: &'static str,
    pub host: &'static str,
    pub flags: u8,
    pub counter: u32,
    pub handle: Option<Vec<u8>>,
}

impl Device {
    /// Returns the device with this number.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: [seed; 16],
            origin: ORIGIN,
            host: "localhost",
            flags: USER_PRESENT | USER_VERIFIED,
            counter: 0,
            handle: None,
        }
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> String {
        let challenge = &challenge["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }

    /// Authenticator data (WebAuthn Level 3, section 6.1).
    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.host).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as a COSE map (RFC 9053): EC2, ES256, P-256, x, y.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let bytes = point.as_bytes();
        let mut map = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        map.extend(&bytes[1..33]);
        map.extend([0x22, 0x58, 0x20]);
        map.extend(&bytes[33..]);
        map
    }

    /// Returns what `navigator.credentials.create` returns.
    pub fn create(&self, challenge: &Value) -> String {
        let mut data = self.authenticator_data(self.flags | ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let id = URL_SAFE_NO_PAD.encode(self.id);
        let response = json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", challenge)),
            "transports": ["internal", "smart-card"],
        });
        answer_of(&id, response)
    }

    /// Returns what `navigator.credentials.get` returns.
    pub fn get(&self, challenge: &Value) -> String {
        let data = self.authenticator_data(self.flags);
        let client = self.client_data("webauthn.get", challenge);
        let signed: Vec<u8> = data.iter().copied().chain(Sha256::digest(&client)).collect();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der()),
            "userHandle": self.handle.as_ref().map(|handle| URL_SAFE_NO_PAD.encode(handle)),
        });
        answer_of(&URL_SAFE_NO_PAD.encode(self.id), response)
    }
}

/// Formats a response like `PublicKeyCredential.toJSON`.
fn answer_of(id: &str, response: Value) -> String {
    json!({
        "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {}, "response": response,
    })
    .to_string()
}
