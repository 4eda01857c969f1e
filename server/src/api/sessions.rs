//! Sessions of machines: begun by a credential, ended by their holder, and what they may do.

use crate::access::machines::challenge;
use crate::access::machines::exchange::{ExchangeError, LONGEST_LIFETIME, Proof, USUAL_LIFETIME};
use crate::api::asker::{Asker, json};
use crate::api::body::Fields;
use crate::api::credentials;
use crate::api::problem::Problem;
use crate::identities::roles;
use crate::sign_in::handle;
use app::access::policy::machines::ReadOwnRights;
use app::access::store::machines::Machines;
use app::sessions::store::Sessions;
use app::sign_in::policy::EndOwnSession;
use app::ui::time::rfc3339_exact;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::{Bounds, CredentialId, Environment, Environments, SecretText, TimeSpan};
use serde::Serialize;
use std::collections::BTreeSet;

/// The largest body of an exchange, in bytes.
const LARGEST: usize = 16 * 1024;
const FIELDS: [&str; 7] =
    ["client_secret", "credential", "challenge", "signature", "permissions", "environments", "lifetime_seconds"];

#[derive(Serialize)]
struct Begun {
    token: String,
    token_type: &'static str,
    session: String,
    ends_at: String,
    expires_in: i64,
}

#[derive(Serialize)]
struct Challenge {
    challenge: String,
    /// What a machine writes into the text that it signs.
    origin: String,
    expires_in: i64,
}

/// Returns a challenge to sign.
pub async fn challenge(asker: Asker) -> Result<Response, Problem> {
    asker.query(&[])?;
    let backend = &asker.shared.backend;
    let made = challenge::new(&backend.vault.challenge_keys(), asker.asked.now, &*backend.random);
    let challenge = made.ok_or(Problem::UNAVAILABLE)?;
    let expires_in = challenge::LIFETIME.0 / 1000;
    Ok(json(StatusCode::CREATED, &Challenge { challenge, origin: backend.origin.to_string(), expires_in }))
}

/// Exchanges a credential for a session.
pub async fn begin(asker: Asker, body: Body) -> Result<Response, Problem> {
    asker.query(&[])?;
    let mut fields = Fields::read(&asker.headers, body, LARGEST, &FIELDS).await?;
    let proof = read_proof(&asker, &mut fields)?;
    let narrower = read_bounds(&mut fields)?;
    let backend = &asker.shared.backend;
    let lifetime = narrower.1;
    let begun = backend.exchange(&asker.asked, &proof, narrower).await.map_err(|error| refused(&proof, error))?;
    let answer = Begun {
        token: begun.handle.expose().to_owned(),
        token_type: "Bearer",
        session: begun.session.to_string(),
        ends_at: rfc3339_exact(begun.ends),
        expires_in: lifetime.0 / 1000,
    };
    Ok(json(StatusCode::CREATED, &answer))
}

fn refused(proof: &Proof, error: ExchangeError) -> Problem {
    match error {
        ExchangeError::Wrong(record) => Problem::wrong_credential(proof, Some(record)),
        ExchangeError::TooMany(seconds) => Problem::too_many(seconds),
        ExchangeError::Unavailable => Problem::UNAVAILABLE,
    }
}

/// How long a session lasts that begins and ends around one request.
const AROUND_A_REQUEST: TimeSpan = TimeSpan::minutes(1);
/// What such a session may do.
const REVEALS: [&str; 3] = ["secret.list", "secret.read", "secret.reveal"];

/// Begins a session around this request, for a program that cannot exchange its client secret first.
pub async fn around(asker: Asker) -> Result<Asker, Problem> {
    let secret = credentials::bearer(&asker.headers).ok_or_else(|| Problem::wrong_secret(None))?;
    let proof = SecretText::new(secret.to_owned()).map(Proof::ClientSecret);
    let proof = proof.map_err(|_| Problem::wrong_secret(None))?;
    let bounds = Bounds { permissions: Some(REVEALS.map(Into::into).into()), environments: Environments::Everywhere };
    let begun = asker.shared.backend.exchange(&asker.asked, &proof, (bounds, AROUND_A_REQUEST)).await;
    let begun = begun.map_err(|error| refused(&proof, error))?;
    Ok(asker.with(handle::read(begun.handle.expose())))
}

