//! What a setting is: its names, its help, how its value is read and shown.

use crate::cli::settings::ConfigError;
use std::ffi::OsStr;

/// The part of the help and of the documentation that a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where it listens, and what browsers see.
    Address,
    /// Folders and the database.
    Data,
    /// Log lines.
    Logs,
    /// How long sessions last.
    Sessions,
    /// Checkpoints, the archive, forwarding.
    Ledger,
    /// What a password costs.
    Passwords,
    /// Limits of requests.
    Requests,
    /// Notices, numbers, traces.
    Monitoring,
}

impl Section {
    /// Every section, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::Data,
        Self::Logs,
        Self::Sessions,
        Self::Ledger,
        Self::Passwords,
        Self::Requests,
        Self::Monitoring,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Address => "Address and TLS",
            Self::Data => "Data",
            Self::Logs => "Logs",
            Self::Sessions => "Sessions",
            Self::Ledger => "Ledger",
            Self::Passwords => "Passwords",
            Self::Requests => "Requests",
            Self::Monitoring => "Notices and monitoring",
        }
    }
}

/// Which commands use a setting. Others accept its flag, so that one set of flags fits every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Every command.
    Always,
    /// Commands that open the database.
    Database,
    /// Commands that hash a password.
    Passwords,
    /// Commands that compare or sign checkpoints of the ledger.
    Checkpoints,
    /// `serve` alone.
    Serve,
}

/// What is known of a setting without its type.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The flag, without its dashes.
    pub name: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// What the value is, in capitals; empty for a switch.
    pub value: &'static str,
    /// The value that counts if none is given.
    pub default: Option<&'static str>,
    /// What having no value means, for settings without a default.
    pub unset: &'static str,
    /// A value for `.env.example`, for settings without a default.
    pub example: &'static str,
    /// One sentence, without its full stop.
    pub help: &'static str,
    /// More sentences, or nothing.
    pub more: &'static str,
    /// Where it is documented.
    pub section: Section,
    /// Which commands use it.
    pub used_by: Use,
    /// Whether the value may hold a secret, and is shown without it.
    pub is_masked: bool,
    /// Whether it may be given several times.
    pub is_list: bool,
}

/// Why a value is refused.
#[derive(Debug)]
pub enum Wrong {
    /// It cannot be read; the value may be repeated.
    Value(String),
    /// What a file holds, in place of its name. It is not repeated: it is a secret.
    NotAFileName,
    /// It can be read, and is not allowed. The value is not repeated.
    Refused(ConfigError),
}

impl From<&'static str> for Wrong {
    fn from(why: &'static str) -> Self {
        Self::Value(why.to_owned())
    }
}

impl From<ConfigError> for Wrong {
    fn from(error: ConfigError) -> Self {
        Self::Refused(error)
    }
}

/// A setting whose value is a `T`.
pub struct Setting<T> {
    /// Its names and its help.
    pub about: About,
    /// Reads and checks a value.
    pub parse: fn(&OsStr) -> Result<T, Wrong>,
    /// Writes a value for people, without secrets.
    show: fn(&T) -> String,
}

impl<T> Setting<T> {
    /// A setting of `serve` without a default.
    pub(super) const fn new(
        names: (&'static str, &'static str, &'static str),
        section: Section,
        parse: fn(&OsStr) -> Result<T, Wrong>,
        show: fn(&T) -> String,
    ) -> Self {
        let (name, variable, value) = names;
        let about = About {
            name,
            variable,
            value,
            default: None,
            unset: "none",
            example: "",
            help: "",
            more: "",
            section,
            used_by: Use::Serve,
            is_masked: false,
            is_list: false,
        };
        Self { about, parse, show }
    }

    pub(super) const fn default(mut self, default: &'static str) -> Self {
        self.about.default = Some(default);
        self
    }

    /// Without a default: what that means, and a value as an example.
    pub(super) const fn unset(mut self, unset: &'static str, example: &'static str) -> Self {
        self.about.unset = unset;
        self.about.example = example;
        self
    }

    pub(super) const fn help(mut self, help: &'static str, more: &'static str) -> Self {
        self.about.help = help;
        self.about.more = more;
        self
    }

    pub(super) const fn used_by(mut self, used_by: Use) -> Self {
        self.about.used_by = used_by;
        self
    }

    pub(super) const fn masked(mut self) -> Self {
        self.about.is_masked = true;
        self
    }

    pub(super) const fn list(mut self) -> Self {
        self.about.is_list = true;
        self
    }
}

/// A setting, whatever its type.
pub trait AnySetting: Sync {
    /// Its names and its help.
    fn about(&self) -> &About;
    /// A value as people may see it. A value that cannot be read is not shown.
    fn show(&self, given: &OsStr) -> String;
}

impl<T> AnySetting for Setting<T> {
    fn about(&self) -> &About {
        &self.about
    }

    fn show(&self, given: &OsStr) -> String {
        (self.parse)(given).map_or_else(|_| "***".to_owned(), |value| (self.show)(&value))
    }
}
