//! Password hashing: Argon2id (RFC 9106) as PHC strings, in a pool with bounded threads, memory and
//! queue.

mod common;
mod cost;
mod rules;

use std::fmt;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version};
use doorward::{Randomness, SecretText};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};
use zeroize::Zeroizing;

pub use cost::{CostError, PasswordCost};
pub use rules::{FEWEST_CHARACTERS, MOST_CHARACTERS, WeakPassword, check_new_password};

const SALT_BYTES: usize = 16;

/// Why a password was neither hashed nor compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    #[error("the stored password hash cannot be read")]
    Stored,
    #[error("the password could not be checked")]
    Unavailable,
}

/// The result of comparing a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The password is wrong, or there is no such user.
    Wrong,
    /// The password is correct.
    Right {
        /// To be stored in place of the old hash, if the configured cost was raised since.
        rehash: Option<String>,
    },
}

impl fmt::Debug for Verdict {
    /// Shows whether there is a new hash, but not the hash.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wrong => "Wrong",
            Self::Right { rehash: None } => "Right",
            Self::Right { rehash: Some(_) } => "Right, to be stored anew",
        })
    }
}

/// Hashes and compares passwords: `workers` at a time, with `queue` more waiting.
///
/// Memory stays below workers × the cost's memory. A password that waits or is computed keeps its
/// place until it is done, even if the request is cancelled, so that cancelled requests make no
/// room for more work.
pub struct Passwords {
    hashing: Arc<Hashing>,
    /// One permit for each password that is computed or waits.
    places: Arc<Semaphore>,
    /// One permit for each password that is computed.
    workers: Arc<Semaphore>,
    limit: usize,
}

/// What a worker needs.
struct Hashing {
    cost: PasswordCost,
    /// The hash of an unknown password, compared if there is no such user.
    decoy: String,
    random: Arc<dyn Randomness>,
}

impl Passwords {
    /// Creates a pool of `workers` (at least one) and a queue of `queue` more. Computes one hash,
    /// the decoy.
    ///
    /// # Errors
    /// If that hash cannot be computed for lack of memory.
    pub fn new(
        cost: PasswordCost,
        workers: usize,
        queue: usize,
        random: Arc<dyn Randomness>,
    ) -> Result<Self, PasswordError> {
        let workers = workers.clamp(1, Semaphore::MAX_PERMITS);
        let places = workers.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        let mut nobodys = [0; 32];
        random.fill(&mut nobodys);
        let decoy = hash_with(cost, &nobodys, &*random)?;
        Ok(Self {
            hashing: Arc::new(Hashing { cost, decoy, random }),
            places: Arc::new(Semaphore::new(places)),
            workers: Arc::new(Semaphore::new(workers)),
            limit: places,
        })
    }

    /// Returns how many passwords are computed or waiting, and how many may be.
    #[must_use]
    pub fn busy(&self) -> (usize, usize) {
        (self.limit.saturating_sub(self.places.available_permits()), self.limit)
    }

    /// Returns the PHC string to store for `password`.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] at once if the queue is full; [`PasswordError::Unavailable`].
    pub async fn hash(&self, password: &SecretText) -> Result<String, PasswordError> {
        let password = password.clone();
        self.run(move |hashing| hashing.hash(&password)).await
    }

    /// Compares `given` with a stored PHC string, or with a decoy if it is `None` because the user
    /// does not exist.
    ///
    /// A wrong password costs the same work as an unknown user, even if the stored hash is a
    /// cheaper one from before the cost was raised.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] at once if the queue is full; [`PasswordError::Stored`];
    /// [`PasswordError::Unavailable`].
    pub async fn verify(&self, stored: Option<&str>, given: SecretText) -> Result<Verdict, PasswordError> {
        let stored = stored.map(str::to_owned);
        self.run(move |hashing| hashing.verify(stored.as_deref(), &given)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hashing) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| PasswordError::Unavailable)?;
        let hashing = Arc::clone(&self.hashing);
        // The task owns the permits, so that they live as long as the task and not as long as this
        // future.
        let permits: [OwnedSemaphorePermit; 2] = [place, worker];
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&hashing);
            drop(permits);
            result
        });
        task.await.map_err(|_| PasswordError::Unavailable)?
    }
}

