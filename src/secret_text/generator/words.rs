//! Words that can be pronounced: proquints (D. S. Wilkerson, "A Proposal for Proquints", 2009).

use crate::Randomness;
use zeroize::Zeroizing;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// Three consonants of four bits each, and two vowels of two.
const BITS: u32 = 16;

/// A number of words of five letters, for example `lusab-babad-gutih-tugad`. Each word stands for 16 random bits, and
/// every value has one spelling, so no two draws give the same text by accident of spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(u32);

/// The number of words is out of its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a generated value has 4 to 32 words")]
pub struct BadWords;

impl Words {
    /// The numbers of words that are possible: from 64 bits on.
    pub const COUNTS: std::ops::RangeInclusive<u32> = 4..=32;

    /// Checks the number.
    ///
    /// Returns an error if it is too small or too large.
    pub fn new(count: u32) -> Result<Self, BadWords> {
        Self::COUNTS.contains(&count).then_some(Self(count)).ok_or(BadWords)
    }

    /// Returns the number of words.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// Returns the number of random bits.
    #[must_use]
    pub fn entropy(self) -> f64 {
        f64::from(self.0 * BITS)
    }

    pub(super) fn draw(self, random: &dyn Randomness) -> String {
        let mut text = String::with_capacity(self.0 as usize * 6);
        for number in 0..self.0 {
            let mut bytes = Zeroizing::new([0; 2]);
            random.fill(&mut *bytes);
            if number > 0 {
                text.push('-');
            }
            push(&mut text, u16::from_be_bytes(*bytes));
        }
        text
    }
}

/// Appends the word for 16 bits, the highest first.
fn push(text: &mut String, bits: u16) {
    let consonant = |shift: u32| char::from(CONSONANTS[usize::from(bits >> shift & 15)]);
    let vowel = |shift: u32| char::from(VOWELS[usize::from(bits >> shift & 3)]);
    text.extend([consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn word(bits: u16) -> String {
        let mut text = String::new();
        push(&mut text, bits);
        text
    }

    /// The examples of the proposal: 127.0.0.1 and 63.84.220.193.
    #[test]
    fn a_word_is_a_proquint() {
        let spelled = [0x7f00, 0x0001, 0x3f54, 0xdcc1].map(word);
        assert_eq!(spelled, ["lusab", "babad", "gutih", "tugad"]);
    }

    #[test]
    fn every_word_stands_for_other_bits() {
        let words: HashSet<String> = (0..=u16::MAX).map(word).collect();
        assert_eq!(words.len(), 1 << BITS);
        assert!(words.iter().all(|word| word.len() == 5));
    }

    #[test]
    fn a_drawn_text_has_its_number_of_words() {
        let chance = super::super::tests::Chance::of(3);
        for count in Words::COUNTS {
            let words = Words::new(count).expect("a number within the limits");
            assert_eq!(words.draw(&chance).split('-').count(), count as usize);
            assert!((words.entropy() - f64::from(count) * 16.0).abs() < f64::EPSILON);
        }
        assert_eq!((Words::new(3), Words::new(33)), (Err(BadWords), Err(BadWords)));
    }
}
