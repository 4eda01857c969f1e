//! How often sign-in may be tried: per account and per address, in memory, bounded.
//!
//! Each account and each address has an allowance of tries that comes back one by one (a leaky bucket, kept as
//! one point in time: when it will be whole again). What a flood of names or addresses can do is limited so:
//!
//! - Accounts and addresses stand in two tables with room of their own: a flood of random names cannot push an
//!   address out, however many names one address tries.
//! - A full table forgets whoever would be forgotten soonest anyway, that is, who has tried least. A flood of
//!   names tried once pushes out its own names, and never an account that is being guessed at.
//! - A try counts for an account only where the address may still try, so one address alone cannot use up more
//!   of an account's allowance than its own.
//! - A success gives the account its allowance back and never the address: somebody who signs in to an account
//!   of their own gains no more tries at the accounts of others.
//! - Unknown names count as accounts do, so a limit tells nobody which accounts exist.

pub(crate) mod table;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward::{Moment, Span};
use sha2::{Digest as _, Sha256};

use table::Table;

/// An IPv6 subscriber has at least a /64, so its addresses count as one.
const IPV6_SUBSCRIBER: u128 = !0 << 64;

/// Too many tries; answered 429 with `Retry-After`. Holds the seconds to wait, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-in attempts; try again in {0} seconds")]
pub struct RetryAfter(pub u64);

/// How many tries somebody has, and how fast they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Tries at once.
    pub tries: u32,
    /// In which time one of them comes back.
    pub one_back_every: Span,
}

impl Allowance {
    /// Ten tries at once, then one every 30 seconds.
    pub const ACCOUNT: Self = Self { tries: 10, one_back_every: Span::seconds(30) };

    /// Ten one-time codes at once, then one every 5 minutes: a day of guessing finds one in a thousand of them.
    pub const CODE: Self = Self { tries: 10, one_back_every: Span::minutes(5) };

    /// Thirty tries at once, for an office behind one address, then one every 10 seconds.
    pub const ADDRESS: Self = Self { tries: 30, one_back_every: Span::seconds(10) };
}

/// How many accounts and how many addresses are remembered by default; a few MiB when both are full.
pub const CAPACITY: usize = 20_000;

/// Counts tries to sign in.
pub struct SignInLimits {
    tables: Mutex<Tables>,
}

struct Tables {
    accounts: Table<[u8; 16]>,
    addresses: Table<IpAddr>,
}

impl SignInLimits {
    /// Limits that remember up to `capacity` accounts and as many addresses.
    #[must_use]
    pub fn new(account: Allowance, address: Allowance, capacity: usize) -> Self {
        let tables = Tables { accounts: Table::new(account, capacity), addresses: Table::new(address, capacity) };
        Self { tables: Mutex::new(tables) }
    }

    /// Counts one try at `account` from `address`, before its password is looked at.
    ///
    /// `account` is the name as the store compares it (same case, same form), whether it exists or not.
    /// `now` may go back: nobody waits longer for that than for a whole allowance.
    ///
    /// # Errors
    /// How long to wait where one of the two allowances is used up; such a try is not counted.
    pub fn check_and_count(&self, account: &str, address: IpAddr, now: Moment) -> Result<(), RetryAfter> {
        let (account, address) = (account_key(account), subscriber(address));
        let tables = &mut *self.tables();
        let wait = tables.addresses.wait(&address, now).max(tables.accounts.wait(&account, now));
        if wait > Span(0) {
            return Err(RetryAfter(wait.0.unsigned_abs().div_ceil(1000)));
        }
        tables.addresses.count(address, now);
        tables.accounts.count(account, now);
        Ok(())
    }

    /// Counts one try from `address` at nobody's account.
    ///
    /// # Errors
    /// How long to wait where its allowance is used up; such a try is not counted.
    pub fn check_and_count_address(&self, address: IpAddr, now: Moment) -> Result<(), RetryAfter> {
        let address = subscriber(address);
        let tables = &mut *self.tables();
        let wait = tables.addresses.wait(&address, now);
        if wait > Span(0) {
            return Err(RetryAfter(wait.0.unsigned_abs().div_ceil(1000)));
        }
        tables.addresses.count(address, now);
        Ok(())
    }

    /// Forgets the tries at `account`, whose password was right just now.
    pub fn succeeded(&self, account: &str) {
        self.tables().accounts.forget(&account_key(account));
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere leaves at worst one try uncounted; nobody shall be locked out for that.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self::new(Allowance::ACCOUNT, Allowance::ADDRESS, CAPACITY)
    }
}

/// A digest in place of the name: names of any length take the same room.
fn account_key(account: &str) -> [u8; 16] {
    let digest = Sha256::digest(account.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_SUBSCRIBER)),
        short => short,
    }
}

#[cfg(test)]
mod tests;
