//! Signed notes: a text followed by Ed25519 signatures (RFC 8032) in the format of C2SP signed-note
//! (<https://c2sp.org/signed-note>).

use super::key::{Signer, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _};

/// The beginning of a signature line.
const SIGNED_BY: &str = "— ";
/// A note with more signatures is refused. The standard requires support for at least 16.
const MOST_SIGNATURES: usize = 100;

impl Signer {
    /// Signs `text`, which must end in a newline and contain no other control characters than
    /// newlines.
    pub(super) fn sign(&self, text: &str) -> String {
        let Verifier { name, id, .. } = self.verifier();
        let signature = self.key.sign(text.as_bytes());
        let spelled = STANDARD.encode([id.0.as_slice(), &signature.to_bytes()].concat());
        format!("{text}\n{SIGNED_BY}{name} {spelled}\n")
    }
}

impl Verifier {
    /// Returns the text of a note that has exactly one signature by this key, if it is valid.
    /// Signatures of other keys are ignored.
    pub(super) fn open<'a>(&self, note: &'a str) -> Result<&'a str, BadNote> {
        let (text, signatures) = split(note)?;
        let mut ours = None;
        for line in signatures {
            let (name, signature) = line?;
            if name != self.name.as_str() {
                continue;
            }
            let Some(signature) = signature.strip_prefix(&self.id.0) else { continue };
            if ours.replace(signature.to_vec()).is_some() {
                return Err(BadNote::SignedTwice);
            }
        }
        let signature = Signature::from_slice(&ours.ok_or(BadNote::NotSigned)?).map_err(|_| BadNote::BadSignature)?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| BadNote::BadSignature)?;
        Ok(text)
    }
}

/// Why a note is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// The text is not followed by signature lines, or something follows them.
    #[error("not a signed note")]
    Malformed,
    /// The lines end in CR LF, so the text is not the one that was signed.
    #[error("its lines end in CR LF, and a signed note's end in LF alone")]
    LineEnds,
    /// The newline at the end is missing, and perhaps more.
    #[error("its last line has no end: it was cut off, or copied without it")]
    CutOff,
    /// There is no signature by the key.
    #[error("not signed by the key")]
    NotSigned,
    /// There is more than one signature by the key.
    #[error("signed more than once by the key")]
    SignedTwice,
    /// The signature does not match the text and the key.
    #[error("the signature does not fit the text")]
    BadSignature,
}

/// A key's name, then its id and signature.
type Signed<'a> = (&'a str, Vec<u8>);

/// Splits a note into its text and its signatures.
fn split(note: &str) -> Result<(&str, impl Iterator<Item = Result<Signed<'_>, BadNote>>), BadNote> {
    if note.contains("\r\n") {
        return Err(BadNote::LineEnds);
    }
    if note.contains(|letter: char| letter < ' ' && letter != '\n') {
        return Err(BadNote::Malformed);
    }
    // The text keeps its final newline. The blank line belongs to neither part.
    let end = note.rfind("\n\n").ok_or(BadNote::Malformed)? + 1;
    let (text, below) = note.split_at(end);
    let signatures = &below[1..];
    let cut_off = if signatures.is_empty() { BadNote::Malformed } else { BadNote::CutOff };
    let lines = signatures.strip_suffix('\n').ok_or(cut_off)?;
    if lines.split('\n').count() > MOST_SIGNATURES {
        return Err(BadNote::Malformed);
    }
    Ok((text, lines.split('\n').map(|line| signed(line).ok_or(BadNote::Malformed))))
}

