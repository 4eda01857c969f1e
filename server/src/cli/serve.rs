//! `doorward serve`

use crate::account::one_time_codes;
use crate::account::passkeys::origin::passkeys_at;
use crate::backend::{SqlBackend, by_command};
use crate::cli::CommandError;
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::http::address::TrustedProxies;
use crate::http::assets;
use crate::http::listener::{Limits, Patience, Places, TlsError, raise_descriptor_limit, serve_within, tls};
use crate::http::origins::Origins;
use crate::ledger::cli::{LedgerError, key_file};
use crate::ledger::forward::{self, Receiver};
use crate::ledger::sealer::archive::{self, Archive};
use crate::ledger::sealer::{self, KeptCheckpoints, Sealer, outside};
use crate::ledger::search::indexer;
use crate::observe::metrics::{self, Metrics};
use crate::outgoing::ClientError;
use crate::search;
use crate::secrets::details::deletion::{self, Deletions};
use crate::secrets::rotation::due::{self, DueNotices};
use crate::sessions::revocations::{self, By};
use crate::sessions::{deployment, sweep};
use crate::sign_in::authenticate::hash_of_code;
use crate::sign_in::set_up;
use crate::webhook::{self, Webhook, WebhookError};
use crate::{Settings, demo, identities, ledger, router};
use app::console::assets::Assets;
use app::page::Address;
use app::sign_in::set_up::SetUp;
use axum::Router;
use doorward::guard::Unavailable;
use doorward::ledger::Signer;
use doorward::{RevocationId, SecretText, TimeSpan};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long a set-up link counts.
const SET_UP_LINK: TimeSpan = TimeSpan::hours(1);

/// Why the server did not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("{0} cannot be listened on")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// TLS cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The pages' scripts and styles are not there.
    #[error("there is no built site in {0}; build it with `make run`, or name its folder with --site-root")]
    NoSite(String),
    /// Notices cannot be sent.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// Records cannot be forwarded.
    #[error(transparent)]
    Forward(#[from] ClientError),
    /// The database stopped answering.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for ServeError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

pub(crate) async fn run(config: &Config, demo: bool) -> Result<(), CommandError> {
    raise_descriptor_limit();
    if let Some(warning) = config.warning() {
        tracing::warn!("{warning}");
    }
    let built = assets::hashed().filter(|_| config.site_root.join("pkg").is_dir());
    let assets = built.ok_or_else(|| ServeError::NoSite(config.site_root.display().to_string()))?;
    let acceptor = match &config.tls {
        Some(files) => Some(tls(&files.certificate, &files.key).map_err(ServeError::Tls)?),
        None => None,
    };
    let webhook = config.webhook.as_ref().map(Webhook::new).transpose().map_err(ServeError::Webhook)?;
    let to_outside = config.checkpoint_webhook.as_ref().map(Webhook::new).transpose().map_err(ServeError::Webhook)?;
    let forward = config.forward.as_ref().map(Receiver::new).transpose().map_err(ServeError::Forward)?;
    let mut backend = open(config).await?;
    begin_epoch(&backend, config.session_epoch).await?;
    // Before the first record is sealed: the demonstration has a past.
    let people = if demo { Some(demo::demo(&backend, demo::Past::Month).await?) } else { None };
    sweep::start(backend.database.clone(), backend.endings(), &backend.clock);
    deletion::start(Deletions::of(&backend), &backend.clock);
    due::start(DueNotices::of(&backend), &backend.clock);
    let signer = sealer::open_log(&key_file(config), &backend.database, &*backend.random).await;
    let (signer, kept) = (Arc::new(signer.map_err(LedgerError::from)?), KeptCheckpoints::of(config));
    indexer::start(backend.database.clone(), &backend.clock);
    search::indexer::start(backend.database.clone(), &backend.clock);
    sealer::start(sealer(&backend, &signer, &kept), &backend.clock);
    let verifier = signer.verifier();
    let outside =
        to_outside.map(|webhook| outside::start(webhook, &backend, verifier.clone(), kept.clone(), outside::EVERY));
    if let Some(webhook) = webhook {
        let random = Arc::clone(&backend.random);
        webhook::start(webhook, backend.database.clone(), &backend.clock, random).await.map_err(ServeError::from)?;
    }
    if let Some(receiver) = forward {
        forward::start(receiver, backend.database.clone(), &backend.clock, Arc::clone(&backend.random));
    }
    let archiving = config.retention.as_ref().map(|keep| {
        let archive = Archive::of(config, &backend, signer.verifier(), keep.folder.clone(), "policy");
        archive::start(archive, TimeSpan::hours(24 * i64::from(keep.days)))
    });
    let listener = TcpListener::bind(config.listen).await.map_err(|error| ServeError::Listen(config.listen, error))?;
    let bound = listener.local_addr().map_err(|error| ServeError::Listen(config.listen, error))?;
    let for_metrics = match config.metrics {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|error| ServeError::Listen(address, error))?),
        None => None,
    };
    let origins = origins(config, bound);
    backend.passkeys = passkeys_at(&origins);
    backend.issuer = one_time_codes::issuer(origins.first()).into();
    backend.origin = origins.first().into();
    println!("{}", config.summary());
    match &people {
        Some(people) => demo::cli::print_sign_ins(people),
        None => offer_set_up(&backend, &origins).await?,
    }
    if let Some(listener) = &for_metrics
        && let Ok(address) = listener.local_addr()
    {
        println!("Metrics are at http://{address}{}", metrics::ADDRESS);
    }
    // A process that reads the next line may send the signal to stop at once.
    let stop = told_to_stop();
    println!("doorward is ready at {}", origins.first());
    let patience = Patience { head: config.header_timeout, shutdown: config.shutdown_deadline };
    let mut router = router(backend.clone(), settings(config, assets, origins));
    if let Some(listener) = for_metrics {
        router = with_metrics(&backend, listener, router, patience);
    }
    // Streams to open tabs end by themselves; otherwise they would keep the server from stopping.
    let live = backend.live.clone();
    let stop = async move {
        stop.await;
        live.close();
    };
    let limits = Limits::new(Places::for_site(TrustedProxies(config.trusted_proxies.clone())));
    serve_within(listener, router, acceptor, patience, limits, stop).await;
    backend.record_floods().await;
    if let Some(archiving) = archiving {
        archiving.abort();
    }
    if let Some(outside) = outside {
        // What cannot be sealed now is sealed by the next process.
        let _ = sealer::all(&backend.database, &signer, &kept, backend.clock.now()).await;
        outside.stop().await;
    }
    backend.database.close().await;
    Ok(())
}

