//! Limits on tries at passwords, codes and challenges, counted in memory in tables of bounded size.
//!
//! Each key has an allowance of tries, which refill one by one (a leaky bucket, stored as the time
//! at which it is full again). Which keys count depends on who tries:
//!
//! - A *stranger*, a browser without a mark of an earlier sign-in: the client network, the account
//!   from that network, and the account from everywhere, which has a larger allowance. A single
//!   network cannot lock anybody else out.
//! - A *known browser* (see [`super::known_browsers`]): the browser, and all known browsers of the
//!   account together. Strangers do not use up these allowances, so a flood against an account
//!   never locks out its owner.
//! - A *session* that confirms its user: the session only.
//!
//! Bounds and their reasons:
//!
//! - Each kind of key has a separate table, so a flood of random names cannot push out networks.
//! - A full table forgets the key that would be full again soonest, which has tried least. A flood
//!   of names that are tried once pushes out its own names, never an account that is being guessed
//!   at.
//! - A try counts only if all of its keys have one left, so a refused try uses nothing up.
//! - A success gives tries back to the account, but not to the network. Otherwise signing in to
//!   one's own account would buy more tries at the accounts of others.
//! - Unknown names are counted like accounts, so a limit does not reveal which accounts exist.
//!
//! Each process counts separately.

pub(crate) mod table;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::{SessionId, TimeSpan, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::sign_in::known_browsers::KnownBrowser;
use table::Table;

/// An IPv6 subscriber gets at least a /64, so the addresses in it count as one.
const IPV6_SUBSCRIBER: u128 = !0 << 64;

/// Too many tries; answered with 429 and `Retry-After`. Holds the number of seconds to wait, at
/// least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-in attempts; try again in {0} seconds")]
pub struct RetryAfter(pub u64);

/// The size of an allowance and how fast it refills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The number of tries in a full allowance.
    pub tries: u32,
    /// The time in which one try refills.
    pub one_back_every: TimeSpan,
}

impl Allowance {
    /// Ten passwords at once, then one every 30 seconds.
    pub const PASSWORD: Self = Self { tries: 10, one_back_every: TimeSpan::seconds(30) };

    /// Ten one-time codes at once, then one every 5 minutes: a day of guessing finds a code with a
    /// probability of one in a thousand.
    pub const CODE: Self = Self { tries: 10, one_back_every: TimeSpan::minutes(5) };

    /// Thirty tries at once, enough for an office behind one address, then one every 10 seconds.
    pub const ADDRESS: Self = Self { tries: 30, one_back_every: TimeSpan::seconds(10) };
}

/// The allowances for one kind of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// For an account from one network, a known browser, or a session.
    pub each: Allowance,
    /// For an account from all networks together, and for all its known browsers together.
    pub account: Allowance,
    /// For a network, across all accounts.
    pub network: Allowance,
}

impl Allowances {
    /// For passwords and challenges.
    pub const PASSWORDS: Self = Self {
        each: Allowance::PASSWORD,
        account: Allowance { tries: 60, ..Allowance::PASSWORD },
        network: Allowance::ADDRESS,
    };

    /// For one-time codes and recovery codes.
    pub const CODES: Self = Self {
        each: Allowance::CODE,
        account: Allowance { tries: 20, ..Allowance::CODE },
        network: Allowance::ADDRESS,
    };
}

impl Allowances {
    /// For exchanges of client secrets. Nobody guesses 256 bits, so these bound the work alone: a
    /// network may have many machines, and each of them begins a session every few minutes.
    pub const EXCHANGES: Self = Self {
        each: Allowance { tries: 30, one_back_every: TimeSpan::seconds(2) },
        account: Allowance { tries: 120, one_back_every: TimeSpan(500) },
        network: Allowance { tries: 300, one_back_every: TimeSpan(200) },
    };
}

/// Who tries.
#[derive(Clone, Copy)]
pub enum Trying<'a> {
    /// A browser without a mark of this account. The account is the normalized name, whether it
    /// exists or not.
    Stranger(&'a str, IpAddr),
    /// A browser that has signed in to an account before.
    Known(KnownBrowser),
    /// A session that confirms its user.
    Session(SessionId),
    /// A stranger who has not named an account yet.
    Network(IpAddr),
}

