//! Whether an unknown name can be told from a wrong password by the time that each takes. The tests count work instead.

use super::numbers::{self, Sorted, millis, ratio};
use doorward::{Randomness, SecretText};
use server::account::password::{PasswordCost, Passwords, Verdict};
use server::clock::{SystemRandomness, since_start};
use std::sync::Arc;
use std::time::Duration;

const TRIES: usize = 51;

/// Times both by turns, so that whatever else the machine does falls on both.
pub async fn measure() {
    let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let passwords = Passwords::new(PasswordCost::LEAST, 1, 1, random).expect("a decoy is hashed");
    let stored = passwords.hash(&text("the right password")).await.expect("a hash");
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        unknown.push(time_of(&passwords, None).await);
        wrong.push(time_of(&passwords, Some(&stored)).await);
    }
    let (unknown, wrong) = (Sorted::new(unknown), Sorted::new(wrong));
    let ratio = ratio(unknown.median(), wrong.median());
    numbers::print(
        &["sign-in", "tries", "median", "longest", "ratio"],
        &[row("unknown name", &unknown, ratio), row("wrong password", &wrong, "1.00".to_owned())],
    );
}

async fn time_of(passwords: &Passwords, stored: Option<&str>) -> Duration {
    let began = since_start();
    let verdict = passwords.verify(stored, text("not the password")).await;
    let took = since_start().saturating_sub(began);
    assert_eq!(verdict, Ok(Verdict::Wrong));
    took
}

fn row(name: &str, times: &Sorted, ratio: String) -> Vec<String> {
    vec![name.to_owned(), times.len().to_string(), millis(times.median()), millis(times.longest()), ratio]
}

fn text(plain: &str) -> SecretText {
    SecretText::new(plain.to_owned()).expect("a text")
}
