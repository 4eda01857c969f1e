//! What stands around a page: the console, and layouts that read something themselves.
//!
//! Decisions are taken from the outside in, so a refused layout stops its page before anything of the page is read; the
//! page asks for itself all the same. What they read, they read at the same time.

use super::{FormResult, Loadable, ViewContext, manifest::Question};
use crate::console::error_page::{self, ErrorCopy};
use crate::console::frame::Frame;
use crate::page::error::PageError;
use crate::page::permit::{self, Permit};
use doorward::action::Read;
use leptos::prelude::AnyView;
use std::future::Future;
use std::pin::Pin;

/// A part of several pages, with a decision and a loader of its own.
pub trait Layout: Clone + Send + Sync + 'static {
    /// What is asked before anything of it, and of the page inside, is read.
    type Opens: doorward::action::Action<Effect = Read, Facts: Loadable>;
    /// What its loader reads.
    type Data: Send + 'static;
    /// What stands around it.
    type Within: Parent;

    /// Asks.
    fn opens(&self) -> Self::Opens;

    /// What stands around it.
    fn within(&self) -> Self::Within;

    /// The loader.
    fn load(&self, permit: Permit<Self::Opens>) -> impl Future<Output = Result<Self::Data, PageError>> + Send;

    /// The layout with the page inside; `turn` is that of the page's form.
    fn view(&self, data: Self::Data, shown: &ViewContext, page: AnyView) -> AnyView;

    /// What a refusal says.
    #[must_use]
    fn refusal(failure: &PageError) -> ErrorCopy {
        error_page::words(failure)
    }
}

/// Puts a page's view inside what stands around it, with the turn of the page's form.
pub type WrapView = Box<dyn FnOnce(AnyView, FormResult) -> (AnyView, FormResult) + Send>;

/// A layout that may be shown: it reads while the page inside is decided and reads too.
pub struct OpenLayout {
    /// The console's frame, from the outermost permit; none where nothing was asked yet.
    pub frame: Option<Frame>,
    /// What is read.
    pub reading: Pin<Box<dyn Future<Output = Result<WrapView, PageError>> + Send>>,
}

/// A refusal of something around a page, with its words.
pub type Refused = (PageError, ErrorCopy);

/// What can stand around a page.
pub trait Parent: Sized + Send + Sync + 'static {
    /// Decides, from the outside in.
    fn enter(self) -> impl Future<Output = Result<OpenLayout, Refused>> + Send;

    /// What is asked on the way, from the outside in.
    fn asks() -> Vec<Question>;
}

/// The console itself. Its frame is made from the permit of whatever stands in it.
#[derive(Clone, Copy, Debug)]
pub struct Console;

impl Parent for Console {
    async fn enter(self) -> Result<OpenLayout, Refused> {
        let as_it_is: WrapView = Box::new(|page, turn| (page, turn));
        Ok(OpenLayout { frame: None, reading: Box::pin(async { Ok(as_it_is) }) })
    }

    fn asks() -> Vec<Question> {
        Vec::new()
    }
}

impl<L: Layout> Parent for L {
    async fn enter(self) -> Result<OpenLayout, Refused> {
        let outer = self.within().enter().await?;
        let permit = permit::permit(self.opens()).await.map_err(|failure| {
            let words = L::refusal(&failure);
            (failure, words)
        })?;
        let frame = outer.frame.unwrap_or_else(|| Frame::of(permit.principal()));
        let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
        let reading = async move {
            let (outer, data) = futures::join!(outer.reading, self.load(permit));
            let (outer, data) = (outer?, data?);
            let inside: WrapView = Box::new(move |page, turn| {
                let shown = ViewContext { now, grounds, record, turn };
                let view = self.view(data, &shown, page);
                outer(view, shown.turn)
            });
            Ok(inside)
        };
        Ok(OpenLayout { frame: Some(frame), reading: Box::pin(reading) })
    }

    fn asks() -> Vec<Question> {
        let mut asks = <L::Within as Parent>::asks();
        asks.push(Question::of::<L::Opens>());
        asks
    }
}
