//! A session of the API, begun with the machine's credential and ended with the command.

use super::options::Connection;
use super::{ClientError, Told};
use crate::access::machines::challenge::signed_text;
use crate::access::machines::credential;
use crate::outgoing::{self, HttpClient, USER_AGENT};
use crate::private_file;
use crate::secrets::generate::key_pair::read_pkcs8;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::CredentialId;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

const WHOLE: Duration = Duration::from_secs(30);
/// The largest answer: a value of 1 MiB in base64, and what is around it.
const LARGEST: usize = 8 * 1024 * 1024;
/// How long a session lasts: a command is done long before.
const LIFETIME_SECONDS: u32 = 60;
/// The largest file of a credential.
const LARGEST_FILE: usize = 16 * 1024;

/// What the variables of this program say, too, so that they are not handed on.
pub const VARIABLES: [&str; 5] = [
    "DOORWARD_SERVER",
    "DOORWARD_CLIENT_SECRET",
    "DOORWARD_CLIENT_SECRET_FILE",
    "DOORWARD_KEY_FILE",
    "DOORWARD_CREDENTIAL",
];

/// A credential. Has no `Debug`.
enum Credential {
    ClientSecret(Zeroizing<String>),
    Key { id: CredentialId, private: Box<SigningKey> },
}

/// A live session at a server. Has no `Debug`.
pub struct Session {
    server: Server,
    token: Zeroizing<String>,
}

struct Server {
    client: HttpClient,
    /// Scheme, host and port.
    origin: String,
}

/// What narrows a session.
pub struct Needs<'a> {
    pub permissions: &'a [&'a str],
    pub environment: Option<&'a str>,
}

impl Session {
    /// Begins a session that may do no more than the command needs.
    pub async fn begin(options: &Connection, needs: Needs<'_>) -> Result<Self, ClientError> {
        let mut body = json!({ "permissions": needs.permissions, "lifetime_seconds": LIFETIME_SECONDS });
        if let Some(environment) = needs.environment {
            body["environments"] = json!([environment]);
        }
        Self::with(options, body).await
    }

    async fn with(options: &Connection, mut body: Value) -> Result<Self, ClientError> {
        let server = Server::named(options)?;
        let credential = Credential::given(options)?;
        let bearer = match &credential {
            Credential::ClientSecret(secret) => Some(secret.as_str()),
            Credential::Key { id, private } => {
                let asked = server.ask(Method::POST, "/challenges", Asked::default()).await?;
                let [challenge, origin] = ["challenge", "origin"].map(|name| text(&asked, name));
                let (challenge, origin) = (challenge?, origin?);
                if origin != server.origin {
                    return Err(ClientError::OtherServer(origin));
                }
                let signature = private.sign(signed_text(&origin, *id, &challenge).as_bytes()).to_bytes();
                body["credential"] = json!(id.to_string());
                body["challenge"] = json!(challenge);
                body["signature"] = json!(STANDARD.encode(signature));
                None
            }
        };
        let begun = server.ask(Method::POST, "/sessions", Asked { bearer, body: Some(body), version: None }).await?;
        Ok(Self { token: Zeroizing::new(text(&begun, "token")?), server })
    }

    /// Begins a session that may do all that the machine may do.
    pub async fn whole(options: &Connection) -> Result<Self, ClientError> {
        Self::with(options, json!({ "lifetime_seconds": LIFETIME_SECONDS })).await
    }

    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.server.ask(Method::GET, path, Asked { bearer: Some(&self.token), ..Asked::default() }).await
    }

    /// Posts a body. `version` is the one that is to be replaced.
    pub async fn post(&self, path: &str, body: Value, version: Option<u64>) -> Result<Value, ClientError> {
        self.server.ask(Method::POST, path, Asked { bearer: Some(&self.token), body: Some(body), version }).await
    }

    /// Ends the session. If that fails, its minute ends it.
    pub async fn end(self) {
        let asked = Asked { bearer: Some(&self.token), ..Asked::default() };
        let _ = self.server.ask(Method::DELETE, "/sessions/current", asked).await;
    }
}

/// Returns a field of an answer.
pub fn text(answer: &Value, name: &str) -> Result<String, ClientError> {
    answer[name].as_str().map(str::to_owned).ok_or(ClientError::Unreadable)
}

#[derive(Default)]
struct Asked<'a> {
    bearer: Option<&'a str>,
    body: Option<Value>,
    version: Option<u64>,
}

