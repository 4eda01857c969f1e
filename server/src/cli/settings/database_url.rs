//! The database's address, which may hold a password.

use crate::cli::settings::ConfigError;
use crate::db::sqlite_file::encoded;
use std::path::Path;
use zeroize::Zeroizing;

/// Parameters of PostgreSQL's address whose values are shown.
const SHOWN: [&str; 15] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "application_name",
];

/// Others that the driver knows.
const KNOWN: [&str; 3] = ["user", "password", "options"];

/// Parameters of libpq and of poolers that the driver does not know and that change nothing about security: left out.
const HARMLESS: [&str; 11] = [
    "connect_timeout",
    "fallback_application_name",
    "client_encoding",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
];

const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// An address as sqlx reads it. It has no `Debug`; [`DatabaseUrl::masked`] can be shown.
#[derive(Clone)]
pub struct DatabaseUrl {
    address: Zeroizing<String>,
    /// The names of parameters that were left out.
    left_out: Vec<&'static str>,
}

impl DatabaseUrl {
    /// Reads an address of PostgreSQL or SQLite. No part of it is repeated but the name of a parameter.
    pub(super) fn parse(text: String) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text);
        if text.contains('#') {
            return Err(ConfigError::DatabaseFragment);
        }
        let (before, query) =
            text.split_once('?').map_or((text.as_str(), None), |(before, query)| (before, Some(query)));
        let mut left_out = Vec::new();
        let is_kept: fn(&str, &str, &mut Vec<&'static str>) -> Result<bool, ConfigError> =
            if text.starts_with("sqlite:") {
                is_for_sqlite
            } else if ["postgres://", "postgresql://"].iter().any(|kind| text.starts_with(kind)) {
                is_for_postgres
            } else {
                return Err(ConfigError::DatabaseKind);
            };
        let Some(query) = query else { return Ok(Self { address: text, left_out }) };
        let mut kept = Zeroizing::new(String::with_capacity(text.len()));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = decoded(pair);
            if is_kept(&name, &value, &mut left_out).map_err(|error| unless_a_password(query, error))? {
                let sign = if kept.is_empty() { '?' } else { '&' };
                kept.push(sign);
                kept.push_str(pair);
            }
        }
        kept.insert_str(0, before);
        Ok(Self { address: kept, left_out })
    }

    /// The address of the SQLite file at `path`, which is made if it does not exist.
    pub(super) fn sqlite_file(path: &Path) -> Self {
        let address = Zeroizing::new(format!("sqlite:{}?mode=rwc", encoded(path)));
        Self { address, left_out: Vec::new() }
    }

    /// The address itself; each call is a place to review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.address
    }

    /// The names of parameters that the driver does not know and that were left out.
    #[must_use]
    pub fn left_out(&self) -> &[&'static str] {
        &self.left_out
    }

    /// Whether it is SQLite, inside this process.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.address.starts_with("sqlite:")
    }

    /// Returns the address without anything that may be a password. In doubt, returns only its kind.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.is_sqlite() {
            return self.address.to_string();
        }
        let Some((kind, rest)) = self.address.split_once("://") else { return "***".to_owned() };
        let (authority, behind) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        // An @ behind the authority may be the end of a password with an unescaped / or ? in it.
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
        let (path, query) = match behind.split_once('?') {
            Some((path, query)) => (path, format!("?{}", masked_query(query))),
            None => (behind, String::new()),
        };
        format!("{kind}://{authority}{path}{query}")
    }
}

fn masked_query(query: &str) -> String {
    let shown = query.split('&').map(|pair| {
        let (name, _) = decoded(pair);
        if SHOWN.contains(&name.as_str()) { pair.to_owned() } else { format!("{name}=***") }
    });
    shown.collect::<Vec<_>>().join("&")
}

/// Name and value of a parameter, read as the driver reads them.
fn decoded(pair: &str) -> (String, Zeroizing<String>) {
    let found = form_urlencoded::parse(pair.as_bytes()).next();
    let (name, value) = found.unwrap_or_default();
    (name.into_owned(), Zeroizing::new(value.into_owned()))
}

/// What looks like a parameter may be the rest of a password with a `?` in it: then its name is not repeated.
fn unless_a_password(query: &str, error: ConfigError) -> ConfigError {
    match error {
        ConfigError::DatabaseParameter(name) if query.contains('@') || !is_a_word(&name) => {
            ConfigError::DatabaseParameters
        }
        error => error,
    }
}

fn is_a_word(name: &str) -> bool {
    name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte))
}

fn is_for_postgres(name: &str, value: &str, left_out: &mut Vec<&'static str>) -> Result<bool, ConfigError> {
    if let Some(harmless) = HARMLESS.into_iter().find(|harmless| *harmless == name) {
        left_out.push(harmless);
        return Ok(false);
    }
    // The driver's own errors about these repeat the value.
    let is_readable = match name {
        "sslmode" | "ssl-mode" => MODES.contains(&value.to_ascii_lowercase().as_str()),
        "port" => value.parse::<u16>().is_ok(),
        "statement-cache-capacity" => value.parse::<usize>().is_ok(),
        "hostaddr" => value.parse::<std::net::IpAddr>().is_ok(),
        _ => true,
    };
    let is_option = name.strip_prefix("options[").is_some_and(|rest| rest.ends_with(']'));
    if !(is_option || SHOWN.contains(&name) || KNOWN.contains(&name)) {
        Err(ConfigError::DatabaseParameter(name.to_owned()))
    } else if is_readable {
        Ok(true)
    } else {
        Err(ConfigError::DatabaseValue(name.to_owned()))
    }
}

