//! YAML (1.2): one map of names and scalars. Maps inside it give names with slashes.
//!
//! A scalar is taken as it is written: `no`, `0123`, `1e3` and `null` are texts. Aliases are refused, so that a small file
//! cannot become a large one.

use crate::secrets::import::BadInput;
use crate::secrets::import::collected::Collected;
use doorward::SecretName;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// How deep maps may be nested.
const DEEPEST: usize = 16;
const CORE: &str = "tag:yaml.org,2002:";

/// A map that is being read.
struct Open {
    /// The names before those in it, each with its slash.
    before: String,
    /// The name whose value comes next, and its line.
    name: Option<(String, usize)>,
}

/// Returns whether a text without the name of a file is YAML: its first line has a colon that no dotenv file could have.
pub(super) fn looks_like(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.take(1).any(|line| {
        let name = line.split('=').next().unwrap_or_default();
        line == "---" || line.starts_with("%YAML") || name.contains(": ") || line.ends_with(':') && name == line
    })
}

/// Reads the map in `text` into `collected`.
pub(super) fn read(text: &str, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let mut reader = Reader { open: Vec::new(), maps: HashMap::new(), documents: 0, is_read: false };
    for event in Parser::new_from_str(text) {
        // The parser's own message may repeat a part of the text.
        let (event, span) = event.map_err(|error| {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            collected.bad(line, format!("this is not YAML (column {column})"))
        })?;
        reader.take(event, span.start.line(), collected)?;
    }
    if reader.is_read { Ok(()) } else { Err(collected.bad_file("the file must be one map of names and values")) }
}

struct Reader {
    open: Vec<Open>,
    /// The maps so far, by their path, with their lines.
    maps: HashMap<String, usize>,
    documents: usize,
    is_read: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize, collected: &mut Collected<'_>) -> Result<(), BadInput> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(collected.bad(line, "there is more than one document in the file"));
                }
            }
            Event::Scalar(text, style, _, tag) => {
                check_tag(tag.as_deref(), line, collected)?;
                return self.scalar(text, style, line, collected);
            }
            Event::MappingStart(_, tag) => {
                check_tag(tag.as_deref(), line, collected)?;
                return self.open(line, collected);
            }
            Event::MappingEnd => {
                self.open.pop();
            }
            Event::SequenceStart(..) => {
                let reason = match self.path() {
                    Some(name) => format!("the value of {name} is a list; it must be a text, a number, true or false"),
                    None => "the file must be one map of names and values, and no list".to_owned(),
                };
                return Err(collected.bad(line, reason));
            }
            Event::Alias(_) => return Err(collected.bad(line, "aliases (*name) are not read; write the value out")),
            Event::SequenceEnd | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Ok(())
    }

    /// The name with its path whose value comes next.
    fn path(&self) -> Option<String> {
        let open = self.open.last()?;
        open.name.as_ref().map(|(name, _)| format!("{}{name}", open.before))
    }

    fn open(&mut self, line: usize, collected: &mut Collected<'_>) -> Result<(), BadInput> {
        let before = match self.path() {
            Some(path) => {
                // A name inside it would be refused, too, and without the name of the map.
                if SecretName::parse(&path).is_err() {
                    return collected.claim(&path, line);
                }
                if let Some(first) = self.maps.insert(path.clone(), line) {
                    return Err(collected.bad(line, format!("{path} stands already on line {first}")));
                }
                format!("{path}/")
            }
            None if self.open.is_empty() => String::new(),
            None => return Err(collected.bad(line, "a name must be a text, and no map")),
        };
        if self.open.len() == DEEPEST {
            return Err(collected.bad(line, "maps may be nested 16 deep at most"));
        }
        if let Some(outer) = self.open.last_mut() {
            outer.name = None;
        }
        self.is_read = true;
        self.open.push(Open { before, name: None });
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        line: usize,
        collected: &mut Collected<'_>,
    ) -> Result<(), BadInput> {
        let Some(open) = self.open.last_mut() else {
            return match text.is_empty() {
                true => Ok(()),
                false => Err(collected.bad(line, "the file must be one map of names and values")),
            };
        };
        let Some((name, named)) = open.name.take() else {
            if text == "<<" && style == ScalarStyle::Plain {
                return Err(collected.bad(line, "merging maps (<<) is not read; write the values out"));
            }
            open.name = Some((text.into_owned(), line));
            return Ok(());
        };
        let name = format!("{}{name}", open.before);
        let mut value = Zeroizing::new(text.into_owned());
        collected.claim(&name, named)?;
        collected.add(&name, std::mem::take(&mut *value), named)
    }
}

