//! The page that ARCHITECTURE.md adds, among the console's own.

use crate::access::glossary::Glossary;
use crate::console::Console;
use crate::page::{OfSite, Routed, render};
use crate::support::client::Client;
use crate::support::world::{World, settings};
use axum::body::Body;
use axum::http::Method;
use doorward::ledger::Channel;
use leptos::prelude::*;
use server::Shared;
use server::http::address::TrustedProxies;
use server::http::context::{in_context, visit};

// What its line in routes.rs expands to.
impl Routed for Glossary {
    const PATTERN: &'static str = "/glossary";
}

impl OfSite for Glossary {
    type Site = Console;
}

/// The page as `client` gets it, and where it is sent instead.
async fn open(world: &World, client: &Client) -> (String, Option<String>) {
    let shared = Shared::new(world.backend.clone(), settings(TrustedProxies::default()));
    let (parts, _) = client.request(Method::GET, "/glossary").body(Body::empty()).unwrap().into_parts();
    let visit = visit(&shared, &parts, Channel::Page, None);
    let head = visit.head.clone();
    let html = in_context(visit, async {
        leptos_meta::provide_meta_context();
        render::<Glossary>().into_any().resolve().await.to_html()
    });
    (html.await, head.take().see_other.map(|path| path.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_walkthrough_is_guarded_and_shown() {
    let world = World::new().await;
    let (page, onward) = open(&world, &world.sign_in("noor").await).await;
    assert!(page.contains("<h1>Glossary</h1>") && page.contains("Signed in as"), "{page}");
    assert_eq!(onward, None);
    assert_eq!(world.count("select count(*) from audit where action = 'glossary.read'").await, 1);
    let (page, onward) = open(&world, &world.visitor()).await;
    assert!(!page.contains("Glossary"), "{page}");
    assert_eq!(onward.as_deref(), Some("/sign-in?next=%2Fglossary"));
}
