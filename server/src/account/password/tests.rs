use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::account::password::*;

/// A guard against hanging, not a performance requirement.
const GUARD: Duration = Duration::from_secs(120);

/// Returns different bytes at each call, and counts the calls.
#[derive(Default)]
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(call.iter().rev().cycle()).for_each(|(byte, one)| *byte = *one);
    }
}

fn pool(cost: PasswordCost, workers: usize, queue: usize) -> Passwords {
    Passwords::new(cost, workers, queue, Arc::new(Counting::default())).unwrap()
}

fn usual() -> Passwords {
    pool(PasswordCost::LEAST, 2, 8)
}

fn text(plain: &str) -> SecretText {
    SecretText::new(plain.to_owned()).unwrap()
}

const RIGHT: Verdict = Verdict::Right { rehash: None };

#[tokio::test]
async fn a_password_is_right_and_another_is_wrong() {
    let passwords = usual();
    let stored = passwords.hash(&text("correct horse")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(passwords.verify(Some(&stored), text("correct horse")).await, Ok(RIGHT));
    assert_eq!(passwords.verify(Some(&stored), text("correct horsf")).await, Ok(Verdict::Wrong));
    assert_ne!(stored, passwords.hash(&text("correct horse")).await.unwrap(), "the salt is not used");
}

#[tokio::test]
async fn an_unknown_user_is_wrong_also_with_the_decoys_password() {
    let passwords = pool(PasswordCost::LEAST, 1, 1);
    assert_eq!(passwords.verify(None, text("correct horse")).await, Ok(Verdict::Wrong));
    let with_known_decoy = Hashing {
        cost: PasswordCost::LEAST,
        decoy: passwords.hash(&text("decoy")).await.unwrap(),
        random: Arc::new(Counting::default()),
    };
    assert_eq!(with_known_decoy.verify(None, &text("decoy")), Ok(Verdict::Wrong));
}

#[test]
fn the_decoy_costs_what_a_password_costs() {
    let cost = PasswordCost::new(20_000, 3, 1).unwrap();
    let passwords = pool(cost, 1, 0);
    assert_eq!(read_stored(&passwords.hashing.decoy).map(|(_, cost)| cost), Ok(cost));
}

#[tokio::test]
async fn a_raised_cost_rehashes_at_the_next_sign_in_and_only_once() {
    let stored = usual().hash(&text("correct horse")).await.unwrap();
    let raised = pool(PasswordCost::new(20_480, 3, 1).unwrap(), 1, 1);
    let Ok(Verdict::Right { rehash: Some(rehash) }) = raised.verify(Some(&stored), text("correct horse")).await else {
        panic!("no rehash");
    };
    assert!(rehash.starts_with("$argon2id$v=19$m=20480,t=3,p=1$"), "{rehash}");
    assert_eq!(raised.verify(Some(&rehash), text("correct horse")).await, Ok(RIGHT));
    assert_eq!(raised.verify(Some(&stored), text("wrong")).await, Ok(Verdict::Wrong));
    assert_eq!(usual().verify(Some(&rehash), text("correct horse")).await, Ok(RIGHT), "a lowered cost rehashes");
}

/// No password matches it.
#[tokio::test]
async fn a_stored_text_that_is_no_hash_is_an_error() {
    let passwords = usual();
    let stored = passwords.hash(&text("correct horse")).await.unwrap();
    let without_hash = stored.rsplit_once('$').unwrap().0.to_owned();
    let odd = [
        String::new(),
        "correct horse".to_owned(),
        without_hash,
        stored.replace("argon2id", "argon2d"),
        stored.replace("v=19", "v=16"),
        stored.replace("m=19456", "m=4194304"),
        stored.replace("t=2", "t=4000000"),
    ];
    for odd in odd {
        let result = passwords.verify(Some(&odd), text("correct horse")).await;
        assert_eq!(result, Err(PasswordError::Stored), "{odd}");
    }
}

/// Work that signals its start and ends when told to.
struct Held {
    begun: mpsc::Receiver<()>,
    end: mpsc::Sender<()>,
}

impl Held {
    fn new() -> (Self, impl FnOnce(&Hashing) -> Result<(), PasswordError> + Send + 'static) {
        let (begin, begun) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let work = move |_: &Hashing| {
            begin.send(()).map_err(|_| PasswordError::Unavailable)?;
            ended.recv().map_err(|_| PasswordError::Unavailable)
        };
        (Self { begun, end }, work)
    }

    fn wait_until_begun(&self) {
        self.begun.recv_timeout(GUARD).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_queue_the_answer_is_busy_at_once() {
    let passwords = Arc::new(pool(PasswordCost::LEAST, 1, 1));
    let (held, work) = Held::new();
    let first = tokio::spawn({
        let passwords = Arc::clone(&passwords);
        async move { passwords.run(work).await }
    });
    held.wait_until_begun();
    let second = tokio::spawn({
        let passwords = Arc::clone(&passwords);
        async move { passwords.verify(None, text("waits in the queue")).await }
    });
    while passwords.places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(passwords.verify(None, text("one too many")).await, Err(PasswordError::Busy));
    assert_eq!(passwords.hash(&text("one too many")).await, Err(PasswordError::Busy));
    held.end.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(second.await.unwrap(), Ok(Verdict::Wrong));
    assert_eq!((passwords.places.available_permits(), passwords.workers.available_permits()), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_request_makes_no_room_before_its_work_ends() {
    let passwords = Arc::new(pool(PasswordCost::LEAST, 1, 0));
    let (held, work) = Held::new();
    let request = tokio::spawn({
        let passwords = Arc::clone(&passwords);
        async move { passwords.run(work).await }
    });
    held.wait_until_begun();
    request.abort();
    assert!(request.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(passwords.verify(None, text("correct horse")).await, Err(PasswordError::Busy));
    held.end.send(()).unwrap();
    drop(passwords.workers.acquire().await.unwrap());
    while passwords.places.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(passwords.verify(None, text("correct horse")).await, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn a_request_that_goes_away_while_it_waits_frees_its_place() {
    let passwords = pool(PasswordCost::LEAST, 1, 1);
    let worker = passwords.workers.acquire().await.unwrap();
    let mut waiting = Box::pin(passwords.verify(None, text("waits")));
    assert!(futures_poll_once(&mut waiting).await);
    assert_eq!(passwords.places.available_permits(), 1);
    drop(waiting);
    assert_eq!(passwords.places.available_permits(), 2);
    drop(worker);
}

/// Polls once and returns whether the future is still pending.
async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|context| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending()))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_are_computed_at_a_time_than_there_are_workers() {
    let passwords = Arc::new(pool(PasswordCost::LEAST, 2, 30));
    let running = Arc::new(Running::default());
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (passwords, running) = (Arc::clone(&passwords), Arc::clone(&running));
            tokio::spawn(async move { passwords.run(move |_| count(&running)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(*running.now_and_most.lock().unwrap(), (0, 2));
}

/// The number of tasks running now, and the maximum so far.
#[derive(Default)]
struct Running {
    now_and_most: Mutex<(usize, usize)>,
    changed: Condvar,
}

/// Ends only once two have run at the same time, however slow the machine is.
fn count(running: &Running) -> Result<(), PasswordError> {
    let mut counts = running.now_and_most.lock().unwrap();
    counts.0 += 1;
    counts.1 = counts.1.max(counts.0);
    running.changed.notify_all();
    let (mut counts, waited) = running.changed.wait_timeout_while(counts, GUARD, |counts| counts.1 < 2).unwrap();
    counts.0 -= 1;
    if waited.timed_out() { Err(PasswordError::Unavailable) } else { Ok(()) }
}

#[tokio::test]
async fn a_worker_that_panics_gives_its_place_back() {
    let passwords = pool(PasswordCost::LEAST, 1, 0);
    let result: Result<(), _> = passwords.run(|_| panic!("on purpose")).await;
    assert_eq!(result, Err(PasswordError::Unavailable));
    assert_eq!(passwords.verify(None, text("correct horse")).await, Ok(Verdict::Wrong));
}

thread_local! {
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// Adds to the work of this thread. Argon2's time is proportional to memory × passes.
pub(crate) fn note_work(params: &Params) {
    WORK.set(WORK.get() + u64::from(params.m_cost()) * u64::from(params.t_cost()));
}

/// G15. The work is counted and not timed, because timing depends on what else the machine is
/// doing.
#[test]
fn an_unknown_user_and_a_wrong_password_cost_the_same_work() {
    let cost = PasswordCost::new(32_768, 3, 1).unwrap();
    let random = Counting::default();
    let known = hash_with(cost, b"correct horse", &random).unwrap();
    let older = hash_with(PasswordCost::LEAST, b"correct horse", &random).unwrap();
    let passwords = pool(cost, 1, 0);
    let work = [None, Some(known.as_str()), Some(older.as_str())].map(|stored| {
        WORK.set(0);
        assert_eq!(passwords.hashing.verify(stored, &text("wrong horse")), Ok(Verdict::Wrong));
        WORK.get()
    });
    let whole = u64::from(cost.memory_kib()) * u64::from(cost.passes());
    assert_eq!(work[..2], [whole, whole], "an unknown user and a wrong password");
    // The difference is made up in whole KiB of memory per pass.
    assert!(whole - work[2] <= u64::from(cost.passes()), "a wrong password with an older hash: {work:?}");
}

/// One password as two keyboards compose it, and in a compatibility form.
const COMPOSED: &str = "p\u{e2}t\u{e9} de campagne";
const DECOMPOSED: &str = "pa\u{302}te\u{301} de campagne";
const WIDE: &str = "\u{ff50}\u{e2}t\u{e9} de campagne";

#[tokio::test]
async fn a_password_counts_however_its_letters_are_composed() {
    let passwords = usual();
    for chosen in [COMPOSED, DECOMPOSED, WIDE] {
        let stored = passwords.hash(&text(chosen)).await.unwrap();
        for typed in [COMPOSED, DECOMPOSED, WIDE] {
            assert_eq!(passwords.verify(Some(&stored), text(typed)).await, Ok(RIGHT), "{chosen} {typed}");
        }
        assert_eq!(passwords.verify(Some(&stored), text("pate de campagne")).await, Ok(Verdict::Wrong));
    }
}

#[tokio::test]
async fn a_hash_from_before_normalizing_counts_and_is_made_anew() {
    let passwords = usual();
    let old = hash_with(PasswordCost::LEAST, DECOMPOSED.as_bytes(), &Counting::default()).unwrap();
    let Ok(Verdict::Right { rehash: Some(new) }) = passwords.verify(Some(&old), text(DECOMPOSED)).await else {
        panic!("the old hash counts, and a new one is made");
    };
    assert_eq!(passwords.verify(Some(&new), text(COMPOSED)).await, Ok(RIGHT));
    assert_eq!(passwords.verify(Some(&old), text(COMPOSED)).await, Ok(Verdict::Wrong), "that was never typed");
}
