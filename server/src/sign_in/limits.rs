//! How often a password, a code or a challenge may be tried: counted in memory, in tables of bounded size.
//!
//! Each key has an allowance of tries that come back one by one (a leaky bucket, stored as the moment at which it is
//! full again). Who tries decides which keys count:
//!
//! - A *stranger*, that is, a browser without a mark of an earlier sign-in: the client network, the account from that
//!   network, and the account from everywhere, which has a wider allowance. One network alone locks nobody else out.
//! - A *known browser* (see [`super::known_browsers`]): the browser, and all known browsers of the account together.
//!   Strangers use up none of that, so a flood against an account never keeps its owner out.
//! - A *session* that confirms who it is: the session alone.
//!
//! Bounds and their reasons:
//!
//! - Each kind of key has a table of its own, so a flood of random names cannot push a network out.
//! - A full table forgets the key that would be full again soonest: those that have tried least. A flood of names that are
//!   tried once pushes out its own names, and never an account that is being guessed at.
//! - A try counts only if every one of its keys still has one, so a refused try uses nothing up.
//! - A success gives the account its tries back and the network none: signing in to an own account gains nobody more
//!   tries at the accounts of others.
//! - Unknown names count as accounts do, so a limit tells nobody which accounts exist.
//!
//! Every process counts for itself.

pub(crate) mod table;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::{SessionId, TimeSpan, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::sign_in::known_browsers::KnownBrowser;
use table::Table;

/// An IPv6 subscriber has at least a /64, so its addresses count as one.
const IPV6_SUBSCRIBER: u128 = !0 << 64;

/// Too many tries; answered 429 with `Retry-After`. Holds the seconds to wait, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-in attempts; try again in {0} seconds")]
pub struct RetryAfter(pub u64);

/// How many tries a key has, and how fast they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Tries at once.
    pub tries: u32,
    /// In which time one of them comes back.
    pub one_back_every: TimeSpan,
}

impl Allowance {
    /// Ten passwords at once, then one every 30 seconds.
    pub const PASSWORD: Self = Self { tries: 10, one_back_every: TimeSpan::seconds(30) };

    /// Ten one-time codes at once, then one every 5 minutes: a day of guessing finds one in a thousand of them.
    pub const CODE: Self = Self { tries: 10, one_back_every: TimeSpan::minutes(5) };

    /// Thirty tries at once, for an office behind one address, then one every 10 seconds.
    pub const ADDRESS: Self = Self { tries: 30, one_back_every: TimeSpan::seconds(10) };
}

/// The allowances of one kind of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// Of an account from one network, of a known browser, and of a session.
    pub each: Allowance,
    /// Of an account from all networks together, and of all its known browsers together.
    pub account: Allowance,
    /// Of a network, at all accounts together.
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

/// Who tries.
#[derive(Clone, Copy)]
pub enum Trying<'a> {
    /// A browser that is not known to have signed in to this account before. The account is the name as the store
    /// compares it, whether it exists or not.
    Stranger(&'a str, IpAddr),
    /// A browser that has signed in to an account before.
    Known(KnownBrowser),
    /// A session that confirms who it is.
    Session(SessionId),
    /// A stranger who has named no account yet.
    Network(IpAddr),
}

/// How many keys each table remembers by default; all tables together take a few MiB when they are full.
pub const CAPACITY: usize = 20_000;

/// Counts tries of one kind of proof.
pub struct SignInLimits {
    tables: Mutex<Tables>,
}

/// A digest in place of the key itself: names of any length take the same room.
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
    /// Limits whose tables remember up to `capacity` keys each.
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

    /// Counts one try, before what was shown is looked at.
    ///
    /// `now` may go back: nobody waits longer for that than for a whole allowance.
    ///
    /// # Errors
    /// How long to wait if one of the allowances is used up; such a try is not counted.
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

    /// Gives back what was counted for a try that succeeded just now, and the earlier tries of the same browser, network
    /// or session at this account. Tries at the account from other networks stay counted.
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
        // A panic elsewhere leaves at worst one try uncounted; nobody shall be locked out for that.
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
