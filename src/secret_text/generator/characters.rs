//! Characters from chosen alphabets, with at least one of each.

use crate::Randomness;
use std::fmt;
use zeroize::Zeroizing;

/// Characters that are easily taken for each other.
pub const LOOK_ALIKES: &str = "0Oo1Il|5S2Z8B";

/// How often all characters are drawn anew until each alphabet has one. The least likely settings
/// succeed at one of 200 tries, so this many fail only if the random source is broken.
const TRIES: usize = 20_000;
/// How often a byte is drawn anew. At least every second byte is taken.
const BYTES: usize = 256;

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `a` to `z`.
    Lower,
    /// `A` to `Z`.
    Upper,
    /// `0` to `9`.
    Digits,
    /// The printable ASCII characters that are neither letters, digits nor blanks.
    Symbols,
}

impl Alphabet {
    /// Every alphabet.
    pub const ALL: [Self; 4] = [Self::Lower, Self::Upper, Self::Digits, Self::Symbols];

    /// Returns its characters.
    #[must_use]
    pub const fn characters(self) -> &'static str {
        match self {
            Self::Lower => "abcdefghijklmnopqrstuvwxyz",
            Self::Upper => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Self::Digits => "0123456789",
            Self::Symbols => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Lower => 'l',
            Self::Upper => 'u',
            Self::Digits => 'd',
            Self::Symbols => 's',
        }
    }
}

/// A length, alphabets, and the characters that are left out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characters {
    length: usize,
    alphabets: Vec<Alphabet>,
    without: String,
}

/// Why characters cannot be drawn like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCharacters {
    /// The length is out of its limits.
    #[error("a generated value has 8 to 256 characters")]
    Length,
    /// No alphabet is chosen.
    #[error("choose at least one alphabet")]
    NoAlphabet,
    /// Something that is left out is not a printable ASCII character.
    #[error("only letters, digits and symbols of ASCII can be left out, each once")]
    Without,
    /// Everything of an alphabet is left out.
    #[error("nothing is left of one of the alphabets")]
    NothingLeft,
}

impl Characters {
    /// The lengths that are possible.
    pub const LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

    /// Checks the settings. Alphabets are sorted, and count once.
    ///
    /// Returns an error if no such value can be drawn.
    pub fn new(length: usize, alphabets: &[Alphabet], without: &str) -> Result<Self, BadCharacters> {
        if !Self::LENGTHS.contains(&length) {
            return Err(BadCharacters::Length);
        }
        let alphabets: Vec<Alphabet> =
            Alphabet::ALL.into_iter().filter(|alphabet| alphabets.contains(alphabet)).collect();
        if alphabets.is_empty() {
            return Err(BadCharacters::NoAlphabet);
        }
        let is_repeated = |(at, letter): (usize, char)| without[..at].contains(letter);
        if !without.chars().all(|letter| letter.is_ascii_graphic()) || without.char_indices().any(is_repeated) {
            return Err(BadCharacters::Without);
        }
        let characters = Self { length, alphabets, without: without.to_owned() };
        let is_empty = characters.sizes().any(|size| size == 0);
        if is_empty { Err(BadCharacters::NothingLeft) } else { Ok(characters) }
    }

    /// Parses what [`Display`](fmt::Display) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (length, letters, without) = (parts.next()?, parts.next()?, parts.next()?);
        let find = |letter| Alphabet::ALL.into_iter().find(|alphabet| alphabet.letter() == letter);
        let alphabets: Vec<Alphabet> = letters.chars().map(find).collect::<Option<_>>()?;
        Self::new(length.parse().ok()?, &alphabets, without).ok()
    }

    /// Returns the length.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Returns whether characters of an alphabet are drawn.
    #[must_use]
    pub fn has(&self, alphabet: Alphabet) -> bool {
        self.alphabets.contains(&alphabet)
    }

    /// Returns the characters that are left out.
    #[must_use]
    pub fn without(&self) -> &str {
        &self.without
    }

    fn left_of(&self, alphabet: Alphabet) -> impl Iterator<Item = u8> {
        alphabet.characters().bytes().filter(|byte| !self.without.as_bytes().contains(byte))
    }

    fn sizes(&self) -> impl Iterator<Item = usize> {
        self.alphabets.iter().map(|alphabet| self.left_of(*alphabet).count())
    }

    /// Returns the binary logarithm of the number of texts with at least one character of each
    /// alphabet, counted by inclusion and exclusion.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let sizes: Vec<usize> = self.sizes().collect();
        let (all, length) = (as_number(sizes.iter().sum()), as_number(self.length));
        let share = |left_out: usize| {
            let without: usize =
                sizes.iter().enumerate().filter(|(at, _)| left_out >> at & 1 == 1).map(|(_, size)| size).sum();
            let sign = if left_out.count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
            sign * ((all - as_number(without)) / all).powf(length)
        };
        let share: f64 = (0..1_usize << sizes.len()).map(share).sum();
        length * all.log2() + share.log2()
    }

    /// Draws a text: each with at least one character of each alphabet is equally likely. A text
    /// that lacks one is drawn anew as a whole. To put one in would make some texts likelier.
    pub(super) fn draw(&self, random: &dyn Randomness) -> Option<String> {
        let left: Vec<u8> = self.alphabets.iter().flat_map(|alphabet| self.left_of(*alphabet)).collect();
        for _ in 0..TRIES {
            let mut drawn = Zeroizing::new(String::with_capacity(self.length));
            for _ in 0..self.length {
                drawn.push(char::from(left[below(left.len(), random)?]));
            }
            let has = |alphabet: &Alphabet| drawn.bytes().any(|byte| alphabet.characters().as_bytes().contains(&byte));
            if self.alphabets.iter().all(has) {
                return Some(std::mem::take(&mut drawn));
            }
        }
        None
    }
}

