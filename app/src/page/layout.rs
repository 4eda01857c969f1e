//! What is around a page: the site's frame, and layouts with loaders of their own.
//!
//! Decisions are made from the outside in, so a refused layout stops its page before the page reads anything. The page
//! still asks for itself. The loaders run at the same time.

use crate::page::context::request;
use crate::page::error::PageError;
use crate::page::permit::permit_for;
use crate::page::{Asker, FormResult, Loadable, Permit, Question, Site, ViewContext, watched};
use doorward::action::Read;
use leptos::prelude::AnyView;
use std::any::type_name;
use std::future::Future;
use std::pin::Pin;

/// A view around several pages, with a decision and a loader of its own.
pub trait Layout: Clone + Send + Sync + 'static {
    /// The question that is asked before the layout, or the page inside, reads anything.
    type Opens: doorward::action::Action<Effect = Read, Facts: Loadable<SiteOf<Self>>>;
    /// What the loader reads.
    type Data: Send + 'static;
    /// What is around the layout.
    type Within: Parent;

    fn opens(&self) -> Self::Opens;

    fn within(&self) -> Self::Within;

    fn load(
        &self,
        permit: Permit<Self::Opens, SiteOf<Self>>,
    ) -> impl Future<Output = Result<Self::Data, PageError>> + Send;

    /// Renders the layout with the page inside.
    fn view(&self, data: Self::Data, shown: &ViewContext, page: AnyView) -> AnyView;

    /// The text of a refusal.
    #[must_use]
    fn refusal(failure: &PageError) -> <SiteOf<Self> as Site>::ErrorCopy {
        SiteOf::<Self>::error_copy(failure)
    }
}

/// The application that a layout belongs to.
type SiteOf<L> = <<L as Layout>::Within as Parent>::Site;

/// Wraps a page's view in what is around it, and passes the result of the page's form through.
pub type WrapView = Box<dyn FnOnce(AnyView, FormResult) -> (AnyView, FormResult) + Send>;

/// A layout that may be shown. It reads while the page inside is decided and reads too.
pub struct OpenLayout<S: Site> {
    /// The site's frame, made from the outermost permit. `None` if no question was asked yet.
    pub frame: Option<S::Frame>,
    /// The layout's loader.
    pub reading: Pin<Box<dyn Future<Output = Result<WrapView, PageError>> + Send>>,
}

/// A refusal, with its text.
pub type Refused<S> = (PageError, <S as Site>::ErrorCopy);

/// What can be around a page: a [`Layout`], or the site's frame, which asks nothing because it is made from the permit of
/// what is inside. `routes!` implements it for the site.
pub trait Parent: Sized + Send + Sync + 'static {
    /// The application.
    type Site: Site;

    /// Decides from the outside in.
    fn enter(self) -> impl Future<Output = Result<OpenLayout<Self::Site>, Refused<Self::Site>>> + Send {
        let as_it_is: WrapView = Box::new(|page, turn| (page, turn));
        async { Ok(OpenLayout { frame: None, reading: Box::pin(async { Ok(as_it_is) }) }) }
    }

    /// Returns the questions, from the outside in.
    fn asks() -> Vec<Question> {
        Vec::new()
    }
}

impl<L: Layout> Parent for L {
    type Site = SiteOf<L>;

    async fn enter(self) -> Result<OpenLayout<Self::Site>, Refused<Self::Site>> {
        let outer = self.within().enter().await?;
        let in_words = |failure: PageError| {
            let words = L::refusal(&failure);
            (failure, words)
        };
        let request = request::<Self::Site>().map_err(in_words)?;
        let asker = Asker::Loader(type_name::<L>());
        let permit = permit_for::<Self::Site, _>(self.opens(), asker).await.map_err(in_words)?;
        let frame = outer.frame.unwrap_or_else(|| Self::Site::frame(permit.principal()));
        let (now, grounds, record) = (permit.principal().now, permit.grounds(), permit.record());
        let reading = async move {
            let (outer, data) =
                futures::join!(outer.reading, watched(&request, Some(record), Box::pin(self.load(permit))));
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
