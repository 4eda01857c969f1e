//! Invisible characters: in a name they are a mistake, and the message must say which one it is.

/// U+FEFF, which Windows editors put at the start of a file.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns the first character of `text` that is invisible or looks like a space but is not one.
pub(super) fn find(text: &str) -> Option<char> {
    text.chars().find(|&one| is_invisible(one))
}

/// Returns the name of a character for a message.
pub(super) fn word(one: char) -> String {
    let name = match one {
        BYTE_ORDER_MARK => ", a byte order mark",
        '\u{a0}' => ", a no-break space",
        '\u{200b}' => ", a zero width space",
        '\u{ad}' => ", a soft hyphen",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(one))
}

fn is_invisible(one: char) -> bool {
    let is_usual = matches!(one, ' ' | '\t' | '\n');
    !is_usual && (one.is_whitespace() || one.is_control())
        || matches!(
            one,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}
