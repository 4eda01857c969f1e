use proptest::prelude::*;

use crate::secrets::import::*;

pub(super) fn entries(text: &str) -> Vec<(String, String, usize)> {
    flat(read(".env", text))
}

pub(super) fn flat(parsed: Result<Parsed, BadInput>) -> Vec<(String, String, usize)> {
    let parsed = parsed.unwrap_or_else(|error| panic!("{error}"));
    parsed.entries.into_iter().map(|one| (one.name, one.value.text().unwrap().to_owned(), one.line)).collect()
}

pub(super) fn value(text: &str) -> String {
    let mut all = entries(text);
    assert_eq!(all.len(), 1, "{text:?}");
    all.remove(0).1
}

pub(super) fn refusal(file: &str, text: &str) -> String {
    match read(file, text) {
        Ok(_) => panic!("was read: {text:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_usual_file_is_read_in_its_order_with_its_lines() {
    let text = "\u{feff}# settings\n\nPORT=3000\n  export  HOST = example.org  \nA.b-c=x\n\n";
    let expected = [("PORT", "3000", 3), ("HOST", "example.org", 4), ("A.b-c", "x", 5)];
    let expected = expected.map(|(name, value, line)| (name.to_owned(), value.to_owned(), line));
    assert_eq!(entries(text), expected);
}

#[test]
fn a_number_sign_begins_a_comment_only_behind_a_blank() {
    assert_eq!(value("A=one # two"), "one");
    assert_eq!(value("A=one\t# two"), "one");
    assert_eq!(value("A=one#two"), "one#two");
    assert_eq!(value("A=#fff"), "#fff");
    assert_eq!(value("A='one # two' # three"), "one # two");
}

#[test]
fn quotes_keep_blanks_and_lines() {
    assert_eq!(value("A=' one '"), " one ");
    assert_eq!(value("A='one\\n'"), "one\\n");
    assert_eq!(value("A=`it's \"so\"`"), "it's \"so\"");
    assert_eq!(
        value("A=\"-----BEGIN KEY-----\nabc\n-----END KEY-----\n\""),
        "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
    );
    assert_eq!(value("A='one\r\ntwo'\r\n"), "one\ntwo");
    assert_eq!(entries("A='1\n2'\nB=`3\n\n4`\nC=5")[2].2, 6);
}

#[test]
fn double_quotes_know_seven_escapes_and_keep_others() {
    assert_eq!(value(r#"A="a\nb\rc\td\\e\"f\$g\`h""#), "a\nb\rc\td\\e\"f$g`h");
    assert_eq!(value(r#"A="\d+\x41\u0041""#), r"\d+\x41\u0041");
    assert_eq!(value(r#"A="ends with \\" # comment"#), "ends with \\");
}

#[test]
fn nothing_is_substituted() {
    assert_eq!(value("A=pa$$word${HOME}$(id)`id`"), "pa$$word${HOME}$(id)`id`");
    assert_eq!(value("A=\"pa$$word${HOME}\""), "pa$$word${HOME}");
}

#[test]
fn unquoted_values_may_hold_anything_but_a_comment() {
    assert_eq!(value("URL=postgres://u:p=@h/db?a=b"), "postgres://u:p=@h/db?a=b");
    assert_eq!(value("A=say \"hi\" and 'bye'"), "say \"hi\" and 'bye'");
    assert_eq!(
        value("KEY=-----BEGIN KEY-----\\nabc\\n-----END KEY-----"),
        "-----BEGIN KEY-----\\nabc\\n-----END KEY-----"
    );
    assert_eq!(value("export=1"), "1");
    assert_eq!(value("A=grün # comment"), "grün");
}

#[test]
fn an_empty_value_is_skipped_and_said_so() {
    let parsed = read(".env", "A=\nB=''\nC=  # later\nD=1\nE=\"\"").unwrap_or_else(|error| panic!("{error}"));
    let skipped: Vec<_> = parsed.skipped.iter().map(|one| (one.name.as_str(), one.line, one.reason)).collect();
    assert_eq!(
        skipped,
        [("A", 1, "has no value"), ("B", 2, "has no value"), ("C", 3, "has no value"), ("E", 5, "has no value")]
    );
    assert_eq!(parsed.entries.len(), 1);
}

#[test]
fn a_bad_line_names_file_line_and_reason() {
    assert_eq!(refusal(".env", "A=1\nB=\"hunter2\nC=3\n"), ".env:2: the value's double quote is never closed");
    assert_eq!(refusal("a/.env", "B='hunter2"), "a/.env:1: the value's single quote is never closed");
    assert_eq!(
        refusal(".env", "\nhunter2\n"),
        ".env:2: there is no = in this line; a value over several lines needs quotes"
    );
    assert_eq!(refusal(".env", "=hunter2"), ".env:1: there is no name before =");
    assert!(refusal(".env", "A=1\n1B=2").starts_with(".env:2: a name begins with"));
    assert_eq!(refusal(".env", "A='hunter2'x"), ".env:1: something follows the value's closing single quote");
    assert_eq!(
        refusal(".env", "A='one\nB='hunter2'"),
        ".env:2: something follows the closing single quote of the value that begins on line 1"
    );
    assert_eq!(
        refusal(".env", "K=-----BEGIN X-----\nhunter2\n"),
        ".env:1: a value over several lines needs quotes around it"
    );
}

#[test]
fn a_name_that_stands_there_twice_names_both_lines() {
    assert_eq!(refusal(".env", "A=1\nB=2\nA=3"), ".env:3: A stands already on line 1");
    assert_eq!(refusal(".env", "A=\nA=3"), ".env:2: A stands already on line 1");
    assert_eq!(refusal("s.json", "{\"A\":\"1\",\n\"A\":\"2\"}"), "s.json:2: A stands already on line 1");
    assert_eq!(refusal("s.json", "{\"A\":\"1\",\n\"\\u0041\":\"2\"}"), "s.json:2: A stands already on line 1");
}

#[test]
fn no_error_repeats_a_part_of_a_value() {
    let canary = "hunter2Canary";
    let texts = [
        format!("A='{canary}"),
        format!("A=\"{canary}\"{canary}"),
        canary.to_owned(),
        format!("{canary} {canary}=1"),
        format!("A=\0{canary}"),
        format!("A={}{canary}", "x".repeat(70_000)),
        format!("A=-----BEGIN {canary}"),
        format!("{{\"A\":{{\"b\":\"{canary}\"}}}}"),
        format!("{{\"A\":\"{canary}}}"),
        format!("{{\"A\":{canary}}}"),
        format!("{{\"A\":\"{canary}\\q\"}}"),
        format!("{{\"A\":[\"{canary}\"]}}"),
        format!("{{\"A\":\"{canary}\"}} {canary}"),
        format!("{{\"A\":\"\\ud800{canary}\"}}"),
        format!("{{\"A\":\"{canary}\\u0000\"}}"),
    ];
    for text in texts {
        for file in [".env", "s.json"] {
            assert!(!refusal(file, &text).contains(canary), "{}", refusal(file, &text));
        }
    }
    assert!(!refusal("s.json", &format!("\"{canary}\"")).contains(canary));
}

#[test]
fn limits_are_refused_by_a_sentence() {
    let many: String = (0..=MOST_NAMES).map(|number| format!("N{number}=1\n")).collect();
    assert_eq!(refusal(".env", &many), ".env:10001: the file has more than 10,000 names");
    assert_eq!(refusal(".env", &" ".repeat(LARGEST_FILE + 1)), ".env: the file has more than 4 MiB");
    assert_eq!(
        refusal(".env", &format!("A={}", "x".repeat(65_537))),
        ".env:1: A: a value may have at most 65,536 bytes"
    );
    assert_eq!(refusal(".env", "A=a\0b"), ".env:1: A: a value may not contain a NUL byte");
    assert_eq!(entries(&format!("{}=1", "N".repeat(128))).len(), 1);
    assert!(refusal(".env", &format!("{}=1", "N".repeat(129))).contains("at most 128"));
}

#[test]
fn json_texts_numbers_and_booleans_arrive_as_they_are_written() {
    let text = "{\n \"A\": \"o\\nne\",\n \"B\": 1.10,\n \"C\":\n true, \"D\": null, \"E\": \"\", \"F\": 123456789012345678901234567890\n}\n";
    let expected = [("A", "o\nne", 2), ("B", "1.10", 3), ("C", "true", 5), ("F", "123456789012345678901234567890", 5)];
    let expected = expected.map(|(name, value, line)| (name.to_owned(), value.to_owned(), line));
    assert_eq!(flat(read("S.JSON", text)), expected);
    assert_eq!(flat(read("settings", text)), expected);
    let parsed = read("s.json", text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(parsed.skipped.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["D", "E"]);
}

#[test]
fn json_that_is_no_flat_object_names_key_and_line() {
    assert_eq!(
        refusal("s.json", "{\"A\":\"1\",\n\"B\":{\"c\":1}}"),
        "s.json:2: the value of B is an object; it must be a text, a number, true or false"
    );
    assert!(refusal("s.json", "{\"B\":[1]}").contains("the value of B is a list"));
    assert_eq!(refusal("s.json", "[1]"), "s.json:1: each entry of the list must be an object with a key and a value");
    assert_eq!(refusal("s.json", "{\"A\":1,\n}"), "s.json:2: this is not JSON: trailing comma (column 1)");
    assert!(refusal("s.json", "{\"A\":1} {").starts_with("s.json:1: this is not JSON: trailing characters"));
    assert!(refusal("s.json", "").contains("one JSON object"));
}

#[test]
fn json_of_any_depth_is_refused_without_overflowing_the_stack() {
    let deep = format!("{{\"A\":{}1{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert!(refusal("s.json", &deep).contains("the value of A is a list"));
    assert!(refusal("s.json", &format!("{{\"A\":{}", "{\"a\":".repeat(500_000))).starts_with("s.json:1:"));
}

proptest! {
    #[test]
    fn what_was_quoted_comes_back_the_same(texts in prop::collection::vec("\\PC{1,40}|[ -~\n\t]{1,40}", 1..6)) {
        let mut file = String::new();
        for (number, text) in texts.iter().enumerate() {
            let quoted = if !text.contains('\'') {
                format!("'{text}'")
            } else if !text.contains('`') {
                format!("`{text}`")
            } else {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`"))
            };
            file.push_str(&format!("N{number} = {quoted} # a comment\r\n"));
        }
        let read: Vec<String> = entries(&file).into_iter().map(|one| one.1).collect();
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn every_text_can_be_written_in_double_quotes(text in "[ -~\n\t\r]{1,60}") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`").replace('\r', "\\r").replace('\n', "\\n");
        prop_assert_eq!(value(&format!("A=\"{escaped}\"")), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[\"'`=#\\\\\n\r$ ]){0,80}") {
        let _ = read(".env", &text);
        let _ = read("s.json", &format!("{{{text}"));
    }
}

#[test]
fn what_openbao_and_vault_print_is_read() {
    let of = |text: &str| flat(read("-", text));
    let second = r#"{
      "request_id": "7c1d",
      "lease_id": "",
      "data": {
        "data": {
          "USER": "ines",
          "PORT": 5432
        },
        "metadata": { "version": 3, "custom_metadata": null }
      },
      "warnings": null
    }"#;
    let expected = [("USER".to_owned(), "ines".to_owned(), 6), ("PORT".to_owned(), "5432".to_owned(), 7)];
    assert_eq!(of(second), expected);
    let first = r#"{"request_id": "7c1d", "data": {"USER": "ines", "data": "a text"}}"#;
    assert_eq!(of(first).len(), 2);
    // A name that is called data, and a secret that is called metadata.
    assert_eq!(of(r#"{"data": "a text", "metadata": "another"}"#).len(), 2);
    let twice = r#"{"data": {"data": {"A": "canary-1", "A": "canary-2"}, "metadata": {}}}"#;
    assert!(refusal("-", twice).contains("A stands already"), "{}", refusal("-", twice));
    let nested = r#"{"data": {"data": {"A": {"B": "canary"}}, "metadata": {}}}"#;
    assert!(refusal("-", nested).contains("A is an object") && !refusal("-", nested).contains("canary"));
}

#[test]
fn what_infisical_exports_is_read() {
    let text = "[\n  {\"key\": \"USER\", \"value\": \"ines\", \"type\": \"shared\", \"tags\": []},\n  \
                {\"key\": \"EMPTY\", \"value\": \"\"}\n]";
    let parsed = read("-", text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(parsed.skipped.len(), 1);
    assert_eq!(flat(Ok(parsed)), [("USER".to_owned(), "ines".to_owned(), 2)]);
    for bad in [
        r#"[{"key": "A", "value": "canary"}, {"key": "A", "value": "canary"}]"#,
        r#"[{"key": "A"}]"#,
        r#"[{"key": 7, "value": "canary"}]"#,
        r#"[{"key": "a b", "value": "canary"}]"#,
        r#"[{"key": "A", "value": ["canary"]}]"#,
        r#"[{"key": "A", "value": "canary"}"#,
    ] {
        assert!(!refusal("-", bad).contains("canary"), "{}", refusal("-", bad));
    }
}