fn signed(line: &str) -> Option<Signed<'_>> {
    let (name, signature) = line.strip_prefix(SIGNED_BY)?.split_once(' ')?;
    let refused = |letter: char| letter == '+' || letter.is_whitespace();
    let signature = STANDARD.decode(signature).ok()?;
    (!name.is_empty() && !name.contains(refused) && signature.len() > 4).then_some((name, signature))
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::{PETER, PETERS_SECRET};
    use super::*;
    use proptest::prelude::*;

    // With the keys, the signatures of Go's golang.org/x/mod/sumdb/note.
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const BY_PETER: &str =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const BY_ENOCH: &str =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    fn opened<'a>(note: &'a str, key: &str) -> Result<&'a str, BadNote> {
        Verifier::parse(key).unwrap().open(note)
    }

    #[test]
    fn a_published_key_signs_what_was_published() {
        let signer = Signer::from_secret_text(PETERS_SECRET).unwrap();
        assert_eq!(signer.sign(TEXT), format!("{TEXT}\n{BY_PETER}"));
    }

    #[test]
    fn published_notes_open() {
        let both = format!("{TEXT}\n{BY_PETER}{BY_ENOCH}");
        assert_eq!(opened(&both, PETER), Ok(TEXT));
        assert_eq!(opened(&both, ENOCH), Ok(TEXT));
        // The example of the standard itself.
        let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        assert_eq!(opened(note, key), Ok("This is an example message.\n"));
    }

    #[test]
    fn only_one_valid_signature_of_the_key_opens_a_note() {
        let note = |signatures: &str| format!("{TEXT}\n{signatures}");
        let forged = BY_PETER.replace("x08go/ZJ", "x08go/ZK");
        let short = "— PeterNeumann x08go/ZJ\n";
        assert_eq!(opened(&note(BY_ENOCH), PETER), Err(BadNote::NotSigned));
        assert_eq!(opened(&note(&forged), PETER), Err(BadNote::BadSignature));
        assert_eq!(opened(&note(short), PETER), Err(BadNote::BadSignature));
        assert_eq!(opened(&note(&BY_PETER.repeat(2)), PETER), Err(BadNote::SignedTwice));
        assert_eq!(opened(&note(&(forged + BY_PETER)), PETER), Err(BadNote::SignedTwice));
        let other_text = note(BY_PETER).replace("answer", "question");
        assert_eq!(opened(&other_text, PETER), Err(BadNote::BadSignature));
        let other_name = note(BY_PETER).replace("PeterNeumann", "CarmenSandiego");
        assert_eq!(opened(&other_name, PETER), Err(BadNote::NotSigned));
        let other_id = note(BY_PETER).replace("x08g", "xxxx");
        assert_eq!(opened(&other_id, PETER), Err(BadNote::NotSigned));
        let many = BY_PETER.to_owned() + &BY_ENOCH.repeat(MOST_SIGNATURES - 1);
        assert_eq!(opened(&note(&many), PETER), Ok(TEXT));
        assert_eq!(opened(&note(&(many + BY_ENOCH)), PETER), Err(BadNote::Malformed));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for bad in [
            String::new(),
            TEXT.to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}{BY_PETER}"),
            format!("{TEXT}\n{BY_PETER}Unexpected line.\n"),
            format!("{TEXT}\n{BY_PETER}\n"),
            format!("{TEXT}\n\n{BY_PETER}x\n"),
            format!("\u{1}{TEXT}\n{BY_PETER}"),
            format!("{TEXT}\n{BY_PETER}").replace('\n', "\r"),
            format!("{TEXT}\n{BY_PETER}— Bad Name x08go/ZJ\n"),
            format!("{TEXT}\n{BY_PETER}— Bad+Name x08go/ZJ\n"),
            format!("{TEXT}\n{BY_PETER}— x08go/ZJ\n"),
            format!("{TEXT}\n{BY_PETER}—  x08go/ZJ\n"),
            format!("{TEXT}\n{BY_PETER}- EnochRoot x08go/ZJ\n"),
            format!("{TEXT}\n{BY_PETER}— EnochRoot x08go/ZJ \n"),
            format!("{TEXT}\n{BY_PETER}— EnochRoot x08goA==\n"),
        ] {
            assert_eq!(opened(&bad, PETER), Err(BadNote::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn a_damaged_note_is_told_from_what_is_none() {
        let note = format!("{TEXT}\n{BY_PETER}");
        assert_eq!(opened(&note.replace('\n', "\r\n"), PETER), Err(BadNote::LineEnds));
        assert_eq!(opened(note.trim_end(), PETER), Err(BadNote::CutOff));
        assert_eq!(opened(&note[..note.len() - 20], PETER), Err(BadNote::CutOff));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_fail_otherwise_than_by_an_error(text in any::<String>(), below in "(— )?[a-zA-Z+=/ \n]{0,40}") {
            prop_assert!(opened(&text, PETER).is_err());
            let note = format!("{text}\n\n{below}");
            prop_assert!(opened(&note, PETER).is_err());
            prop_assert!(Verifier::parse(&text).is_err() && Signer::from_secret_text(&text).is_err());
        }

        #[test]
        fn a_changed_letter_breaks_the_signature(place in 0..TEXT.len(), letter in "[a-z]") {
            let mut changed = TEXT.to_owned();
            changed.replace_range(place..=place, &letter);
            let note = format!("{changed}\n{BY_PETER}");
            prop_assert_eq!(opened(&note, PETER).is_ok(), changed == TEXT);
        }
    }
}
