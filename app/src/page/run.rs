//! Runs a page, from its address to its view.

use super::action::{finish, take_turn};
use super::nest::Refused;
use super::{Arrival, Nest, OpenPage, Page, Requested, Shown, Turn};
use crate::console::error_page;
use crate::console::frame::{Frame, console, plain};
use crate::page::error::Failure;
use crate::page::permit::{self, Visit};
use doorward::Answer;
use doorward::Refusal;
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// Renders page `P` at the address that was asked for.
pub fn render<P: Page>() -> impl IntoView {
    Suspend::new(async move {
        match run::<P>().await {
            Ok(view) => view,
            Err((failure, words)) => error_page::answer(&failure, &words),
        }
    })
}

async fn run<P: Page>() -> Result<AnyView, Refused> {
    let in_words = |failure: Failure| {
        let words = P::refusal(&failure);
        (failure, words)
    };
    let visit = permit::visit().map_err(in_words)?;
    let mut requested = Requested::of::<P>(&visit);
    let page = P::at(&mut requested);
    let unreadable = requested.unreadable();
    let Some(turn) = take_turn(&page, &visit).await.map_err(in_words)? else { return Ok(().into_any()) };
    let around = page.within().enter().await?;
    let (wrap, inside) = futures::join!(around.reading, open(&page, unreadable));
    let wrap = wrap.map_err(in_words)?;
    let (frame, view, turn) = match (inside, around.frame) {
        (Ok(opened), frame) => show(&page, opened, frame, turn),
        // What stands around it may be shown, so it stays, and the refusal takes the page's place.
        (Err(failure), Some(frame)) if !leads_elsewhere(&failure) => {
            error_page::set_status(&visit, &failure);
            (frame, error_page::panel(&failure, &P::refusal(&failure)), turn)
        }
        (Err(failure), _) => return Err(in_words(failure)),
    };
    let (view, _) = wrap(view, turn);
    Ok(console(frame, view).await)
}

/// A page that may be shown.
struct Opened<P: Page> {
    frame: Frame,
    shown: Shown,
    data: P::Data,
}

async fn open<P: Page>(page: &P, unreadable: Option<Failure>) -> Result<Opened<P>, Failure> {
    if let Some(failure) = unreadable {
        return Err(permit::refuse_input(page.opens(), failure).await);
    }
    let permit = permit::permit(page.opens()).await?;
    let frame = Frame::of(permit.principal());
    let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
    let data = page.load(permit).await?;
    Ok(Opened { frame, shown: Shown { now, grounds, record, turn: Turn::default() }, data })
}

fn show<P: Page>(page: &P, opened: Opened<P>, outer: Option<Frame>, turn: Turn) -> (Frame, AnyView, Turn) {
    let Opened { frame, shown, data } = opened;
    let shown = Shown { turn, ..shown };
    let title = format!("{} · Doorward", page.title(&data));
    let view = page.view(data, &shown);
    let view = view! {
        <Title text=title />
        {view}
    };
    (outer.unwrap_or(frame), view.into_any(), shown.turn)
}

/// Whether a failure is mended on another page.
const fn leads_elsewhere(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(Refusal { answer: Answer::SignIn | Answer::Confirm, .. }))
}

/// Renders the open page `P`.
pub fn render_open<P: OpenPage>() -> impl IntoView {
    Suspend::new(async move {
        match run_open::<P>().await {
            Ok(view) => view,
            Err(failure) => error_page::answer(&failure, &error_page::words(&failure)),
        }
    })
}

async fn run_open<P: OpenPage>() -> Result<AnyView, Failure> {
    let visit: Visit = permit::visit()?;
    let page = P::at(&mut Requested::of::<P>(&visit));
    let turn = match visit.posted.clone() {
        Some(form) => {
            let done = page.act(Arc::clone(&form)).await;
            match finish(done, "", form, &visit).await? {
                Some(turn) => turn,
                None => return Ok(().into_any()),
            }
        }
        None => Turn::default(),
    };
    let data = match page.load(visit.posted.as_deref()).await? {
        Arrival::Show(data) => data,
        Arrival::GoTo(path) => {
            visit.head.set(|head| head.see_other = Some(path));
            return Ok(().into_any());
        }
    };
    let view = view! {
        <Title text=page.title() />
        {page.view(data, &turn)}
    };
    Ok(plain(view.into_any()).into_any())
}
