//! Posted forms. Their fields are parsed into types, and unknown fields are refused.

pub(super) mod action;
pub(super) mod result;
pub mod stated;
pub mod token;

use crate::page::error::PageError;
use doorward::SecretText;
use zeroize::Zeroizing;

/// The fields of a posted form. They may hold passwords: no `Debug`, wiped when dropped.
pub struct Form {
    fields: Vec<(String, Zeroizing<String>)>,
    files: Vec<(String, Upload)>,
}

/// A file that was sent with a form. No `Debug`, wiped when dropped.
pub struct Upload {
    /// The name that the browser sent. It is not checked.
    pub name: String,
    pub bytes: Zeroizing<Vec<u8>>,
}

impl Form {
    /// Returns a form with these fields.
    #[must_use]
    pub fn new(fields: Vec<(String, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect();
        Self { fields, files: Vec::new() }
    }

    /// Returns a form with fields and files.
    #[must_use]
    pub const fn with_files(fields: Vec<(String, Zeroizing<String>)>, files: Vec<(String, Upload)>) -> Self {
        Self { fields, files }
    }

    /// Returns the file of a field. A browser sends an empty one without a name if none was chosen.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Upload> {
        let (_, upload) = self.files.iter().find(|(field, _)| field == name)?;
        Some(upload).filter(|upload| !upload.name.is_empty() || !upload.bytes.is_empty())
    }

    /// Returns what follows `prefix` in the names of fields that begin with it.
    pub fn names_after<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter_map(move |(name, _)| name.strip_prefix(prefix))
    }

    /// Returns whether a field was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Refuses unknown fields, and fields that were sent twice. A known name that ends with `:` stands for every name
    /// that begins with it, as a table of checkboxes needs it.
    pub fn only(&self, known: &[&str]) -> Result<(), PageError> {
        let names: Vec<&String> =
            self.fields.iter().map(|(name, _)| name).chain(self.files.iter().map(|(name, _)| name)).collect();
        for (at, name) in names.iter().enumerate() {
            let fits = |known: &&str| *known == *name || (known.ends_with(':') && name.starts_with(*known));
            if !known.iter().any(fits) {
                return Err(PageError::invalid("", "The form has a field that this page does not know."));
            }
            if names[..at].contains(name) {
                return Err(PageError::invalid(*name, "This field was sent twice."));
            }
        }
        Ok(())
    }

    /// Returns a field's text, trimmed. Returns an empty text if it was not sent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// Returns a field's text, and refuses an empty one.
    pub fn required(&self, name: &str) -> Result<&str, PageError> {
        let text = Some(self.text(name)).filter(|text| !text.is_empty());
        text.ok_or_else(|| PageError::invalid(name, "Fill in this field."))
    }

    /// Returns a secret field exactly as it was typed. Refuses it if it is empty or too long.
    pub fn secret(&self, name: &str) -> Result<SecretText, PageError> {
        let text = self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str());
        // A textarea always ends lines with CRLF (HTML, "form data set"). A secret keeps plain line feeds.
        SecretText::new(text.replace("\r\n", "\n"))
            .map_err(|error| PageError::invalid(name, sentence(&error.to_string())))
    }
}

/// Returns an error's text as a sentence.
#[must_use]
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        Form::new(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_unknown_or_doubled_field_is_refused() {
        assert!(form(&[("name", "a")]).only(&["name"]).is_ok());
        assert!(form(&[("name", "a"), ("admin", "1")]).only(&["name"]).is_err());
        assert!(form(&[("name", "a"), ("name", "b")]).only(&["name"]).is_err());
        assert!(form(&[("holds:a", "yes"), ("holds:b", "yes")]).only(&["holds:"]).is_ok());
        assert!(form(&[("holds:a", "yes"), ("holds:a", "yes")]).only(&["holds:"]).is_err());
        assert!(form(&[("hold", "yes")]).only(&["holds:"]).is_err());
    }

    /// Only the line ends that the form itself adds are taken away.
    #[test]
    fn a_secret_keeps_its_blanks_through_a_form() {
        let form = form(&[("value", " a\r\nb ")]);
        assert_eq!(form.secret("value").map(|text| text.expose().to_owned()), Ok(" a\nb ".to_owned()));
        assert!(form.secret("other").is_err());
    }
}
