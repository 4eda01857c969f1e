//! The values of settings, and where each comes from.

use crate::cli::settings::ConfigError;
use crate::cli::settings::setting::{About, Setting, Use, Wrong};
use crate::cli::settings::table::ALL;
use clap::ArgMatches;
use std::ffi::{OsStr, OsString};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag,
    /// A variable of the environment.
    Environment,
    /// Neither.
    Default,
}

impl Source {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::Default => "default",
        }
    }
}

/// What was given. It has no `Debug`, as some values are secrets.
pub struct Values(Vec<(&'static str, OsString, Source)>);

impl Values {
    /// Reads flags, and the variables of those settings that the command uses: others may be meant for another program.
    /// Compose files set variables to nothing, and mean that they are not set.
    pub(crate) fn read(
        matches: &ArgMatches,
        uses: &[Use],
        environment: impl Fn(&'static str) -> Option<OsString>,
    ) -> Self {
        let (mut levels, mut level) = (vec![matches], matches);
        while let Some((_, inner)) = level.subcommand() {
            levels.push(inner);
            level = inner;
        }
        let mut values = Vec::new();
        for setting in ALL {
            let about = setting.about();
            let variable = || environment(about.variable).filter(|value| !value.is_empty());
            // A flag may come before or after the command's name. The last one counts.
            if let Some(flag) = levels.iter().rev().find_map(|level| flag(level, about)) {
                values.push((about.name, flag, Source::Flag));
            } else if uses.contains(&about.used_by)
                && let Some(variable) = variable()
            {
                values.push((about.name, variable, Source::Environment));
            }
        }
        Self(values)
    }

    /// Returns the value of a setting and where it comes from.
    pub(super) fn raw(&self, about: &About) -> (Option<&OsStr>, Source) {
        let given = self.0.iter().find(|(name, ..)| *name == about.name);
        given.map_or((about.default.map(OsStr::new), Source::Default), |(_, value, source)| {
            (Some(value.as_os_str()), *source)
        })
    }

    /// The value of a setting, if it has one.
    pub(super) fn find<T>(&self, setting: &Setting<T>) -> Result<Option<T>, ConfigError> {
        let about = &setting.about;
        let (Some(given), source) = self.raw(about) else { return Ok(None) };
        (setting.parse)(given).map(Some).map_err(|wrong| match wrong {
            Wrong::Refused(error) => error,
            Wrong::NotAFileName => ConfigError::NotAFileName(about.name),
            Wrong::Value(why) => ConfigError::Value { value: repeated(about, given), place: place(about, source), why },
        })
    }

    /// The value of a setting that has a default.
    pub(super) fn get<T>(&self, setting: &Setting<T>) -> Result<T, ConfigError> {
        self.find(setting)?.ok_or(ConfigError::NoValue(setting.about.name))
    }
}

fn flag(level: &ArgMatches, about: &About) -> Option<OsString> {
    if about.value.is_empty() {
        return level.get_flag(about.name).then(|| OsString::from("on"));
    }
    let given: Vec<&OsStr> = level.get_many::<OsString>(about.name)?.map(OsString::as_os_str).collect();
    Some(given.join(OsStr::new(",")))
}

/// A wrong value is repeated, unless it may hold a name and password.
fn repeated(about: &About, given: &OsStr) -> String {
    let given = given.to_string_lossy();
    if about.is_masked || given.contains('@') { "***".to_owned() } else { given.into_owned() }
}

fn place(about: &About, source: Source) -> String {
    match source {
        Source::Environment => format!("{} (the variable of --{})", about.variable, about.name),
        Source::Flag | Source::Default => format!("'--{} <{}>'", about.name, about.value),
    }
}
