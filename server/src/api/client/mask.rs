//! Masks values in a stream of output.

use zeroize::Zeroizing;

const MASK: &[u8] = b"***";
/// Shorter values are not masked: they occur by accident.
const SHORTEST: usize = 4;

/// Replaces values by `***`, also where a value is cut between two chunks. What may still become a value is held back.
pub struct Masker {
    values: Vec<Zeroizing<Vec<u8>>>,
    held: Zeroizing<Vec<u8>>,
}

impl Masker {
    /// Masks these values, and each line of those that have several.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let parts = values.into_iter().flat_map(|value| {
            let lines = value.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            std::iter::once(value).chain(lines)
        });
        let mut values: Vec<_> =
            parts.filter(|part| part.len() >= SHORTEST).map(|part| Zeroizing::new(part.to_vec())).collect();
        // The longest that fits is masked.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Self { values, held: Zeroizing::new(Vec::new()) }
    }

    /// Returns what may be printed after this chunk.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        self.take(false)
    }

    /// Returns the rest.
    pub fn finish(mut self) -> Vec<u8> {
        self.take(true)
    }

    fn take(&mut self, is_end: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while let Some(rest) = self.held.get(at..).filter(|rest| !rest.is_empty()) {
            let may_grow = |value: &&Zeroizing<Vec<u8>>| value.len() > rest.len() && value.starts_with(rest);
            if !is_end && self.values.iter().any(|value| may_grow(&value)) {
                break;
            }
            match self.values.iter().find(|value| rest.starts_with(value)) {
                Some(value) => {
                    out.extend_from_slice(MASK);
                    at += value.len();
                }
                None => {
                    out.push(rest[0]);
                    at += 1;
                }
            }
        }
        self.held.drain(..at);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn masked(values: &[&str], chunks: &[&[u8]]) -> String {
        let mut masker = Masker::new(values.iter().map(|value| value.as_bytes()));
        let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| masker.push(chunk)).collect();
        out.extend(masker.finish());
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_value_is_masked_where_it_is_cut() {
        assert_eq!(masked(&["hunter2"], &[b"it is hun", b"ter", b"2, I said"]), "it is ***, I said");
        assert_eq!(masked(&["hunter2"], &[b"hunt", b"ing"]), "hunting");
        assert_eq!(masked(&["first\nsecond"], &[b"second only, first\nsecond"]), "*** only, ***");
        assert_eq!(masked(&["abcd", "abcdef"], &[b"abcdef abcd", b"ex"]), "*** ***ex");
        assert_eq!(masked(&["abc", ""], &[b"abc"]), "abc", "too short to mean anything");
    }

    #[test]
    fn what_is_no_value_is_not_held_back() {
        let mut masker = Masker::new([b"hunter2".as_slice()]);
        assert_eq!(masker.push(b"Password: "), b"Password: ");
    }

    proptest! {
        #[test]
        fn chunks_are_masked_like_the_whole(
            values in vec("[ab]{4,7}", 1..4),
            chunks in vec("[abc]{0,9}", 0..9),
        ) {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let whole = chunks.concat();
            let chunks: Vec<_> = chunks.iter().map(String::as_bytes).collect();
            let out = masked(&values, &chunks);
            prop_assert_eq!(&out, &masked(&values, &[whole.as_bytes()]));
            for value in values {
                prop_assert!(!out.contains(value), "{} in {}", value, out);
            }
        }
    }
}
