//! A page: first its action, where a form was posted, then its loader, then its view.
//!
//! The status and everything else of the answer's head stand before the first byte is sent, because a page is rendered
//! whole. What a refusal looks like is said once, in [`crate::ui::refusal`].

use crate::door::{self, Permit};
use crate::form::Form;
use crate::model::Failure;
use crate::ui::{Frame, console, plain, refusal};
use doorward::LocalPath;
use doorward::action::Action;
use leptos::prelude::*;
use std::future::Future;
use std::sync::Arc;

/// What a loader gives its page: the data, and the frame that its permit pays for.
pub struct Loaded<D> {
    frame: Frame,
    data: D,
}

impl<D> Loaded<D> {
    /// Data that was read with the permit from which `frame` was made.
    pub const fn new(frame: Frame, data: D) -> Self {
        Self { frame, data }
    }
}

/// The frame around a page, made from the permit that lets the page be shown.
#[must_use]
pub fn frame<A: Action>(permit: &Permit<A>) -> Frame {
    Frame::of(permit.principal(), permit.grounds(), permit.record())
}

/// What came of an action.
pub enum Acted<A> {
    /// It is done; the browser goes on to another page (303), which may show a message.
    SeeOther(LocalPath, Option<&'static str>),
    /// It is done, and this page shows what came of it.
    Show(A),
}

/// What a page knows of the form that was posted to it.
pub struct Turn<A> {
    /// What the action gave.
    pub done: Option<A>,
    failure: Option<Failure>,
    form: Option<Arc<Form>>,
}

impl<A> Turn<A> {
    const fn nothing() -> Self {
        Self { done: None, failure: None, form: None }
    }

    /// The sentence beside a field; the name "" stands for the form as a whole.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        match &self.failure {
            Some(Failure::Invalid { field: wrong, message }) if wrong == field => Some(message.clone()),
            Some(failure @ Failure::TooMany { .. }) if field.is_empty() => Some(failure.sentence()),
            _ => None,
        }
    }

    /// What was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        self.form.as_ref().map(|form| form.text(field).to_owned()).unwrap_or_default()
    }
}

/// A page that only shows.
pub fn shown<D: 'static>(
    load: impl Future<Output = Result<Loaded<D>, Failure>> + Send + 'static,
    view: impl FnOnce(D, &Frame) -> AnyView + Send + 'static,
) -> impl IntoView {
    let act = async |_: Arc<Form>| Err::<Acted<()>, _>(Failure::NoSuchAction);
    render(async move {
        take_turn(act).await?;
        let Loaded { frame, data } = load.await?;
        let view = view(data, &frame);
        Ok(console(frame, view).await)
    })
}

/// A page with a form that is posted to its own address.
pub fn acting<D, A, F>(
    load: impl Future<Output = Result<Loaded<D>, Failure>> + Send + 'static,
    act: impl FnOnce(Arc<Form>) -> F + Send + 'static,
    view: impl FnOnce(D, Turn<A>, &Frame) -> AnyView + Send + 'static,
) -> impl IntoView
where
    D: 'static,
    A: Send + 'static,
    F: Future<Output = Result<Acted<A>, Failure>> + Send + 'static,
{
    render(async move {
        let Some(turn) = take_turn(act).await? else { return Ok(().into_any()) };
        let Loaded { frame, data } = load.await?;
        let view = view(data, turn, &frame);
        Ok(console(frame, view).await)
    })
}

/// A page that asks nobody who they are. `why` says the reason, for whoever reads the page's code.
pub fn open<A, F>(
    why: &'static str,
    act: impl FnOnce(Arc<Form>) -> F + Send + 'static,
    view: impl FnOnce(Turn<A>) -> AnyView + Send + 'static,
) -> impl IntoView
where
    A: Send + 'static,
    F: Future<Output = Result<Acted<A>, Failure>> + Send + 'static,
{
    debug_assert!(!why.is_empty());
    render(async move {
        let Some(turn) = take_turn(act).await? else { return Ok(().into_any()) };
        Ok(plain(view(turn)).into_any())
    })
}

fn render(page: impl Future<Output = Result<AnyView, Failure>> + Send + 'static) -> impl IntoView {
    Suspend::new(async move {
        match page.await {
            Ok(view) => view,
            Err(failure) => refusal::answer(&failure),
        }
    })
}

/// Runs the action where a form was posted. Nothing where the browser goes elsewhere.
async fn take_turn<A, F>(act: impl FnOnce(Arc<Form>) -> F) -> Result<Option<Turn<A>>, Failure>
where
    F: Future<Output = Result<Acted<A>, Failure>>,
{
    let visit = door::visit()?;
    let Some(form) = visit.posted else { return Ok(Some(Turn::nothing())) };
    match act(Arc::clone(&form)).await {
        Ok(Acted::Show(done)) => Ok(Some(Turn { done: Some(done), failure: None, form: Some(form) })),
        Ok(Acted::SeeOther(path, message)) => {
            if let (Some(message), Some(handle)) = (message, &visit.asked.handle) {
                visit.backend.put_flash(handle, message).await?;
                visit.head.set(|head| head.flash_waits = Some(true));
            }
            visit.head.set(|head| head.see_other = Some(path));
            Ok(None)
        }
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. })) => {
            visit.head.set(|head| {
                head.status = Some(failure.status());
                head.retry_after = failure.retry_after();
            });
            Ok(Some(Turn { done: None, failure: Some(failure), form: Some(form) }))
        }
        Err(failure) => Err(failure),
    }
}

/// The query of an address: the pairs that have a value, escaped; with its `?`, or empty.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", escape(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b' ' => escaped.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) => escaped.push(byte as char),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}
