//! `doorward secrets rotate`: gives a secret a generated value, which is not printed.

use crate::backend::{NotMade, SqlBackend, by_command};
use crate::cli::CommandError;
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::secrets::generate::{self, Drawn};
use crate::secrets::values;
use crate::secrets::versions::new::NewVersion;
use crate::{ledger, secrets};
use app::secrets::store::{GivenValue, RotateError, SecretKind};
use clap::{Args, ValueEnum};
use doorward::generator::{Alphabet, BadCharacters, BadWords, Characters, Generator, KeyFormat, LOOK_ALIKES, Words};
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{BadEnvironment, Environment};

/// What is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Lower case, upper case and digits, without look-alikes
    Characters,
    /// Words that can be pronounced
    Words,
    /// An Ed25519 key pair in OpenSSH's format
    Openssh,
    /// An Ed25519 key pair in PKCS#8, PEM
    Pkcs8,
}

/// `secrets rotate`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RotateSecret {
    /// The environment of the secret
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// What to generate; without it, what is kept with the secret
    #[arg(long, value_name = "KIND")]
    pub generate: Option<Kind>,
    /// The number of characters
    #[arg(long, value_name = "NUMBER", default_value_t = 24, requires = "generate")]
    pub length: usize,
    /// Add symbols to the characters
    #[arg(long, requires = "generate")]
    pub symbols: bool,
    /// Characters to leave out, in place of look-alikes
    #[arg(long, value_name = "CHARACTERS", requires = "generate")]
    pub without: Option<String>,
    /// The number of words
    #[arg(long, value_name = "NUMBER", default_value_t = 6, requires = "generate")]
    pub words: u32,
    /// Keep these settings with the secret
    #[arg(long, requires = "generate")]
    pub keep: bool,
    /// The name of the secret
    pub name: String,
}

/// Why a secret did not get a generated value.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The name of the environment is wrong.
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    /// There is no such secret.
    #[error("there is no secret {0} in {1}")]
    NoSecret(String, Environment),
    /// It is out of use.
    #[error("{0} is archived: bring it back first")]
    Archived(String),
    /// It is no text.
    #[error("{0} is of another kind ({1}): only texts can be generated")]
    OtherKind(String, &'static str),
    /// Nothing says what to generate.
    #[error("no settings are kept with {0}: say what to generate with --generate")]
    NothingKept(String),
    /// The settings of characters are wrong.
    #[error(transparent)]
    Characters(#[from] BadCharacters),
    /// The number of words is wrong.
    #[error(transparent)]
    Words(#[from] BadWords),
    /// The database did not answer.
    #[error("the database did not answer; nothing was changed")]
    Unavailable,
}

impl From<Unavailable> for GenerateError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<RotateError> for GenerateError {
    fn from(_: RotateError) -> Self {
        Self::Unavailable
    }
}

impl RotateSecret {
    fn generator(&self) -> Result<Option<Generator>, GenerateError> {
        Ok(match self.generate {
            None => None,
            Some(Kind::Characters) => {
                let usual = [Alphabet::Lower, Alphabet::Upper, Alphabet::Digits];
                let alphabets = if self.symbols { &Alphabet::ALL[..] } else { &usual[..] };
                let without = self.without.as_deref().unwrap_or(LOOK_ALIKES);
                Some(Generator::Characters(Characters::new(self.length, alphabets, without)?))
            }
            Some(Kind::Words) => Some(Generator::Words(Words::new(self.words)?)),
            Some(Kind::Openssh) => Some(Generator::KeyPair(KeyFormat::OpenSsh)),
            Some(Kind::Pkcs8) => Some(Generator::KeyPair(KeyFormat::Pkcs8)),
        })
    }
}

/// What was done: the version, what generated it, and the public part of a key pair.
pub struct Generated {
    pub version: i64,
    pub generator: Generator,
    pub public: Option<String>,
}

/// Stores a generated value as the next version, in one transaction with its record.
pub async fn rotate(backend: &SqlBackend, options: &RotateSecret) -> Result<Generated, GenerateError> {
    let (name, environment) = (&options.name, Environment::parse(&options.environment)?);
    let chosen = options.generator()?;
    let mut source = Source::writer(&backend.database).await?;
    let found = secrets::sql::by_name(&mut source, &environment, name).await?;
    let id = found.ok_or_else(|| GenerateError::NoSecret(name.clone(), environment.clone()))?;
    let about = secrets::details::sql::about(&mut source, id).await?;
    if about.is_some_and(|about| about.archived.is_some()) {
        return Err(GenerateError::Archived(name.clone()));
    }
    let kind = values::sql::kind(&mut source, id).await?.ok_or(GenerateError::Unavailable)?;
    if kind != SecretKind::Text {
        return Err(GenerateError::OtherKind(name.clone(), kind.as_str()));
    }
    let generator = match chosen {
        Some(generator) => generator,
        None => {
            let kept = generate::kept(&mut source, id).await?.generator;
            kept.ok_or_else(|| GenerateError::NothingKept(name.clone()))?
        }
    };
    let Drawn { value, public } = Drawn::by(&generator, &*backend.random)?;
    if options.keep {
        generate::keep(&mut source, id, &generator).await?;
    }
    let (by, now) = (None, backend.clock.now());
    let value = GivenValue::Text(value);
    let new = NewVersion { id, by, now, value, public: public.clone(), why: "", over: None };
    let version = backend.add_version(&mut source, new).await.map_err(NotMade::error)?;
    let parameters = format!("environment={environment}&version={version}");
    let entry = by_command(backend, "secret.generate", format!("secret:{id}"), parameters);
    let entry = AuditEntry { environment: Some(environment), resource_name: Some(name.clone()), ..entry };
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await?;
    Ok(Generated { version, generator, public })
}

pub(super) async fn run(config: &Config, options: RotateSecret) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let Generated { version, generator, public } = rotate(&backend, &options).await?;
    println!("{} in {} has a generated value; this is version {version}.", options.name, options.environment);
    println!("It has {:.0} bits of entropy and is not shown: reveal it in the console.", generator.entropy().floor());
    if let Some(public) = public {
        println!("{public}");
    }
    backend.database.close().await;
    Ok(())
}
