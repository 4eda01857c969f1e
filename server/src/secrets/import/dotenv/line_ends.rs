//! How the lines of a file end.

use zeroize::Zeroizing;

/// The text with LF at the end of each line. A file ends its lines in LF or CRLF, or all of them in CR.
///
/// # Errors
/// The line with a CR that is neither.
pub(super) fn as_line_feeds(text: &str) -> Result<Zeroizing<String>, usize> {
    if text.contains('\r') && !text.contains('\n') {
        return Ok(Zeroizing::new(text.replace('\r', "\n")));
    }
    let text = Zeroizing::new(text.replace("\r\n", "\n"));
    match text.find('\r') {
        Some(at) => Err(text[..at].matches('\n').count() + 1),
        None => Ok(text),
    }
}
