//! The table of settings as people read it: at the start, in `.env.example` and in `docs/configuration.md`.

use crate::cli::settings::setting::{About, AnySetting, Section, Use};
use crate::cli::settings::table::ALL;
use crate::cli::settings::{Config, Source, Values};
use clap::ValueEnum;
use std::fmt::Write as _;

/// How many characters a line of documentation has at most.
const WIDTH: usize = 100;

const MARKDOWN_BEGIN: &str = include_str!("configuration.md");
const DOTENV_BEGIN: &str = "\
# Copy to .env for `make run` and `make dev`, and take the # away from what you change. The server itself reads its
# environment and its flags. Values are defaults, or examples for settings without a default.
";
const DOTENV_END: &str = "
# For building and testing, from the environment only:
#   DOORWARD_TOOLS      folder for the tools that scripts/setup installs; ~/.cache/doorward/tools by default
#   DOORWARD_CHROMIUM   browser for the tests, where none is found on PATH
#   CARGO_TARGET_DIR    folder for what is built; target by default
";

/// What `doorward settings` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub struct PrintSettings {
    /// What to print
    #[arg(long, value_enum, default_value_t = Form::Values, hide = true)]
    pub form: Form,
}

/// What is printed of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Each setting with its value, and where the value comes from.
    Values,
    /// `.env.example`.
    Dotenv,
    /// `docs/configuration.md`.
    Markdown,
}

pub(crate) fn run(config: &Config, options: PrintSettings) {
    match options.form {
        Form::Values => print!("{}", config.summary()),
        Form::Dotenv => print!("{}", dotenv()),
        Form::Markdown => print!("{}", markdown()),
    }
}

/// A setting as it is shown.
#[derive(Clone)]
pub(super) struct Shown {
    name: &'static str,
    value: String,
    source: Source,
}

pub(super) fn shown(values: &Values) -> Vec<Shown> {
    let shown = |setting: &&dyn AnySetting| {
        let about = setting.about();
        let (given, source) = values.raw(about);
        Shown {
            name: about.name,
            value: given.map_or_else(|| about.unset.to_owned(), |given| setting.show(given)),
            source,
        }
    };
    ALL.iter().map(shown).collect()
}

impl Config {
    /// One aligned line a setting: its name, its value without secrets, and where the value comes from.
    #[must_use]
    pub fn summary(&self) -> String {
        let width = self.shown.iter().map(|setting| setting.value.chars().count()).max().unwrap_or(0).min(48);
        let mut text = String::new();
        for Shown { name, value, source } in &self.shown {
            let _ = writeln!(text, "{name:<25}  {value:<width$}  {}", source.as_str());
        }
        text
    }
}

/// The text of `.env.example`.
#[must_use]
pub fn dotenv() -> String {
    let mut text = DOTENV_BEGIN.to_owned();
    for section in Section::ALL {
        let _ = write!(text, "\n# ---- {} ----\n", section.title());
        for about in of(section) {
            let _ = write!(text, "\n{}", wrapped(&sentences(about), "# ", "# "));
            let _ = writeln!(text, "# {}={}", about.variable, about.default.unwrap_or(about.example));
        }
    }
    text.push_str(DOTENV_END);
    text
}

/// The text of `docs/configuration.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = MARKDOWN_BEGIN.to_owned();
    for section in Section::ALL {
        let _ = write!(text, "\n## {}\n\n| flag | variable | default |\n|---|---|---|\n", section.title());
        for about in of(section) {
            let flag = format!("--{} {}", about.name, about.value);
            let default = about.default.map_or_else(|| about.unset.to_owned(), |default| format!("`{default}`"));
            let _ = writeln!(text, "| `{}` | `{}` | {default} |", flag.trim_end(), about.variable);
        }
        text.push('\n');
        for about in of(section) {
            let words = format!("`--{}`: {}{}", about.name, sentences(about), used_by(about.used_by));
            text.push_str(&wrapped(&words, "- ", "  "));
        }
    }
    text
}

fn of(section: Section) -> impl Iterator<Item = &'static About> {
    ALL.iter().map(|setting| setting.about()).filter(move |about| about.section == section)
}

/// The help of a setting as sentences.
pub(crate) fn sentences(about: &About) -> String {
    format!("{}. {}", about.help, about.more).trim_end().to_owned()
}

const fn used_by(used_by: Use) -> &'static str {
    match used_by {
        Use::Always => " Used by every command.",
        Use::Database => " Used by every command that opens the database.",
        Use::Passwords => " Used by `serve`, `user add` and `seed demo`.",
        Use::Checkpoints => " Used by `serve` and by the commands of `ledger`.",
        Use::Serve => "",
    }
}

/// Words in lines of at most [`WIDTH`] characters.
fn wrapped(text: &str, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = others.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines + &line + "\n"
}
