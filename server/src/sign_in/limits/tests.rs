use std::net::Ipv4Addr;

use crate::sign_in::limits::*;

const START: Timestamp = Timestamp(1_800_000_000_000);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn of(tries: u32) -> Allowance {
    Allowance { tries, one_back_every: TimeSpan::seconds(10) }
}

/// `each` applies to an account from one network; an account from everywhere has three times as
/// many.
fn limits(each: u32, network: u32, capacity: usize) -> SignInLimits {
    SignInLimits::new(Allowances { each: of(each), account: of(3 * each), network: of(network) }, capacity)
}

impl SignInLimits {
    fn try_at(&self, account: &str, address: IpAddr, now: Timestamp) -> Result<(), RetryAfter> {
        self.check_and_count(Trying::Stranger(account, address), now)
    }

    fn signed_in(&self, account: &str, address: IpAddr, now: Timestamp) {
        self.succeeded(Trying::Stranger(account, address), now);
    }
}

fn tries_of(limits: &SignInLimits, who: Trying<'_>) -> usize {
    (0..1000).take_while(|_| limits.check_and_count(who, START).is_ok()).count()
}

fn numbered(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number))
}

fn after(seconds: i64) -> Timestamp {
    START.plus(TimeSpan::seconds(seconds))
}

fn tries(limits: &SignInLimits, account: &str, address: IpAddr, now: Timestamp) -> usize {
    (0..1000).take_while(|_| limits.try_at(account, address, now).is_ok()).count()
}

#[test]
fn one_network_locks_an_account_for_itself_alone() {
    let limits = limits(3, 100, 100);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    assert_eq!(limits.try_at("ada", HOME, START), Err(RetryAfter(10)));
    assert_eq!(tries(&limits, "ada", numbered(1), START), 3, "another network has its own tries");
}

#[test]
fn an_account_has_a_wider_allowance_from_everywhere() {
    let limits = limits(3, 100, 100);
    for number in 0..9 {
        assert_eq!(limits.try_at("ada", numbered(number), START), Ok(()));
    }
    assert_eq!(limits.try_at("ada", numbered(99), START), Err(RetryAfter(10)));
    assert_eq!(limits.try_at("bob", numbered(99), START), Ok(()));
}

#[test]
fn a_flood_of_strangers_leaves_known_browsers_their_tries() {
    let limits = limits(3, 100, 100);
    for number in 0..100 {
        let _ = limits.try_at("ada", numbered(number), START);
    }
    assert!(limits.try_at("ada", numbered(999), START).is_err());
    let known = |id| Trying::Known(KnownBrowser { id: [id; 16], account: [7; 16] });
    assert_eq!(tries_of(&limits, known(1)), 3);
    assert_eq!(tries_of(&limits, known(2)), 3, "each has its own");
    limits.succeeded(known(1), START);
    assert_eq!(tries_of(&limits, known(1)), 3);
}

#[test]
fn collected_marks_of_an_account_have_one_allowance_together() {
    let limits = limits(3, 100, 100);
    let marks = (0..100).map(|number| Trying::Known(KnownBrowser { id: [number; 16], account: [7; 16] }));
    assert_eq!(marks.map(|mark| tries_of(&limits, mark)).sum::<usize>(), 9);
}

#[test]
fn a_session_has_tries_that_no_flood_uses_up() {
    let limits = limits(3, 1, 100);
    let session = |text: &str| Trying::Session(SessionId::parse(text).unwrap());
    for number in 0..100 {
        let _ = limits.try_at("ada", numbered(number), START);
    }
    assert_eq!(tries_of(&limits, session("01hzzzzzzzzzzzzzzzzzzzzzz1")), 3);
    assert_eq!(tries_of(&limits, session("01hzzzzzzzzzzzzzzzzzzzzzz2")), 3);
}

#[test]
fn an_address_has_its_tries_at_all_accounts_together() {
    let limits = limits(100, 3, 100);
    for account in ["a", "b", "c"] {
        assert_eq!(limits.try_at(account, HOME, START), Ok(()));
    }
    assert_eq!(limits.try_at("d", HOME, START), Err(RetryAfter(10)));
    assert_eq!(limits.try_at("d", numbered(1), START), Ok(()));
}

#[test]
fn tries_come_back_one_by_one_and_the_wait_is_exact() {
    let limits = limits(3, 100, 100);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    assert_eq!(limits.try_at("ada", HOME, START.plus(TimeSpan(9_001))), Err(RetryAfter(1)));
    assert_eq!(limits.try_at("ada", HOME, START.plus(TimeSpan(8_999))), Err(RetryAfter(2)));
    assert_eq!(tries(&limits, "ada", HOME, after(10)), 1);
    assert_eq!(tries(&limits, "ada", HOME, after(30)), 2);
    assert_eq!(tries(&limits, "ada", HOME, after(1000)), 3);
}

#[test]
fn a_refused_try_is_not_counted_anywhere() {
    let limits = limits(3, 5, 100);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    (0..50).for_each(|_| assert!(limits.try_at("ada", HOME, START).is_err()));
    assert_eq!(tries(&limits, "bob", HOME, START), 2, "the address was charged for refused tries");
    assert_eq!(tries(&limits, "cleo", HOME, START), 0);
    assert_eq!(tries(&limits, "cleo", numbered(1), START), 3, "the account was charged for refused tries");
}