/// Returns the signature of the body, or the client secret of the header or of the body. Only one may be there.
fn read_proof(asker: &Asker, fields: &mut Fields) -> Result<Proof, Problem> {
    let [credential, challenge, signature] =
        [fields.text("/credential")?, fields.text("/challenge")?, fields.text("/signature")?];
    let (credential, challenge, signature) = match (credential, challenge, signature) {
        (None, None, None) => return read_secret(asker, fields).map(Proof::ClientSecret),
        (Some(credential), Some(challenge), Some(signature)) => (credential, challenge, signature),
        _ => return Err(Problem::invalid("/signature", "Send credential, challenge and signature together.")),
    };
    if credentials::bearer(&asker.headers).is_some() || fields.secret("/client_secret")?.is_some() {
        return Err(Problem::invalid("/signature", "Send a client secret or a signature, not both."));
    }
    let credential = CredentialId::parse(&credential)
        .map_err(|_| Problem::invalid("/credential", "It has to be the id of a credential."))?;
    let wrong = || Problem::invalid("/signature", "It has to be 64 bytes in base64.");
    let signature = STANDARD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
    Ok(Proof::Signature { credential, challenge, signature })
}

/// Returns the client secret of the header or of the body, of which only one may be there.
fn read_secret(asker: &Asker, fields: &mut Fields) -> Result<SecretText, Problem> {
    let in_header = credentials::bearer(&asker.headers).map(str::to_owned);
    match (in_header, fields.secret("/client_secret")?) {
        (Some(text), None) => SecretText::new(text).map_err(|_| Problem::wrong_secret(None)),
        (None, Some(secret)) => Ok(secret),
        (None, None) => Err(Problem::wrong_secret(None)),
        (Some(_), Some(_)) => Err(Problem::invalid("/client_secret", "Send it in the header or in the body.")),
    }
}

/// Returns what narrows the session: bounds that can only take away, and its lifetime.
fn read_bounds(fields: &mut Fields) -> Result<(Bounds, TimeSpan), Problem> {
    let permissions = match fields.texts("/permissions")? {
        None => None,
        Some(names) if names.iter().all(|name| roles::permissions().any(|known| known == name)) => {
            Some(names.into_iter().map(Into::into).collect::<BTreeSet<Box<str>>>())
        }
        Some(_) => return Err(Problem::invalid("/permissions", "One of these is no permission.")),
    };
    let environments = match fields.texts("/environments")? {
        None => Environments::Everywhere,
        Some(names) => {
            let read = names.iter().map(|name| Environment::parse(name)).collect::<Result<_, _>>();
            let wrong = |_| Problem::invalid("/environments", "One of these is no environment’s name.");
            Environments::Only(read.map_err(wrong)?)
        }
    };
    let most = LONGEST_LIFETIME.0 / 1000;
    let seconds = fields.number("/lifetime_seconds", (1, most), "It has to be a number from 1 to 3600.")?;
    Ok((Bounds { permissions, environments }, seconds.map_or(USUAL_LIFETIME, TimeSpan::seconds)))
}

/// Ends the session that asks.
pub async fn end(asker: Asker) -> Result<Response, Problem> {
    asker.query(&[])?;
    end_own(&asker).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ends the session that asks.
pub async fn end_own(asker: &Asker) -> Result<(), Problem> {
    let permit = asker.permit(EndOwnSession).await?;
    asker.shared.backend.end_own(permit).await.map(|_| ()).map_err(|_| Problem::UNAVAILABLE)
}

#[derive(Serialize)]
struct WhoAmI {
    identity: String,
    name: String,
    kind: &'static str,
    session: Current,
    rights: Vec<Right>,
}

#[derive(Serialize)]
struct Current {
    id: String,
    ends_at: String,
    /// The bounds; `null` for none.
    permissions: Option<Vec<String>>,
    environments: Option<Vec<String>>,
}

/// A permission that the session may use, and where: `*` for everywhere.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Right {
    permission: String,
    environment: String,
}

/// Says who asks, and what the session may do.
pub async fn who_am_i(asker: Asker) -> Result<Response, Problem> {
    asker.query(&[])?;
    let permit = asker.permit(ReadOwnRights).await?;
    let who = permit.principal().clone();
    let bounds = asker.shared.backend.own_bounds(permit).await.map_err(|_| Problem::UNAVAILABLE)?;
    let rights: BTreeSet<_> = who
        .holdings
        .iter()
        .map(|holding| Right {
            permission: holding.permission.to_string(),
            environment: holding.within.as_str().to_owned(),
        })
        .collect();
    let environments = match bounds.environments {
        Environments::Everywhere => None,
        Environments::Only(names) => Some(names.iter().map(ToString::to_string).collect()),
    };
    let answer = WhoAmI {
        identity: who.identity.to_string(),
        name: who.name.to_string(),
        kind: who.kind.as_str(),
        session: Current {
            id: who.session.to_string(),
            ends_at: rfc3339_exact(who.ends),
            permissions: bounds.permissions.map(|names| names.iter().map(ToString::to_string).collect()),
            environments,
        },
        rights: rights.into_iter().collect(),
    };
    Ok(json(StatusCode::OK, &answer))
}