fn sealer(backend: &SqlBackend, signer: &Arc<Signer>, kept: &KeptCheckpoints) -> Sealer {
    Sealer {
        database: backend.database.clone(),
        signer: Arc::clone(signer),
        kept: kept.clone(),
        random: Arc::clone(&backend.random),
    }
}

/// Serves numbers at an address of their own, and gives the site's router back with its requests measured.
fn with_metrics(backend: &SqlBackend, listener: TcpListener, router: Router, patience: Patience) -> Router {
    let metrics = Metrics::new(backend.clone());
    let measured = metrics.measure(router);
    // It ends with the process: until then a stopping server can be watched too.
    let limits = Limits::new(Places::for_metrics());
    tokio::spawn(serve_within(listener, metrics.router(), None, patience, limits, std::future::pending()));
    measured
}

fn origins(config: &Config, bound: SocketAddr) -> Origins {
    match &config.public_origin {
        Some(origin) => Origins::public(&origin.to_string()),
        None => Origins::local(bound, config.tls.is_some()),
    }
}

fn settings(config: &Config, assets: Assets, origins: Origins) -> Settings {
    Settings {
        site_root: config.site_root.clone(),
        assets,
        tls: origins.first().starts_with("https://"),
        origins,
        proxies: TrustedProxies(config.trusted_proxies.clone()),
        body_limit: config.body_limit,
        request_timeout: config.request_timeout,
        xray: config.xray,
    }
}

/// Ends and records every session of earlier releases, if the settings ask for that for the first time.
async fn begin_epoch(backend: &SqlBackend, release: u32) -> Result<(), ServeError> {
    let mut source = Source::writer(&backend.database).await?;
    if !deployment::raise(&mut source, release).await? {
        return Ok(());
    }
    let entry = by_command(backend, "session.revoke", format!("release:{release}"), "by=release".to_owned());
    ledger::sql::append_in(&mut source, &entry).await?;
    // Other processes have tabs open, and hear of it by this.
    let by = By { identity: None, name: format!("release {release}"), spare: None };
    let id = RevocationId::new(entry.at, &*backend.random);
    revocations::note_release(&mut source, &by, id, entry.at).await?;
    source.commit().await?;
    println!("Every session of releases before epoch {release} has ended.");
    Ok(())
}

/// Prints a link that creates the first administrator, if there is no identity yet. There is no default password.
async fn offer_set_up(backend: &SqlBackend, origins: &Origins) -> Result<(), ServeError> {
    let mut source = Source::writer(&backend.database).await?;
    if !identities::sql::nobody_yet(&mut source).await? {
        return Ok(());
    }
    let code: SecretText = demo::new_password(&*backend.random);
    let ends = backend.clock.now().plus(SET_UP_LINK);
    set_up::replace(&mut source, hash_of_code(&code), ends).await?;
    source.commit().await?;
    println!("There is nobody yet. This link makes the first administrator; it counts once, and for an hour:");
    println!("  {}{}", origins.first(), SetUp { code: code.expose().to_owned() }.href());
    Ok(())
}

/// Listens for the stop signals from now on. The future ends when one arrives.
fn told_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            // Without signal handlers, the server runs until it is killed.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
