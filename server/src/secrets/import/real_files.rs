//! Files from bug reports of other dotenv parsers: each is read as its author meant it, or refused.

use crate::secrets::import::tests::{self, entries, refusal, value};
use crate::secrets::import::*;
use proptest::prelude::*;

fn values(text: &str) -> Vec<(String, String)> {
    entries(text).into_iter().map(|(name, value, _)| (name, value)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn skipped(text: &str) -> Vec<String> {
    let parsed = read(".env", text).unwrap_or_else(|error| panic!("{error}"));
    assert!(parsed.entries.is_empty(), "{text:?}");
    parsed.skipped.into_iter().map(|skip| skip.name).collect()
}

const LINE_64: &str = "uP3mZ8sXr1QvT6yBnKcLdEfGhJwAoIiUe4R7tY9WqSaDzFxCgVbHjNkMlOpP2Q5T";
const LINE_76: &str = "uP3mZ8sXr1QvT6yBnKcLdEfGhJwAoIiUe4R7tY9WqSaDzFxCgVbHjNkMlOpP2Q5TuP3mZ8sXr1Qv";

#[test]
fn the_rest_of_a_wrapped_key_is_no_name() {
    for first in [LINE_64, LINE_76] {
        for rest in [
            "vQ7sKdLmZ8XcVbNaT3RyUg==",
            "vQ7sKdLmZ8XcVbNaT3RyUgX=",
            "vQ7s/dLmZ8XcVbNaT3RyUgX=",
            "vQ7s/dLmZ8XcVbNaT3RyUg==",
            "+Q7sKdLmZ8XcVbNaT3RyUgX=",
            "9Q7sKdLmZ8XcVbNaT3RyUgX=",
            "vQ7_KdL-Z8XcVbNaT3RyUgX=",
            "vQ7sKdLmZ8XcVbNaT3RyUgXa",
            "abcdefg=",
            "ABC=",
            "a=== ",
        ] {
            for more in ["", "\n", "\r\nPORT=1\r\n"] {
                let sentence = refusal(".env", &format!("HOST=db\nexport KEY={first}\n{rest}{more}"));
                assert!(sentence.starts_with(".env:3: ") && !sentence.contains(rest.trim()), "{sentence}");
            }
        }
    }
    // Wrapped at another width.
    let sentence = refusal(".env", &format!("KEY={}\n{}vQ7sKdL=\n", &LINE_64[..50], &LINE_64[..6]));
    assert!(sentence.starts_with(".env:2: "), "{sentence}");
    // The whole key on a separate line.
    let sentence = refusal(".env", "KEY=\nuP3mZ8sXr1QvT6yBnKcLdEfGhJwAoIiUe4R7tY9WqSa=\n");
    assert!(sentence.starts_with(".env:2: ") && !sentence.contains("uP3m"), "{sentence}");
    assert!(refusal(".env", "A= =").starts_with(".env:1: "));
}

#[test]
fn an_empty_name_behind_a_long_value_is_still_a_name() {
    let hexadecimal = "0123456789abcdef".repeat(4);
    for (long, name) in [
        (LINE_64, "API_KEY"),
        (LINE_64, "PORT"),
        (LINE_76, "SMTP_PASSWORD"),
        (&hexadecimal, "ABC"),
        ("short", "ABC"),
        (&LINE_64[..40], "ENV"),
        (LINE_64, "Google_OAuth2_Client_Secret1"),
    ] {
        let parsed = read(".env", &format!("KEY={long}\n{name}=\n")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((parsed.entries.len(), parsed.skipped[0].name.as_str()), (1, name));
    }
    let parsed = read(".env", &format!("KEY={LINE_64}\nABC=''\nEND='=='\n")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((parsed.entries.len(), parsed.skipped.len()), (2, 1), "quotes leave no doubt");
    assert_eq!(values(&format!("KEY='{LINE_64}\nabcdefg='")).len(), 1);
}

#[test]
fn lines_end_in_lf_crlf_or_cr() {
    let expected = pairs(&[("A", "1"), ("B", "two\nlines"), ("C", "3")]);
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(values(&format!("A=1{end}B='two{end}lines'{end}{end}C=3{end}")), expected, "{end:?}");
    }
    for (text, line) in
        [("A=1\rB=2\nC=3\n", 1), ("A=1\nB=2\rC=3", 2), ("A=1\r\r\nB=2\r\r\n", 1), ("A=1\nB='a\rb'\n", 2)]
    {
        let sentence = refusal(".env", text);
        assert!(sentence.starts_with(&format!(".env:{line}: a carriage return (CR)")), "{sentence}");
    }
}

#[test]
fn only_spaces_and_tabs_are_blanks() {
    for blank in ['\u{a0}', '\u{2003}', '\u{85}', '\u{3000}', '\u{2028}', '\u{b}', '\u{c}'] {
        assert_eq!(value(&format!("A={blank}x{blank} \t")), format!("{blank}x{blank}"));
        assert_eq!(value(&format!("A=x{blank}# no comment")), format!("x{blank}# no comment"));
        for text in
            [format!("{blank}A=1"), format!("A{blank}=1"), format!("export{blank}A=1"), format!("A=1\n{blank}\n")]
        {
            let sentence = refusal(".env", &text);
            assert!(sentence.contains("invisible character (U+"), "{text:?}: {sentence}");
        }
        let sentence = refusal(".env", &format!("A='x'{blank}"));
        assert!(sentence.contains("something follows") && sentence.contains("invisible"), "{sentence}");
    }
}

#[test]
fn an_invisible_character_in_a_name_is_named() {
    for (odd, word) in [
        ('\u{feff}', "U+FEFF, a byte order mark"),
        ('\u{200b}', "U+200B, a zero width space"),
        ('\u{2060}', "U+2060"),
        ('\u{ad}', "U+00AD"),
        ('\u{202e}', "U+202E"),
        ('\u{1}', "U+0001"),
    ] {
        for text in [format!("A=1\n{odd}B=2\n"), format!("A=1\nB{odd}=2"), format!("A=1\n{odd}\nB=2")] {
            let sentence = refusal(".env", &text);
            assert!(sentence.starts_with(".env:2: ") && sentence.contains(word), "{sentence}");
        }
        let escaped = format!("\\u{:04x}", u32::from(odd));
        let sentence = refusal("s.json", &format!("{{\"A\":1,\n\"{escaped}B\":2}}"));
        assert!(sentence.starts_with("s.json:2: ") && sentence.contains(word), "{sentence}");
    }
    assert!(refusal(".env", "A=1\u{feff}B=2").contains("were two files joined"));
    assert_eq!(value("A='\u{feff}1'"), "\u{feff}1");
    assert_eq!(value("A=a\u{200b}b"), "a\u{200b}b", "a value arrives as it is");
}

#[test]
fn a_comment_right_behind_the_equals_sign_is_no_value() {
    assert_eq!(skipped("A=# get one at https://example.org/keys"), ["A"]);
    assert_eq!(skipped("A=#"), ["A"]);
    assert_eq!(skipped("A=##\t# later\nB=# \r\nC= # nothing\nD = #fff"), ["A", "B", "C", "D"]);
    assert_eq!(value("A=#fff"), "#fff");
    assert_eq!(value("A=##fff # colour"), "##fff");
    assert_eq!(value("A='# text'"), "# text");
}

#[test]
fn escapes_of_a_shell_are_undone() {
    for (text, expected) in [
        (r#"A="some\`password""#, "some`password"),
        (r#"A="\`date\` costs \$5""#, "`date` costs $5"),
        (r"A=pa\$\$word", "pa$$word"),
        (r"A=bar\ bar", "bar bar"),
        (r"A=\ bar\ ", " bar "),
        (r"A=a\#b\ \#c # comment", "a#b #c"),
        (r"A=say\ \'hi\'\ \&\ \(\*\)\;", "say 'hi' & (*);"),
        (r"A=\$HOME it's", "$HOME it's"),
        (r"A=C:\Users\new", r"C:\Users\new"),
        (r"A=^\d+\.\d+$", r"^\d+\.\d+$"),
        (r"A=C:\\Users", r"C:\Users"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    for text in [
        r"A=pa\$x$y",
        r#"A={"hunter2":"b\"c"}"#,
        r#"A={"hunter2":"C:\\x"}"#,
        r"A=\\hunter2\share",
        r"A=one two\ three",
        r"A=hunter2\",
    ] {
        let sentence = refusal(".env", text);
        assert!(sentence.starts_with(".env:1: ") && !sentence.contains("hunter2"), "{sentence}");
    }
}

#[test]
fn ansi_c_quotes_are_read_as_bash_reads_them() {
    for (text, expected) in [
        (r"export A=$'line one\nline two'", "line one\nline two"),
        (r#"A=$'it\'s \"so\"\\' # comment"#, "it's \"so\"\\"),
        (r"A=$'\x41\101\u00e9\U0001F600\xc3\xa9\t\e\a'", "AAé😀é\t\u{1b}\u{7}"),
        (r"A=$'\q\x'", r"\q\x"),
        (r"A=$'\ca'", "\u{1}"),
        ("A=$'one\ntwo'", "one\ntwo"),
        (r"declare -x A=$'\n'", "\n"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    for text in
        [r"A=$'\xff hunter2'", r"A=$'\ud800 hunter2'", r"A=$'hunter2", r"A=$'hunter2'x", r"A=$'\0'", "A=$\"hunter2\""]
    {
        let sentence = refusal(".env", text);
        assert!(sentence.starts_with(".env:1: ") && !sentence.contains("hunter2"), "{sentence}");
    }
}

#[test]
fn an_encrypted_file_is_refused_as_one() {
    let value = "ENC[AES256_GCM,data:pBseNQ==,iv:qbip=,tag:2DDW==,type:str]";
    for (file, text) in [
        (".env", format!("A=10\nE=\nB={value}\nsops_version=3.7.3\n")),
        (".env", format!("A='{value}'")),
        (".env", "A=10\nsops_mac=x\n".to_owned()),
        ("s.json", format!("{{\"A\":\"{value}\"}}")),
        ("s.json", "{\"A_unencrypted\":\"1\",\"sops\":{\"mac\":\"x\"}}".to_owned()),
    ] {
        let sentence = refusal(file, &text);
        assert!(sentence.contains("encrypted by sops") && !sentence.contains("pBseNQ"), "{sentence}");
    }
    assert!(refusal(".env", "DOTENV_PUBLIC_KEY=\"03\"\nA=encrypted:BE\n").contains("encrypted by dotenvx"));
}

#[test]
fn every_name_of_a_secret_can_be_imported() {
    assert_eq!(values("billing/api-key=abc\n_a.b-c/d_9=1"), pairs(&[("billing/api-key", "abc"), ("_a.b-c/d_9", "1")]));
    assert_eq!(tests::flat(read("s.json", "{\"billing/api-key\":\"abc\"}"))[0].0, "billing/api-key");
    assert!(refusal(".env", "/a=hunter2").starts_with(".env:1: a name begins with"));
}

#[test]
fn a_bad_name_in_json_is_repeated() {
    let sentence = refusal("s.json", "{\"PORT\":\"1\",\"Kestrel:Certificates:Default:Password\":\"hunter2\"}");
    assert!(sentence.starts_with("s.json:1: \"Kestrel:Certificates:Default:Password\": a name begins"), "{sentence}");
    assert!(!sentence.contains("hunter2"));
    let sentence = refusal("s.json", &format!("{{\"a\\u001b[31m{}\":1}}", "x".repeat(10_000)));
    assert!(sentence.len() < 500 && !sentence.contains('\u{1b}'), "{sentence}");
}

#[test]
fn an_exported_name_without_a_value_is_refused_as_that() {
    for text in ["A=1\nexport A\n", "A=1\ndeclare -x A"] {
        assert_eq!(
            refusal(".env", text),
            ".env:2: there is no = in this line: an exported name needs its value here too"
        );
    }
}

/// Escapes like bash's `printf %q` for text without control characters.
fn by_a_shell(text: &str) -> String {
    let special = |one: char| " \t!\"#$&'()*,;<>?[\\]^`{|}~".contains(one);
    text.chars().flat_map(|one| special(one).then_some('\\').into_iter().chain([one])).collect()
}

proptest! {
    #[test]
    fn what_a_shell_writes_comes_back_the_same(text in "[ -~]{1,40}") {
        // Text that ends in one `=` after base64 is a separate case.
        let file = format!("A={}\n", by_a_shell(&text));
        match read(".env", &file) {
            Ok(_) => prop_assert_eq!(value(&file), text),
            Err(error) => prop_assert!(text.trim_matches([' ', '=']).is_empty() || text.contains("-----BEGIN "), "{}", error),
        }
    }

    #[test]
    fn no_error_of_dotenv_shows_a_value(start in "[A-Z=\"'`$# \\\\]{0,8}", end in "[a-z=\"'`$#\\\\ \n\r]{0,8}") {
        let text = format!("A={start}hunter2Canary{end}");
        if let Err(error) = read(".env", &text) {
            prop_assert!(!error.to_string().contains("Canary"), "{}", error);
        }
    }
}
