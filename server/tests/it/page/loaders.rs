//! Routes that nest: decisions are taken from the outside in, each loader asks for itself, and they read together.

use crate::support::world::{ORIGIN, World, settings};
use app::backend::{Backend, Permit};
use app::console::Console;
use app::page::error::PageError;
use app::page::{Address, Layout, OfSite, Page, Requested, Routed, ViewContext, render};
use app::secrets::policy::{ReadSecret, ReadUses};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use doorward::action::{Action, Read};
use doorward::guard::{self, Asked};
use doorward::ledger::Channel;
use doorward::policy::Decision;
use doorward::{Clock, Principal, Reason, RefusalKind, SecretId};
use leptos::prelude::*;
use server::Shared;
use server::http::address::TrustedProxies;
use server::http::context;
use server::sign_in::handle;
use std::time::Duration;
use tokio::sync::Barrier;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_layout_stops_its_page_before_it_asks() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let hidden = world.secrets().ungranted().first().await;
    for address in [format!("/secrets/{hidden}"), format!("/secrets/{hidden}/access")] {
        let before = world.count_all("audit").await;
        assert_eq!(vera.get(&address).await.status, StatusCode::NOT_FOUND);
        assert_eq!(world.count_all("audit").await - before, 1, "{address}: the layout alone asked");
    }
    assert_eq!(world.records().one_of("action", &["secret.uses", "secret.access", "secret.history"]).count().await, 0);
}

/// G1: the page's loader refuses by itself, with nobody in front of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pages_own_loader_refuses_where_its_layout_was_never_asked() {
    let world = World::new().await;
    let vera = world.sign_in("vera").await;
    let id = SecretId::parse(&world.secrets().ungranted().first().await).expect("an id");
    let asked = Asked {
        handle: vera.handle.as_deref().and_then(handle::read),
        continues: None,
        entry: Channel::Page,
        place: doorward::ClientOrigin { address: Some(vera.address.to_string()), user_agent: None },
        place_rule: doorward::ReconfirmOn::BOTH,
        renewal: world.backend.sessions.renewal,
        request: "a test".to_owned(),
        now: world.clock.now(),
        watch: None,
    };
    let unit = world.backend.unit(false).await.expect("a unit");
    let refused = guard::permit(unit, &asked, ReadUses { id }).await.expect_err("a refusal");
    assert_eq!(refused.refusal.answer, RefusalKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_page_says_so_inside_its_layout() {
    let world = World::new().await;
    let mut vera = world.sign_in("vera").await;
    let granted = "exists (select 1 from grants g join identities i on i.id = g.identity and i.name = 'vera' where \
                   g.secret = s.id and g.ends_at is null)";
    let id = world.secret_where(granted).await;
    let answer = vera.get(&format!("/secrets/{id}/access")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let record = world.records().of("secret.access").ids().await;
    assert!(answer.page().heading().contains(&world.secret_name(&id).await));
    for said in ["You do not have permission to do this", record[0].as_str(), "Sign out"] {
        assert!(answer.page().shows(said), "{said}");
    }
    assert!(!answer.page().shows("Granted by"), "nothing of the page itself is there");
}

/// Both loaders of the route below wait for each other, so it is rendered only where they run at the same time.
static BOTH: std::sync::OnceLock<Barrier> = std::sync::OnceLock::new();

async fn meet() -> Result<(), PageError> {
    let both = BOTH.get_or_init(|| Barrier::new(2));
    tokio::time::timeout(Duration::from_secs(60), both.wait()).await.map(drop).map_err(|_| PageError::Lost)
}

macro_rules! anybody_signed_in {
    ($name:ident, $action:literal) => {
        struct $name;
        impl Action for $name {
            const NAME: &'static str = $action;
            type Facts = ();
            type Effect = Read;
            fn about(&self) {}
            fn decide(&self, who: &Principal, (): &()) -> Decision {
                who.signed_in()
            }
        }
    };
}

anybody_signed_in!(ReadOuter, "test.outer");
anybody_signed_in!(ReadInner, "test.inner");

#[derive(Clone)]
struct Outer;

impl Layout for Outer {
    type Opens = ReadOuter;
    type Data = ();
    type Within = Console;

    fn opens(&self) -> ReadOuter {
        ReadOuter
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<ReadOuter>) -> Result<(), PageError> {
        meet().await
    }

    fn view(&self, (): (), _: &ViewContext, page: AnyView) -> AnyView {
        view! { <p>"outer"</p> {page} }.into_any()
    }
}

#[derive(Clone)]
struct Inner;

impl Routed for Inner {
    const PATTERN: &'static str = "/inner";
}

impl OfSite for Inner {
    type Site = Console;
}

impl Address for Inner {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for Inner {
    type Opens = ReadInner;
    type Data = ();
    type Within = Outer;
    type Actions = ();

    fn opens(&self) -> ReadInner {
        ReadInner
    }

    fn within(&self) -> Outer {
        Outer
    }

    async fn load(&self, _: Permit<ReadInner>) -> Result<(), PageError> {
        meet().await
    }

    fn title(&self, (): &()) -> String {
        "Inner".to_owned()
    }

    fn view(&self, (): (), _: &ViewContext) -> AnyView {
        view! { <p>"inner"</p> }.into_any()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layout_and_its_page_read_at_the_same_time() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let request = omar.request(Method::GET, "/inner").header(header::ORIGIN, ORIGIN);
    let (parts, _) = request.body(Body::empty()).unwrap().into_parts();
    let shared = Shared::new(world.backend.clone(), settings(TrustedProxies::default()));
    let visit = context::visit(&shared, &parts, Channel::Page, None);
    let html = context::in_context(visit, async {
        leptos_meta::provide_meta_context();
        render::<Inner>().into_any().resolve().await.to_html()
    });
    let html = html.await;
    assert!(html.contains("outer") && html.contains("inner"), "{html}");
    let order = world.records().like("action", "test.%").ordered("at").each("action").await;
    assert_eq!(order.len(), 2, "each asked for itself");
}

#[test]
fn page_and_layout_agree_about_what_exists() {
    assert_eq!(ReadUses::PERMISSION, Some(ReadSecret::NAME));
    assert_eq!(Reason::Hidden.answer(), RefusalKind::NotFound);
}