impl fmt::Display for Characters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters: String = self.alphabets.iter().map(|alphabet| alphabet.letter()).collect();
        write!(out, "{}:{letters}:{}", self.length, self.without)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no number here is larger than 256")]
fn as_number(number: usize) -> f64 {
    number as f64
}

/// Draws a number below `end`, which is at most 256. A byte above the last multiple of `end` is
/// drawn anew, because the rest of a division would make small numbers likelier.
fn below(end: usize, random: &dyn Randomness) -> Option<usize> {
    let limit = 256 - 256 % end;
    for _ in 0..BYTES {
        let mut byte = Zeroizing::new([0]);
        random.fill(&mut *byte);
        let drawn = usize::from(byte[0]);
        if drawn < limit {
            return Some(drawn % end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::Chance;
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    struct Same(u8);

    impl Randomness for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn some_alphabets() -> impl Strategy<Value = Vec<Alphabet>> {
        proptest::sample::subsequence(Alphabet::ALL.to_vec(), 1..=4)
    }

    proptest! {
        #[test]
        fn a_drawn_text_keeps_its_policy(
            seed: u64, length in 8_usize..=256, alphabets in some_alphabets(),
            without in proptest::sample::subsequence(('!'..='~').collect::<Vec<char>>(), 0..30),
        ) {
            let without: String = without.into_iter().collect();
            let Ok(characters) = Characters::new(length, &alphabets, &without) else { return Ok(()) };
            let text = characters.draw(&Chance::of(seed)).expect("a text");
            prop_assert_eq!(text.len(), length);
            for alphabet in Alphabet::ALL {
                let has = text.chars().any(|letter| alphabet.characters().contains(letter));
                prop_assert_eq!(has, alphabets.contains(&alphabet));
            }
            prop_assert!(!text.chars().any(|letter| without.contains(letter)));
            prop_assert!(characters.entropy() > 0.0);
            prop_assert_eq!(Characters::parse(&characters.to_string()), Some(characters));
        }

        /// Every number is drawn by equally many bytes.
        #[test]
        fn a_number_below_an_end_has_no_bias(end in 1_usize..=256) {
            let mut counts = vec![0; end];
            for byte in 0..=255 {
                // A byte that is rejected is drawn anew, so this source never gives a number.
                if let Some(number) = below(end, &Same(byte)) {
                    counts[number] += 1;
                }
            }
            prop_assert!(counts.iter().all(|count| *count == 256 / end), "{:?}", counts);
        }
    }

    /// Each text that fits is drawn about equally often, also those with one digit alone.
    #[test]
    fn every_text_is_equally_likely() {
        let letters: String = ('b'..='z').collect();
        let characters = Characters::new(8, &[Alphabet::Lower, Alphabet::Digits], &format!("{letters}123456789"));
        let characters = characters.expect("two characters are left");
        // All texts of two characters, except for the two of one character alone.
        assert!((characters.entropy() - 254_f64.log2()).abs() < 1e-9);
        let (chance, mut counts) = (Chance::of(7), HashMap::new());
        for _ in 0..25_400 {
            *counts.entry(characters.draw(&chance).expect("a text")).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 254);
        // Six standard deviations around a hundred.
        assert!(counts.values().all(|count| (40..=160).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_entropy_is_the_number_of_texts() {
        let plain = Characters::new(16, &[Alphabet::Lower], "").expect("settings");
        assert!((plain.entropy() - 16.0 * 26_f64.log2()).abs() < 1e-9);
        let all = Characters::new(24, &Alphabet::ALL, LOOK_ALIKES).expect("settings");
        assert!(all.entropy() < 24.0 * 81_f64.log2() && all.entropy() > 150.0, "{}", all.entropy());
    }

    #[test]
    fn a_broken_random_source_draws_nothing() {
        let characters = Characters::new(8, &[Alphabet::Lower, Alphabet::Upper], "").expect("settings");
        assert_eq!(characters.draw(&Same(0)), None);
        assert_eq!(characters.draw(&Same(255)), None);
    }

    #[test]
    fn settings_that_cannot_be_met_are_refused() {
        let all = &Alphabet::ALL;
        assert_eq!(Characters::new(7, all, ""), Err(BadCharacters::Length));
        assert_eq!(Characters::new(257, all, ""), Err(BadCharacters::Length));
        assert_eq!(Characters::new(8, &[], ""), Err(BadCharacters::NoAlphabet));
        assert_eq!(Characters::new(8, all, "é"), Err(BadCharacters::Without));
        assert_eq!(Characters::new(8, all, "aba"), Err(BadCharacters::Without));
        assert_eq!(Characters::new(8, all, "0123456789"), Err(BadCharacters::NothingLeft));
    }
}