impl Server {
    fn named(options: &Connection) -> Result<Self, ClientError> {
        let given = options.server.clone().or_else(|| variable("DOORWARD_SERVER")).ok_or(ClientError::NoServer)?;
        let uri: Uri = given.trim_end_matches('/').parse().map_err(|_| ClientError::BadServer)?;
        let (scheme, authority) = (uri.scheme_str(), uri.authority().map(ToString::to_string));
        let is_bare = uri.path().trim_end_matches('/').is_empty() && uri.query().is_none();
        let (Some(scheme @ ("https" | "http")), Some(authority), true) = (scheme, authority, is_bare) else {
            return Err(ClientError::BadServer);
        };
        if authority.contains('@') {
            return Err(ClientError::BadServer);
        }
        // Without TLS the client reaches this machine alone.
        let client = outgoing::client(scheme == "https").map_err(|_| ClientError::BadServer)?;
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.strip_suffix(usual).unwrap_or(&authority).to_ascii_lowercase();
        Ok(Self { client, origin: format!("{scheme}://{host}") })
    }

    async fn ask(&self, method: Method, path: &str, asked: Asked<'_>) -> Result<Value, ClientError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.origin))
            .header(header::USER_AGENT, USER_AGENT);
        if let Some(bearer) = asked.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if let Some(version) = asked.version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        let body = asked.body.map(|body| body.to_string());
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).map_err(|_| ClientError::BadServer)?;
        tokio::time::timeout(WHOLE, self.send(request)).await.map_err(|_| ClientError::Late)?
    }

    async fn send(&self, request: Request<Body>) -> Result<Value, ClientError> {
        let answer = self.client.request(request).await.map_err(|_| ClientError::Unreachable(self.origin.clone()))?;
        let status = answer.status();
        let bytes = to_bytes(Body::new(answer.into_body()), LARGEST).await;
        let bytes = Zeroizing::new(bytes.map_err(|_| ClientError::Unreachable(self.origin.clone()))?.to_vec());
        if bytes.is_empty() && status.is_success() {
            return Ok(Value::Null);
        }
        let said: Value = serde_json::from_slice(&bytes).map_err(|_| ClientError::Unreadable)?;
        if status.is_success() {
            return Ok(said);
        }
        let part = |name: &str| said[name].as_str().map(str::to_owned);
        let of_field = || said["errors"][0]["detail"].as_str().map(str::to_owned);
        Err(ClientError::Refused(Told {
            status: status.as_u16(),
            title: part("title").ok_or(ClientError::Unreadable)?,
            detail: part("detail").or_else(of_field),
            permission: part("permission"),
            record: part("record"),
        }))
    }
}

/// Returns a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Credential {
    fn given(options: &Connection) -> Result<Self, ClientError> {
        let path = |flag: &Option<PathBuf>, name| {
            flag.clone()
                .or_else(|| std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from))
        };
        let secret_file = path(&options.client_secret_file, "DOORWARD_CLIENT_SECRET_FILE");
        let secret = variable("DOORWARD_CLIENT_SECRET").map(Zeroizing::new);
        let key_file = path(&options.key_file, "DOORWARD_KEY_FILE");
        let id = options.credential.clone().or_else(|| variable("DOORWARD_CREDENTIAL"));
        match (secret_file, secret, key_file, id) {
            (None, None, None, None) => Err(ClientError::NoCredential),
            (Some(file), None, None, None) => Self::secret(&read(file)?),
            (None, Some(secret), None, None) => Self::secret(&secret),
            (None, None, Some(file), Some(id)) => Self::key(file, &id),
            (None, None, _, _) => Err(ClientError::HalfAKey),
            _ => Err(ClientError::TwoCredentials),
        }
    }

    fn secret(text: &str) -> Result<Self, ClientError> {
        let text = text.trim();
        credential::read(text).ok_or(ClientError::BadClientSecret)?;
        Ok(Self::ClientSecret(Zeroizing::new(text.to_owned())))
    }

    fn key(file: PathBuf, id: &str) -> Result<Self, ClientError> {
        let id = CredentialId::parse(id).map_err(ClientError::BadCredential)?;
        let text = read(file.clone())?;
        let private = read_pkcs8(&text).map(Box::new).ok_or(ClientError::BadKey(file))?;
        Ok(Self::Key { id, private })
    }
}

fn read(path: PathBuf) -> Result<Zeroizing<String>, ClientError> {
    let bytes = private_file::read(&path, LARGEST_FILE).map_err(|error| ClientError::file(path.clone(), &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| ClientError::File { path, why: "it is no text" })?;
    Ok(Zeroizing::new(text.to_owned()))
}