#[test]
fn a_success_resets_the_account_and_not_the_address() {
    let limits = limits(3, 5, 100);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    limits.signed_in("ada", HOME, START);
    assert_eq!(tries(&limits, "ada", HOME, START), 2);
    limits.signed_in("ada", HOME, START);
    assert_eq!(tries(&limits, "ada", HOME, START), 0);
    assert_eq!(tries(&limits, "ada", numbered(1), START), 3);
}

#[test]
fn a_success_gives_guessers_elsewhere_nothing_back() {
    let limits = limits(3, 100, 100);
    for number in 0..8 {
        assert!(limits.try_at("ada", numbered(number), START).is_ok());
    }
    for _ in 0..5 {
        assert!(limits.try_at("ada", HOME, START).is_ok());
        limits.signed_in("ada", HOME, START);
    }
    assert!(limits.try_at("ada", numbered(50), START).is_ok());
    assert!(limits.try_at("ada", numbered(51), START).is_err());
}

#[test]
fn an_ipv6_subscriber_counts_as_one_address() {
    let limits = limits(100, 2, 100);
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    assert!(limits.try_at("a", address("2001:db8:1:2::1"), START).is_ok());
    assert!(limits.try_at("b", address("2001:db8:1:2:ffff::9"), START).is_ok());
    assert!(limits.try_at("c", address("2001:db8:1:2:1:2:3:4"), START).is_err());
    assert!(limits.try_at("c", address("2001:db8:1:3::1"), START).is_ok());
}

#[test]
fn an_ipv4_address_is_the_same_in_both_its_forms() {
    let limits = limits(100, 1, 100);
    assert!(limits.try_at("a", HOME, START).is_ok());
    assert!(limits.try_at("b", "::ffff:192.0.2.1".parse().unwrap(), START).is_err());
    assert!(limits.try_at("b", "::ffff:192.0.2.2".parse().unwrap(), START).is_ok());
}

#[test]
fn a_flood_of_random_names_resets_no_addresss_limit() {
    let limits = limits(3, 5, 50);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    assert_eq!(tries(&limits, "bob", HOME, START), 2);
    for number in 0..5_000 {
        assert!(limits.try_at(&format!("random-{number}"), HOME, START).is_err());
    }
    assert!(limits.try_at("cleo", HOME, START).is_err());
}

/// The names come from many addresses.
#[test]
fn a_flood_of_names_resets_no_guessed_account() {
    let limits = limits(3, 5, 50);
    for network in 0..3 {
        assert_eq!(tries(&limits, "ada", numbered(10_000 + network), START), 3);
    }
    for number in 0..5_000 {
        assert!(limits.try_at(&format!("random-{number}"), numbered(number), START).is_ok());
    }
    assert!(limits.try_at("ada", numbered(9_999), START).is_err());
}

#[test]
fn a_flood_of_addresses_resets_no_address_that_has_tried_more() {
    let limits = limits(3, 5, 50);
    for account in ["a", "b", "c", "d", "e"] {
        assert!(limits.try_at(account, HOME, START).is_ok());
    }
    for number in 0..5_000 {
        assert!(limits.try_at("x", numbered(number), START).is_ok());
        limits.signed_in("x", numbered(number), START);
    }
    assert!(limits.try_at("f", HOME, START).is_err());
}

#[test]
fn memory_stays_bounded_and_is_given_back() {
    let limits = limits(3, 5, 50);
    for number in 0..5_000 {
        assert!(limits.try_at(&format!("random-{number}"), numbered(number), START).is_ok());
    }
    let sizes = |limits: &SignInLimits| {
        let tables = limits.tables();
        [tables.accounts.len(), tables.from_networks.len(), tables.networks.len(), tables.browsers.len()]
    };
    for number in 0..5_000_u32 {
        let mut mark = [0; 16];
        mark[..4].copy_from_slice(&number.to_be_bytes());
        let known = Trying::Known(KnownBrowser { id: mark, account: mark });
        assert_eq!(limits.check_and_count(known, START), Ok(()));
    }
    assert_eq!(sizes(&limits), [50; 4]);
    assert!(limits.try_at("ada", HOME, after(60)).is_ok());
    assert_eq!(sizes(&limits), [1, 1, 1, 50]);
}

#[test]
fn a_clock_that_goes_back_locks_nobody_out_for_long() {
    let limits = limits(3, 100, 100);
    assert_eq!(tries(&limits, "ada", HOME, START), 3);
    assert_eq!(limits.try_at("ada", HOME, after(-86_400)), Err(RetryAfter(10)));
    assert_eq!(tries(&limits, "ada", HOME, Timestamp(i64::MIN)), 0);
    assert_eq!(tries(&limits, "ada", HOME, after(86_400)), 3);
}

#[test]
fn tries_at_once_are_counted_exactly() {
    let limits = limits(40, 1000, 100);
    let allowed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| tries(&limits, "ada", HOME, START))).collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(allowed, 40);
}
