//! Line endings.

use zeroize::Zeroizing;

/// Returns the text with LF line endings. A file uses LF, CRLF or both, or CR only.
///
/// # Errors
/// The number of the line with a stray CR.
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
