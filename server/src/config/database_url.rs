//! The database's address, which may hold a password.

use std::path::Path;

use zeroize::Zeroizing;

/// An address as sqlx reads it. It has no `Debug`; [`DatabaseUrl::masked`] can be shown.
#[derive(Clone)]
pub struct DatabaseUrl(Zeroizing<String>);

impl DatabaseUrl {
    /// Takes an address of PostgreSQL or SQLite.
    pub(super) fn parse(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        let is_known = ["postgres://", "postgresql://", "sqlite:"].iter().any(|kind| text.starts_with(kind));
        is_known.then_some(Self(text))
    }

    /// The address of the SQLite file at `path`, which is made where it is missing.
    pub(super) fn sqlite_file(path: &Path) -> Self {
        // sqlx undoes the percent-encoding; these three would end the path or begin an escape.
        let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Self(Zeroizing::new(format!("sqlite://{path}?mode=rwc")))
    }

    /// The address itself; each call is a place to review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is SQLite, inside this process.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }

    /// The address without anything that may be a password: where in doubt, only its kind.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.is_sqlite() {
            return self.0.to_string();
        }
        let Some((kind, rest)) = self.0.split_once("://") else { return "***".to_owned() };
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // An @ behind the authority may be the end of a password with an unescaped / ? or # in it.
        if behind.contains('@') {
            return format!("{kind}://***");
        }
        let authority = match authority.rsplit_once('@') {
            Some((user, host)) => match user.split_once(':') {
                Some((name, _)) => format!("{name}:***@{host}"),
                None => authority.to_owned(),
            },
            None => authority.to_owned(),
        };
        let (path, question, query) = match behind.split_once('?') {
            Some((path, query)) => (path, "?", masked_query(query)),
            None => (behind, "", ""),
        };
        format!("{kind}://{authority}{path}{question}{query}")
    }
}

/// A query may carry a password too, its name also percent-encoded.
fn masked_query(query: &str) -> &str {
    let is_plain = !query.to_ascii_lowercase().contains("pass") && !query.contains('%');
    if is_plain { query } else { "***" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        DatabaseUrl::parse(text.to_owned()).unwrap().masked()
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://ada:hunter2@db:5432/door", "postgres://ada:***@db:5432/door"),
            ("postgres://ada:hun@ter2@db/door?sslmode=require", "postgres://ada:***@db/door?sslmode=require"),
            ("postgresql://ada:hun:ter2@db", "postgresql://ada:***@db"),
            ("postgres://ada:hun/ter2@db/door", "postgres://***"),
            ("postgres://ada:hun?ter2@db/door", "postgres://***"),
            ("postgres://ada:hun#ter2@db/door", "postgres://***"),
            ("postgres:///door?host=/run&user=ada&password=hunter2", "postgres:///door?***"),
            ("postgres:///door?host=/run&p%61ssword=hunter2", "postgres:///door?***"),
            ("postgres://ada@db/door", "postgres://ada@db/door"),
            ("postgres://db/door", "postgres://db/door"),
            ("sqlite://data/a.sqlite?mode=rwc", "sqlite://data/a.sqlite?mode=rwc"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn a_file_with_odd_characters_keeps_its_name() {
        let url = DatabaseUrl::sqlite_file(Path::new("/a b/100%?#/d.sqlite"));
        assert_eq!(url.expose(), "sqlite:///a b/100%25%3F%23/d.sqlite?mode=rwc");
        assert!(url.is_sqlite());
    }

    #[test]
    fn other_databases_are_refused() {
        for text in ["", "mysql://a", "postgres", "/tmp/a.sqlite"] {
            assert!(DatabaseUrl::parse(text.to_owned()).is_none(), "{text}");
        }
    }
}
