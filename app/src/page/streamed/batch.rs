//! Answers that are read and sent batch by batch, so memory stays bounded. Each batch is asked for anew: a session that
//! ends stops what is still under way.

use crate::page::context::request;
use crate::page::error::PageError;
use crate::page::permit::{permit_for, refuse_input};
use crate::page::{Address, Asker, Loadable, OfSite, Permit, Requested, watched};
use doorward::action::{Action, Read};
use std::any::type_name;
use std::future::Future;
use std::pin::Pin;

/// Some rows, and how to ask for those after them.
pub struct Batch<A> {
    /// The rows as they are sent.
    pub bytes: Vec<u8>,
    /// What to ask next; `None` at the end.
    pub next: Option<A>,
}

/// An address whose answer is read in batches, each with a permit of its own.
pub trait Batches: Address + OfSite {
    /// What is asked for each batch.
    type Opens: Action<Effect = Read, Facts: Loadable<Self::Site>>;

    /// What is asked first.
    fn opens(&self) -> Self::Opens;

    /// Reads the batch that the permit names.
    fn read(
        &self,
        permit: Permit<Self::Opens, Self::Site>,
    ) -> impl Future<Output = Result<Batch<Self::Opens>, PageError>> + Send;
}

/// A batch that was read, and how to get the one after it.
pub struct Chunk {
    /// What to send.
    pub bytes: Vec<u8>,
    /// How to get what comes after it.
    pub next: Option<Next>,
}

/// Asks for the next batch, in the request's context.
pub type Next = Box<dyn FnOnce() -> Reading<Chunk> + Send>;

/// Something that is being read.
pub type Reading<T> = Pin<Box<dyn Future<Output = Result<T, PageError>> + Send>>;

/// Decides and reads the first batch of `B` at the address that was asked for.
pub(super) async fn first<B: Batches>() -> Result<(B, Chunk), PageError> {
    let request = request::<B::Site>()?;
    let _ = request.route.set(B::PATTERN);
    let mut requested = Requested::of::<B, B::Site>(&request);
    let source = B::at(&mut requested);
    if let Some(failure) = requested.unreadable() {
        return Err(refuse_input::<B::Site, _>(source.opens(), failure).await);
    }
    let permit = ask::<B>(source.opens()).await?;
    let chunk = chunk(source.clone(), permit).await?;
    Ok((source, chunk))
}

async fn ask<B: Batches>(action: B::Opens) -> Result<Permit<B::Opens, B::Site>, PageError> {
    permit_for::<B::Site, _>(action, Asker::Batch(type_name::<B>())).await
}

fn chunk<B: Batches>(source: B, permit: Permit<B::Opens, B::Site>) -> Reading<Chunk> {
    Box::pin(async move {
        let (request, record) = (request::<B::Site>()?, permit.record());
        let Batch { bytes, next } = watched(&request, Some(record), Box::pin(source.read(permit))).await?;
        let next = next.map(|action| -> Next {
            Box::new(move || {
                Box::pin(async move {
                    let permit = ask::<B>(action).await?;
                    chunk(source, permit).await
                })
            })
        });
        Ok(Chunk { bytes, next })
    })
}
