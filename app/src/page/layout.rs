//! What stands around a page: the site's frame, and layouts that read something themselves.
//!
//! Decisions are taken from the outside in, so a refused layout stops its page before anything of the page is read; the
//! page asks for itself all the same. What they read, they read at the same time.

use crate::page::error::PageError;
use crate::page::permit::permit;
use crate::page::{FormResult, Loadable, Permit, Question, Site, ViewContext};
use doorward::action::Read;
use leptos::prelude::AnyView;
use std::future::Future;
use std::pin::Pin;

/// A part of several pages, with a decision and a loader of its own.
pub trait Layout: Clone + Send + Sync + 'static {
    /// What is asked before anything of it, and of the page inside, is read.
    type Opens: doorward::action::Action<Effect = Read, Facts: Loadable<SiteOf<Self>>>;
    /// What its loader reads.
    type Data: Send + 'static;
    /// What stands around it.
    type Within: Parent;

    /// Asks.
    fn opens(&self) -> Self::Opens;

    /// What stands around it.
    fn within(&self) -> Self::Within;

    /// The loader.
    fn load(
        &self,
        permit: Permit<Self::Opens, SiteOf<Self>>,
    ) -> impl Future<Output = Result<Self::Data, PageError>> + Send;

    /// The layout with the page inside; `turn` is that of the page's form.
    fn view(&self, data: Self::Data, shown: &ViewContext, page: AnyView) -> AnyView;

    /// What a refusal says.
    #[must_use]
    fn refusal(failure: &PageError) -> <SiteOf<Self> as Site>::ErrorCopy {
        SiteOf::<Self>::error_copy(failure)
    }
}

/// The application that a layout belongs to.
type SiteOf<L> = <<L as Layout>::Within as Parent>::Site;

/// Puts a page's view inside what stands around it, with the turn of the page's form.
pub type WrapView = Box<dyn FnOnce(AnyView, FormResult) -> (AnyView, FormResult) + Send>;

/// A layout that may be shown: it reads while the page inside is decided and reads too.
pub struct OpenLayout<S: Site> {
    /// The site's frame, from the outermost permit; `None` if nothing was asked yet.
    pub frame: Option<S::Frame>,
    /// What is read.
    pub reading: Pin<Box<dyn Future<Output = Result<WrapView, PageError>> + Send>>,
}

/// A refusal of something around a page, with its words.
pub type Refused<S> = (PageError, <S as Site>::ErrorCopy);

/// What can stand around a page. A site's own frame is a [`Parent`] that asks nothing: it is made from the permit of
/// whatever stands in it, and needs no more than `impl Parent for MyFrame { type Site = MySite; }`.
pub trait Parent: Sized + Send + Sync + 'static {
    /// The application.
    type Site: Site;

    /// Decides, from the outside in.
    fn enter(self) -> impl Future<Output = Result<OpenLayout<Self::Site>, Refused<Self::Site>>> + Send {
        let as_it_is: WrapView = Box::new(|page, turn| (page, turn));
        async { Ok(OpenLayout { frame: None, reading: Box::pin(async { Ok(as_it_is) }) }) }
    }

    /// What is asked on the way, from the outside in.
    fn asks() -> Vec<Question> {
        Vec::new()
    }
}

impl<L: Layout> Parent for L {
    type Site = SiteOf<L>;

    async fn enter(self) -> Result<OpenLayout<Self::Site>, Refused<Self::Site>> {
        let outer = self.within().enter().await?;
        let permit = permit::<Self::Site, _>(self.opens()).await.map_err(|failure| {
            let words = L::refusal(&failure);
            (failure, words)
        })?;
        let frame = outer.frame.unwrap_or_else(|| Self::Site::frame(permit.principal()));
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
