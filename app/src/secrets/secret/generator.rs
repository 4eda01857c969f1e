//! The fields that say how a value is generated, and what they say in words.

use crate::page::FormResult;
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::ui::{Choice, Field, Select, field_error};
use doorward::generator::{Alphabet, BadCharacters, Characters, Generator, KeyFormat, LOOK_ALIKES, Words};
use leptos::prelude::*;

/// The names of the fields.
pub(in crate::secrets) const FIELDS: [&str; 9] =
    [KIND, LENGTH, "lower", "upper", "digits", "symbols", LOOK_ALIKE, WITHOUT, WORDS];

/// Forms with this field have one for the kind of the secret, too.
const KIND: &str = "generator";
const LENGTH: &str = "length";
const LOOK_ALIKE: &str = "look-alikes";
const WITHOUT: &str = "without";
const WORDS: &str = "words";

/// What is generated unless one says otherwise.
const USUAL_LENGTH: usize = 24;
const USUAL_WORDS: u32 = 6;

const ALPHABETS: [(Alphabet, &str, &str, bool); 4] = [
    (Alphabet::Lower, "lower", "Lower case", true),
    (Alphabet::Upper, "upper", "Upper case", true),
    (Alphabet::Digits, "digits", "Digits", true),
    (Alphabet::Symbols, "symbols", "Symbols", false),
];

/// Reads the fields. Those of other kinds are left alone.
pub(in crate::secrets) fn read(form: &Form) -> Result<Generator, PageError> {
    match form.text(KIND) {
        "characters" => read_characters(form).map(Generator::Characters),
        "words" => {
            let words = form.text(WORDS).parse().ok().and_then(|count| Words::new(count).ok());
            let invalid = || PageError::invalid(WORDS, "Enter a number of words from 4 to 32.");
            words.map(Generator::Words).ok_or_else(invalid)
        }
        "openssh" => Ok(Generator::KeyPair(KeyFormat::OpenSsh)),
        "pkcs8" => Ok(Generator::KeyPair(KeyFormat::Pkcs8)),
        _ => Err(PageError::invalid(KIND, "Choose one of these.")),
    }
}

fn read_characters(form: &Form) -> Result<Characters, PageError> {
    let chosen = ALPHABETS.iter().filter(|(_, name, ..)| form.text(name) == "yes");
    let alphabets: Vec<Alphabet> = chosen.map(|(alphabet, ..)| *alphabet).collect();
    let mut without = if form.text(LOOK_ALIKE) == "yes" { LOOK_ALIKES.to_owned() } else { String::new() };
    for letter in form.text(WITHOUT).chars() {
        if !without.contains(letter) {
            without.push(letter);
        }
    }
    let length = form.text(LENGTH).parse().unwrap_or_default();
    Characters::new(length, &alphabets, &without).map_err(|error| {
        let field = match error {
            BadCharacters::Length => LENGTH,
            BadCharacters::NoAlphabet => "lower",
            BadCharacters::Without | BadCharacters::NothingLeft => WITHOUT,
        };
        PageError::invalid(field, sentence(&error.to_string()))
    })
}

/// Says what a generator makes, and how hard that is to guess.
pub(in crate::secrets) fn in_words(generator: &Generator) -> String {
    let what = match generator {
        Generator::Characters(characters) => format!("{} characters", characters.length()),
        Generator::Words(words) => format!("{} words", words.count()),
        Generator::KeyPair(KeyFormat::OpenSsh) => "an Ed25519 key pair for OpenSSH".to_owned(),
        Generator::KeyPair(KeyFormat::Pkcs8) => "an Ed25519 key pair in PKCS#8".to_owned(),
    };
    format!("{what}, {:.0} bits of entropy", generator.entropy().floor())
}

/// The fields as they are shown: as they were typed, or as `kept` says.
pub(in crate::secrets) fn fields(turn: Option<&FormResult>, kept: Option<&Generator>) -> impl IntoView + use<> {
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str, stored: String| turn.map_or(stored, |turn| turn.typed(field));
    let characters = match kept {
        Some(Generator::Characters(characters)) => Some(characters),
        _ => None,
    };
    let kind = match kept {
        Some(Generator::Words(_)) => "words",
        Some(Generator::KeyPair(KeyFormat::OpenSsh)) => "openssh",
        Some(Generator::KeyPair(KeyFormat::Pkcs8)) => "pkcs8",
        Some(Generator::Characters(_)) | None => "characters",
    };
    let kinds = vec![
        Choice::new("characters", "Characters"),
        Choice::new("words", "Words that can be pronounced"),
        Choice::new("openssh", "Ed25519 key pair, OpenSSH"),
        Choice::new("pkcs8", "Ed25519 key pair, PKCS#8"),
    ];
    let boxes = ALPHABETS.map(|(alphabet, name, label, usual)| {
        let stored = characters.map_or(usual, |characters| characters.has(alphabet));
        checkbox(name, label, turn.map_or(stored, |turn| turn.has(name)))
    });
    let without = characters.map(|characters| characters.without().to_owned());
    let has_look_alikes =
        without.as_ref().is_none_or(|without| LOOK_ALIKES.chars().all(|letter| without.contains(letter)));
    let look_alikes = turn.map_or(has_look_alikes, |turn| turn.has(LOOK_ALIKE));
    let rest = without.unwrap_or_default();
    let rest = if has_look_alikes { rest.replace(|letter| LOOK_ALIKES.contains(letter), "") } else { rest };
    let length = characters.map_or(USUAL_LENGTH, Characters::length).to_string();
    let words = match kept {
        Some(Generator::Words(words)) => words.count(),
        _ => USUAL_WORDS,
    };
    view! {
        <Select name=KIND label="What to generate" choices=kinds chosen=typed(KIND, kind.to_owned()) error=error(KIND) />
        <Field
            name=LENGTH
            label="Number of characters"
            value=typed(LENGTH, length)
            required=false
            maxlength=Some(3)
            hint=Some("From 8 to 256.")
            error=error(LENGTH)
        />
        <fieldset class="choices">
            <legend>"Characters, at least one of each"</legend>
            {boxes.into_iter().collect_view()}
            {field_error("lower", error("lower"))}
        </fieldset>
        <fieldset class="choices">
            <legend>"Left out"</legend>
            {checkbox(LOOK_ALIKE, "Look-alikes, such as 0 and O", look_alikes)}
        </fieldset>
        <Field
            name=WITHOUT
            label="Other characters to leave out"
            value=typed(WITHOUT, rest)
            required=false
            maxlength=Some(94)
            error=error(WITHOUT)
        />
        <Field
            name=WORDS
            label="Number of words"
            value=typed(WORDS, words.to_string())
            required=false
            maxlength=Some(2)
            hint=Some("From 4 to 32. Each adds 16 bits.")
            error=error(WORDS)
        />
    }
}

pub(super) fn checkbox(name: &'static str, label: &'static str, checked: bool) -> impl IntoView {
    view! {
        <label>
            <input type="checkbox" name=name value="yes" checked=checked />
            {label}
        </label>
    }
}