impl Hashing {
    fn hash(&self, password: &SecretText) -> Result<String, PasswordError> {
        hash_with(self.cost, normalized(password.expose()).as_bytes(), &*self.random)
    }

    /// Compares the normalized text, then the text as typed, because old hashes are of text that
    /// was not normalized. Whether there is a second comparison depends only on what was typed,
    /// never on what is stored.
    fn verify(&self, stored: Option<&str>, given: &SecretText) -> Result<Verdict, PasswordError> {
        let plain = normalized(given.expose());
        let first = self.compare(stored, plain.as_bytes())?;
        let (cost, is_old) = match first {
            (true, cost) => (cost, false),
            (false, _) if plain.as_str() == given.expose() => return Ok(Verdict::Wrong),
            (false, _) => match self.compare(stored, given.expose().as_bytes())? {
                (true, cost) => (cost, true),
                (false, _) => return Ok(Verdict::Wrong),
            },
        };
        let rehash = (is_old || cost.is_below(self.cost)).then(|| self.hash(given)).transpose()?;
        Ok(Verdict::Right { rehash })
    }

    /// Returns whether `given` matches, and the cost of the stored hash. Takes the same time
    /// whatever is stored.
    fn compare(&self, stored: Option<&str>, given: &[u8]) -> Result<(bool, PasswordCost), PasswordError> {
        let (hash, cost) = read_stored(stored.unwrap_or(&self.decoy))?;
        let equal = match argon2_with(cost)?.verify_password(given, &hash) {
            Ok(()) => stored.is_some(),
            Err(argon2::password_hash::Error::PasswordInvalid) => false,
            Err(_) => return Err(PasswordError::Unavailable),
        };
        if !equal {
            self.spend_the_difference(cost, given)?;
        }
        Ok((equal, cost))
    }

    /// Does the work that a cheaper hash saved, so that its age does not show in the response time.
    fn spend_the_difference(&self, spent: PasswordCost, given: &[u8]) -> Result<(), PasswordError> {
        match self.cost.beyond(spent) {
            Some(params) => hash_with_params(params, given, &*self.random).map(drop),
            None => Ok(()),
        }
    }
}

/// Normalizes a password to Unicode NFKC (NIST SP 800-63B-4, section 3.1.1.2), so that it is the
/// same whichever keyboard composed its letters. The copy is allocated once and zeroed when
/// dropped.
fn normalized(password: &str) -> Zeroizing<String> {
    // The longest expansion of a character is from 3 bytes to 33.
    let room = if password.is_ascii() { password.len() } else { password.len().saturating_mul(11) };
    let mut plain = Zeroizing::new(String::with_capacity(room));
    if is_nfkc_quick(password.chars()) == IsNormalized::Yes {
        plain.push_str(password);
    } else {
        plain.extend(password.nfkc());
    }
    plain
}

fn hash_with(cost: PasswordCost, password: &[u8], random: &dyn Randomness) -> Result<String, PasswordError> {
    hash_with_params(cost.params().ok_or(PasswordError::Unavailable)?, password, random)
}

fn hash_with_params(params: Params, password: &[u8], random: &dyn Randomness) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
    let hash = argon2(params).hash_password_with_salt(password, &salt).map_err(|_| PasswordError::Unavailable)?;
    Ok(hash.to_string())
}

fn argon2_with(cost: PasswordCost) -> Result<Argon2<'static>, PasswordError> {
    Ok(argon2(cost.params().ok_or(PasswordError::Stored)?))
}

/// Every hash computation begins here.
fn argon2(params: Params) -> Argon2<'static> {
    #[cfg(test)]
    tests::note_work(&params);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Parses a stored hash and its cost. A cost beyond the limits of [`PasswordCost`] could take all
/// memory, and is refused.
fn read_stored(stored: &str) -> Result<(PasswordHash, PasswordCost), PasswordError> {
    let hash = PasswordHash::new(stored).map_err(|_| PasswordError::Stored)?;
    let is_ours = hash.algorithm == argon2::ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && hash.salt.is_some()
        && hash.hash.is_some();
    let params = Params::try_from(&hash).ok().filter(|_| is_ours).ok_or(PasswordError::Stored)?;
    let cost = PasswordCost::stored(params.m_cost(), params.t_cost(), params.p_cost()).ok_or(PasswordError::Stored)?;
    Ok((hash, cost))
}

#[cfg(test)]
mod tests;