fn is_for_sqlite(name: &str, value: &str, _: &mut Vec<&'static str>) -> Result<bool, ConfigError> {
    let values: &[&str] = match name {
        "mode" => &["ro", "rw", "rwc"],
        "cache" => &["private", "shared"],
        "immutable" => &["true", "false", "1", "0"],
        _ => return Err(ConfigError::DatabaseParameter(name.to_owned())),
    };
    if values.contains(&value) { Ok(true) } else { Err(ConfigError::DatabaseValue(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::database_url;

    fn url(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text.to_owned()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://ada:hunter2@db:5432/door", "postgres://ada:***@db:5432/door"),
            ("postgres://ada:hun@ter2@db/door?sslmode=require", "postgres://ada:***@db/door?sslmode=require"),
            ("postgresql://ada:hun:ter2@db", "postgresql://ada:***@db"),
            ("postgres://ada:hun/ter2@db/door", "postgres://***"),
            (
                "postgres:///door?host=/run&user=ada&password=hunter2",
                "postgres:///door?host=/run&user=***&password=***",
            ),
            ("postgres:///door?host=/run&p%61ssword=hunter2", "postgres:///door?host=/run&password=***"),
            ("postgres://db/door?options=-c%20x=hunter2", "postgres://db/door?options=***"),
            ("postgres://db/door?options[x]=hunter2", "postgres://db/door?options[x]=***"),
            ("postgres://ada@db/door", "postgres://ada@db/door"),
            ("postgres://db/door", "postgres://db/door"),
            ("sqlite://data/a.sqlite?mode=rwc", "sqlite://data/a.sqlite?mode=rwc"),
        ] {
            assert_eq!(url(text).masked(), shown);
        }
    }

    #[test]
    fn a_parameter_that_is_not_obeyed_is_refused_by_its_name() {
        for (parameter, name) in [
            ("sslpassword=hunter2", "sslpassword"),
            ("Password=hunter2", "Password"),
            ("sslmode=require&channel_binding=hunter2", "channel_binding"),
            ("target_session_attrs=hunter2", "target_session_attrs"),
            ("ssl_mode=hunter2", "ssl_mode"),
            ("sslmode=hunter2", "sslmode"),
            ("port=hunter2", "port"),
            ("statement-cache-capacity=hunter2", "statement-cache-capacity"),
            ("hostaddr=hunter2", "hostaddr"),
            ("%73slcrl=hunter2", "sslcrl"),
        ] {
            let sentence =
                DatabaseUrl::parse(format!("postgres://ada@db/door?{parameter}")).err().map(|e| e.to_string());
            let sentence = sentence.unwrap_or_else(|| panic!("{parameter} was accepted"));
            assert!(sentence.contains(name) && !sentence.contains("hunter2"), "{sentence}");
        }
        for parameter in ["mode=hunter2", "cache=hunter2", "key=hunter2", "mode=memory"] {
            let sentence = DatabaseUrl::parse(format!("sqlite:a?{parameter}")).err().map(|e| e.to_string());
            assert!(sentence.is_some_and(|sentence| !sentence.contains("hunter2")), "{parameter}");
        }
    }

    #[test]
    fn a_piece_of_a_password_is_no_name_to_repeat() {
        for text in [
            "postgres://ada:a?hunter2@db/door",
            "postgres://ada:a?hunter2=b@db/door",
            "postgres://ada:a#hunter2@db/door",
            "postgres://ada@db/door?hunter2%20=b",
            "hunter2://ada@db",
        ] {
            let sentence = DatabaseUrl::parse(text.to_owned()).err().map(|error| error.to_string());
            assert!(sentence.is_some_and(|sentence| !sentence.contains("hunter2")), "{text}");
        }
    }

    #[test]
    fn what_the_driver_would_log_is_left_out() {
        let url = url("postgres://ada@db/door?connect_timeout=10&sslmode=require&pgbouncer=true");
        assert_eq!(url.expose(), "postgres://ada@db/door?sslmode=require");
        assert_eq!(url.left_out(), ["connect_timeout", "pgbouncer"]);
        let url = database_url::tests::url("postgres://ada@db/door?connect_timeout=10");
        assert_eq!(url.expose(), "postgres://ada@db/door");
    }

    #[test]
    fn a_file_with_odd_characters_keeps_its_name() {
        let url = DatabaseUrl::sqlite_file(Path::new("my data/../100%?#/d.sqlite"));
        assert_eq!(url.expose(), "sqlite:my%20data/../100%25%3F%23/d.sqlite?mode=rwc");
        assert!(url.is_sqlite());
    }

    #[test]
    fn other_databases_are_refused() {
        for text in ["", "mysql://a", "postgres", "/tmp/a.sqlite"] {
            assert!(DatabaseUrl::parse(text.to_owned()).is_err(), "{text}");
        }
    }
}
