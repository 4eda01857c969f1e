//! Runs pages, from the address to the view.

use super::answer::{answer, answer_as_usual, document_title, set_status};
use super::form::action::{finish, take_turn};
use super::layout::Refused;
use super::{Arrival, Asker, FormResult, OpenPage, Page, Parent, Requested, Site, ViewContext, watched};
use crate::page::context::request;
use crate::page::error::PageError;
use crate::page::permit::{decide_anyway, permit_for};
use doorward::guard::InvalidInput;
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;
use leptos_meta::Title;
use std::any::type_name;
use std::sync::Arc;

/// Renders page `P` at the requested address.
pub fn render<P: Page>() -> impl IntoView {
    Suspend::new(async move {
        match run::<P>().await {
            Ok(view) => view,
            Err((failure, copy)) => answer::<P::Site>(&failure, &copy).await,
        }
    })
}

async fn run<P: Page>() -> Result<AnyView, Refused<P::Site>> {
    let in_words = |failure: PageError| {
        let words = P::refusal(&failure);
        (failure, words)
    };
    let request = request::<P::Site>().map_err(in_words)?;
    let _ = request.route.set(P::PATTERN);
    let mut requested = Requested::of::<P, P::Site>(&request);
    let page = P::at(&mut requested);
    let unreadable = requested.unreadable();
    let Some(turn) = take_turn(&page, &request).await.map_err(in_words)? else { return Ok(().into_any()) };
    let around = page.within().enter().await?;
    let (wrap, inside) = futures::join!(around.reading, open(&page, unreadable));
    let wrap = wrap.map_err(in_words)?;
    let (frame, view, turn) = match (inside, around.frame) {
        (Ok(Inside::Opened(opened)), frame) => show(&page, *opened, frame, turn),
        (Ok(Inside::Unreadable(own, view, failure)), frame) => {
            set_status(&request, &failure);
            (frame.unwrap_or(own), view, turn)
        }
        // What is around the page may be shown. It stays, and the refusal takes the page's place.
        (Err(failure), Some(frame)) if !leads_elsewhere(&failure) => {
            set_status(&request, &failure);
            let here = request.address.clone().unwrap_or_else(LocalPath::home);
            (frame, P::Site::error_panel(&failure, &P::refusal(&failure), &here), turn)
        }
        (Err(failure), _) => return Err(in_words(failure)),
    };
    let (view, _) = wrap(view, turn);
    Ok(P::Site::in_frame(frame, view).await)
}

type FrameOf<P> = <<P as super::OfSite>::Site as Site>::Frame;

/// A page that may be shown.
struct Opened<P: Page> {
    frame: FrameOf<P>,
    shown: ViewContext,
    data: P::Data,
}

/// The inside of a page that may be opened.
enum Inside<P: Page> {
    Opened(Box<Opened<P>>),
    /// Its form alone, because the address cannot be read.
    Unreadable(FrameOf<P>, AnyView, PageError),
}

/// Shows a page's form instead of the page. A page without one shows the failure.
async fn open_unreadable<P: Page>(page: &P, failure: PageError) -> Result<Inside<P>, PageError> {
    let InvalidInput { principal, grounds, record } = decide_anyway::<P::Site, _>(page.opens()).await?;
    let query = Some(request::<P::Site>()?.query);
    let turn = FormResult { failure: Some(failure.clone()), form: query, ..FormResult::default() };
    let shown = ViewContext { now: principal.now, grounds, record, turn };
    let (title, view) = page.unreadable(&shown).ok_or_else(|| failure.clone())?;
    let view = (document_title::<P::Site>(title), view, P::Site::receipt(grounds, record)).into_any();
    Ok(Inside::Unreadable(P::Site::frame(&principal), view, failure))
}

async fn open<P: Page>(page: &P, unreadable: Option<PageError>) -> Result<Inside<P>, PageError> {
    if let Some(failure) = unreadable {
        return open_unreadable(page, failure).await;
    }
    let request = request::<P::Site>()?;
    let permit = permit_for::<P::Site, _>(page.opens(), Asker::Loader(type_name::<P>())).await?;
    let frame = P::Site::frame(permit.principal());
    let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
    let data = watched(&request, Some(record), Box::pin(page.load(permit))).await?;
    let shown = ViewContext { now, grounds, record, turn: FormResult::default() };
    Ok(Inside::Opened(Box::new(Opened { frame, shown, data })))
}

fn show<P: Page>(
    page: &P,
    opened: Opened<P>,
    outer: Option<FrameOf<P>>,
    turn: FormResult,
) -> (FrameOf<P>, AnyView, FormResult) {
    let Opened { frame, shown, data } = opened;
    let shown = ViewContext { turn, ..shown };
    let title = document_title::<P::Site>(&page.title(&data));
    let receipt = P::Site::receipt(shown.grounds, shown.record);
    let view = (title, page.view(data, &shown), receipt);
    (outer.unwrap_or(frame), view.into_any(), shown.turn)
}

/// Returns whether another page fixes the failure.
const fn leads_elsewhere(failure: &PageError) -> bool {
    matches!(failure, PageError::Refused(Refusal { answer: RefusalKind::SignIn | RefusalKind::Confirm, .. }))
}

/// Renders the open page `P`.
pub fn render_open<P: OpenPage>() -> impl IntoView {
    Suspend::new(async move {
        match run_open::<P>().await {
            Ok(view) => view,
            Err(failure) => answer_as_usual::<P::Site>(&failure).await,
        }
    })
}

async fn run_open<P: OpenPage>() -> Result<AnyView, PageError> {
    let request = request::<P::Site>()?;
    let _ = request.route.set(P::PATTERN);
    let page = P::at(&mut Requested::of::<P, P::Site>(&request));
    let turn = match request.posted.clone() {
        Some(form) => {
            let done = page.act(Arc::clone(&form)).await;
            match finish(done, "", form, &request).await? {
                Some(turn) => turn,
                None => return Ok(().into_any()),
            }
        }
        None => FormResult::default(),
    };
    let data = match page.load(request.posted.as_deref()).await? {
        Arrival::Show(data) => data,
        Arrival::GoTo(path) => {
            request.head.set(|head| head.see_other = Some(path));
            return Ok(().into_any());
        }
    };
    let view = view! {
        <Title text=page.title() />
        {page.view(data, &turn)}
    };
    Ok(P::Site::plain(view.into_any()))
}