/// The default number of keys in each table. All tables together take a few MiB when full.
pub const CAPACITY: usize = 20_000;

/// Counts tries at one kind of proof.
pub struct SignInLimits {
    tables: Mutex<Tables>,
}

/// A digest instead of the key itself, so that every key takes the same space.
type Key = [u8; 16];

struct Tables {
    networks: Table<IpAddr>,
    from_networks: Table<Key>,
    accounts: Table<Key>,
    browsers: Table<Key>,
    known_accounts: Table<Key>,
    sessions: Table<Key>,
}

impl SignInLimits {
    /// Creates limits whose tables hold up to `capacity` keys each.
    #[must_use]
    pub fn new(allowances: Allowances, capacity: usize) -> Self {
        let Allowances { each, account, network } = allowances;
        let tables = Tables {
            networks: Table::new(network, capacity),
            from_networks: Table::new(each, capacity),
            accounts: Table::new(account, capacity),
            browsers: Table::new(each, capacity),
            known_accounts: Table::new(account, capacity),
            sessions: Table::new(each, capacity),
        };
        Self { tables: Mutex::new(tables) }
    }

    /// Counts one try, before the proof is checked.
    ///
    /// If `now` goes back, nobody waits longer than for a full allowance.
    ///
    /// # Errors
    /// The time to wait if an allowance is used up. Such a try is not counted.
    pub fn check_and_count(&self, who: Trying<'_>, now: Timestamp) -> Result<(), RetryAfter> {
        let tables = &mut *self.tables();
        match who {
            Trying::Stranger(account, address) => {
                let (network, name) = (subscriber(address), key(b"account", account.as_bytes()));
                let pair = from_network(account, network);
                let wait = tables.networks.wait(&network, now).max(tables.from_networks.wait(&pair, now));
                refuse_while(wait.max(tables.accounts.wait(&name, now)))?;
                tables.networks.count(network, now);
                tables.from_networks.count(pair, now);
                tables.accounts.count(name, now);
            }
            Trying::Known(KnownBrowser { id: one, account: all }) => {
                refuse_while(tables.browsers.wait(&one, now).max(tables.known_accounts.wait(&all, now)))?;
                tables.browsers.count(one, now);
                tables.known_accounts.count(all, now);
            }
            Trying::Session(session) => {
                let session = key(b"session", session.as_str().as_bytes());
                refuse_while(tables.sessions.wait(&session, now))?;
                tables.sessions.count(session, now);
            }
            Trying::Network(address) => {
                let network = subscriber(address);
                refuse_while(tables.networks.wait(&network, now))?;
                tables.networks.count(network, now);
            }
        }
        Ok(())
    }

    /// Gives back the try that just succeeded, and earlier tries of the same browser, network or
    /// session at this account. Tries at the account from other networks stay counted.
    pub fn succeeded(&self, who: Trying<'_>, now: Timestamp) {
        let tables = &mut *self.tables();
        match who {
            Trying::Stranger(account, address) => {
                tables.from_networks.forget(&from_network(account, subscriber(address)));
                tables.accounts.give_one_back(&key(b"account", account.as_bytes()), now);
            }
            Trying::Known(browser) => {
                tables.browsers.forget(&browser.id);
                tables.known_accounts.give_one_back(&browser.account, now);
            }
            Trying::Session(session) => tables.sessions.forget(&key(b"session", session.as_str().as_bytes())),
            Trying::Network(_) => {}
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere leaves at most one try uncounted, which must not lock anybody out.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse_while(wait: TimeSpan) -> Result<(), RetryAfter> {
    if wait > TimeSpan(0) { Err(RetryAfter(wait.0.unsigned_abs().div_ceil(1000))) } else { Ok(()) }
}

fn key(kind: &[u8], text: &[u8]) -> Key {
    let digest = Sha256::new_with_prefix(kind).chain_update([0]).chain_update(text).finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

fn from_network(account: &str, network: IpAddr) -> Key {
    key(b"from network", format!("{network} {account}").as_bytes())
}

fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_SUBSCRIBER)),
        short => short,
    }
}

#[cfg(test)]
mod tests;