/// Refuses tags that would make another value of a scalar.
fn check_tag(tag: Option<&Tag>, line: usize, collected: &Collected<'_>) -> Result<(), BadInput> {
    let is_usual = |tag: &Tag| {
        tag.handle == CORE && matches!(&*tag.suffix, "str" | "int" | "float" | "bool" | "null" | "timestamp" | "map")
    };
    match tag {
        Some(tag) if !is_usual(tag) => Err(collected.bad(line, "tags (!name) are not read")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::secrets::import::tests::{flat, refusal};
    use crate::secrets::import::{LARGEST_FILE, read};
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        flat(read("values.yaml", text)).into_iter().map(|(name, value, _)| (name, value)).collect()
    }

    fn value(text: &str) -> String {
        let mut all = pairs(text);
        assert_eq!(all.len(), 1, "{text:?}");
        all.remove(0).1
    }

    #[test]
    fn a_scalar_of_yaml_keeps_its_text() {
        for text in
            ["no", "yes", "on", "0123", "0x1F", "1e3", "1.10", "null", "~", "2026-11-30", "1:30", "+1", ".5", "NaN"]
        {
            assert_eq!(value(&format!("A: {text}")), text, "{text}");
            assert_eq!(value(&format!("A: {text} # comment")), text, "{text}");
            assert_eq!(value(&format!("A: !!str {text}")), text, "{text}");
        }
        assert_eq!(value("A: 'it''s # no comment'"), "it's # no comment");
        assert_eq!(value("A: \"a\\tb\\u00e9\""), "a\tb\u{e9}");
        assert_eq!(value("A: |\n  one\n   two\n"), "one\n two\n");
        assert_eq!(value("A: |-\n  one\n  two\n"), "one\ntwo");
        assert_eq!(value("A: >-\n  one\n  two\n"), "one two");
        assert_eq!(value("\u{feff}A: b\r\n"), "b");
    }

    #[test]
    fn maps_of_yaml_become_folders() {
        let text = "---\ndb:\n  password: a\n  replica: {password: b, url: 'postgres://x'}\nPORT: 1\n...\n";
        let expected =
            [("db/password", "a"), ("db/replica/password", "b"), ("db/replica/url", "postgres://x"), ("PORT", "1")];
        assert_eq!(pairs(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let skipped = read("a.yml", "A:\nB: ''\nC: 1").map(|parsed| parsed.skipped.len());
        assert_eq!(skipped.ok(), Some(2));
    }

    #[test]
    fn what_yaml_has_beyond_maps_and_scalars_is_refused() {
        for (text, reason) in [
            ("A: &a 1\nB: *a", ":2: aliases (*name) are not read"),
            ("A: &a {B: 1}\nC:\n  <<: *a", ":3: merging maps (<<) is not read"),
            ("A: [1, 2]", ":1: the value of A is a list"),
            ("- A\n- B", ":1: the file must be one map"),
            ("A: !!binary aGk=", ":1: tags (!name) are not read"),
            ("A: !vault x", ":1: tags (!name) are not read"),
            ("A: 1\nA: 2", ":2: A stands already on line 1"),
            ("a: {b: 1}\na/b: 2", ":2: a/b stands already on line 1"),
            ("a: {b: 1}\nc: 1\na: {d: 1}", ":3: a stands already on line 1"),
            ("A: 1\n---\nB: 2", ":2: there is more than one document"),
            ("? {a: 1}\n: b", "a name must be a text"),
            ("\"a b\": 1", ":1: \"a b\": a name begins with"),
            ("A: \"x", "this is not YAML"),
            ("just a text", ":1: the file must be one map"),
            ("", "the file must be one map"),
            ("sops:\n  mac: ENC[AES256_GCM,data:x]", "encrypted by sops"),
        ] {
            let said = refusal("values.yaml", text);
            assert!(said.contains(reason), "{text:?}: {said}");
        }
    }

    #[test]
    fn a_small_yaml_file_cannot_become_a_large_one() {
        let mut laughs = "a: &a [lol, lol, lol]\n".to_owned();
        for (name, before) in ('b'..='z').zip('a'..) {
            laughs += &format!(
                "{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
            );
        }
        assert!(refusal("values.yaml", &laughs).contains("is a list"));
        let maps = "a: &a {x: lol}\nb: &b {x: *a, y: *a, z: *a}\nc: &c {x: *b, y: *b, z: *b}";
        assert!(refusal("values.yaml", maps).contains("aliases (*name) are not read"));
        for deep in ["{a: ".repeat(100_000), "a:\n".repeat(3) + &"? ".repeat(100_000), "[".repeat(100_000)] {
            assert!(!refusal("values.yaml", &deep).is_empty());
        }
        let mut nested = String::new();
        for depth in 0..17 {
            nested += &format!("{}a:\n", " ".repeat(depth));
        }
        assert!(refusal("values.yaml", &(nested + &" ".repeat(17) + "b: 1")).contains("16 deep"));
        assert!(refusal("values.yaml", &"a".repeat(LARGEST_FILE + 1)).contains("4 MiB"));
    }

    #[test]
    fn an_error_of_yaml_repeats_no_value() {
        for text in [
            "A: 'hunter2",
            "A: \"hunter2\\q\"",
            "A: hunter2: b",
            "A: [hunter2",
            "A: hunter2\n  B: 1\n C: 2",
            "\thunter2",
        ] {
            let said = refusal("values.yaml", text);
            assert!(!said.contains("hunter2"), "{text:?}: {said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader_of_yaml(text in "[ -~\\n\\t]{0,200}|[\\x00-\\u{10ffff}]{0,60}") {
            let _ = read("values.yaml", &text);
        }

        #[test]
        fn a_quoted_text_of_yaml_is_read_as_it_was(value in "[^\\x00-\\x1f\\x7f-\\u{9f}\\u{feff}\\u{2028}\\u{2029}\\u{fffe}\\u{ffff}]{1,60}") {
            let text = format!("A: '{}'", value.replace('\'', "''"));
            prop_assert_eq!(pairs(&text), [("A".to_owned(), value)]);
        }
    }
}
