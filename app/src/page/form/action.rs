//! Form actions: what happens when a form is posted to its page's own address.

use crate::page::context::{RequestContext, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::WHY;
use crate::page::head::Attachment;
use crate::page::permit::{permit_for, refuse_input};
use crate::page::{Asker, FormResult, Loadable, Page, Permit, Question, Site, watched};
use doorward::action::Effect;
use doorward::{LocalPath, Refusal, RefusalKind};
use std::any::{Any, type_name};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The field that names the action if a page has several.
const WHICH: &str = "action";

/// The result of an action.
pub enum FormOutcome {
    /// Done. The browser goes on to another page (303), which shows the message.
    SeeOther(LocalPath, Option<&'static str>),
    /// Done. As [`FormOutcome::SeeOther`], with a message that was made for this occasion.
    SeeOtherSaying(LocalPath, String),
    /// Done. The answer is a file, and no page.
    Attach(Attachment),
    /// Done. This page shows the result.
    Show(Box<dyn Any + Send>),
}

impl FormOutcome {
    /// Returns [`FormOutcome::Show`] with `what`.
    pub fn show<T: Send + 'static>(what: T) -> Self {
        Self::Show(Box::new(what))
    }
}

/// One form of page `P`: its fields, its question, and its effect.
pub trait FormAction<P: Page>: 'static {
    /// The value of the button that sends it, in the field `action`. Empty if the page has only one action.
    const BUTTON: &'static str;
    /// The form's fields.
    const FIELDS: &'static [&'static str];
    /// The question.
    type Asks: doorward::action::Action<Facts: Loadable<P::Site>>;
    /// The parsed fields.
    type Input: Send;

    /// Parses the fields. An error is answered with 422, beside the field that it names.
    fn read(form: &Form) -> Result<Self::Input, PageError>;

    /// Returns the question to ask although the fields are invalid, if it does not depend on them. Then an attempt with
    /// invalid fields is recorded too.
    fn asks_anyway(_: &P) -> Option<Self::Asks> {
        None
    }

    fn asks(page: &P, input: &Self::Input) -> Self::Asks;

    /// Carries out the action.
    fn run(
        page: &P,
        permit: Permit<Self::Asks, P::Site>,
        input: Self::Input,
    ) -> impl Future<Output = Result<FormOutcome, PageError>> + Send;

    /// Replaces a refusal by another outcome, if the action has one.
    fn refused(_: &P, _: &Self::Input, refusal: PageError) -> Result<FormOutcome, PageError> {
        Err(refusal)
    }
}

type Doing<'a> = Pin<Box<dyn Future<Output = Result<FormOutcome, PageError>> + Send + 'a>>;

/// The actions of a page: a tuple of [`FormAction`] types.
pub trait FormActions<P: Page> {
    /// Starts the action that the form names, and returns its name. Returns `None` if the page has no such action.
    fn start<'a>(page: &'a P, form: &'a Form) -> Option<(&'static str, Doing<'a>)>;

    /// Returns the question of each action.
    fn asks() -> Vec<(&'static str, Question)>;
}

async fn one<P: Page, A: FormAction<P>>(page: &P, form: &Form) -> Result<FormOutcome, PageError> {
    let known: Vec<_> = A::FIELDS.iter().copied().chain((!A::BUTTON.is_empty()).then_some(WHICH)).collect();
    let input = match form.only(&known).and_then(|()| A::read(form)) {
        Ok(input) => input,
        Err(failure) => return Err(unreadable::<P, A>(page, failure).await),
    };
    match permit_for::<P::Site, _>(A::asks(page, &input), Asker::FormAction(type_name::<A>())).await {
        Ok(permit) => {
            let (who, record) = (permit.principal().clone(), permit.record());
            let running = Box::pin(A::run(page, permit, input));
            let acted = watched(&request::<P::Site>()?, Some(record), running).await;
            // A browser that only sends forms must be offered a new handle too. The permit's transaction is over by now.
            if <A::Asks as doorward::action::Action>::Effect::CHANGES {
                request::<P::Site>()?.renew_handle(&who).await;
            }
            acted
        }
        Err(refusal) => {
            if matches!(refusal, PageError::Refused(Refusal { answer: RefusalKind::Confirm, .. })) {
                request::<P::Site>()?.head.set(|head| head.held_up = Some(<A::Asks as doorward::action::Action>::NAME));
            }
            // The form again, with the sentence beside the field.
            let refusal = match refusal {
                PageError::Refused(Refusal { answer: RefusalKind::NeedsReason, .. }) => {
                    PageError::invalid(WHY, refusal.sentence())
                }
                other => other,
            };
            A::refused(page, &input, refusal)
        }
    }
}

async fn unreadable<P: Page, A: FormAction<P>>(page: &P, failure: PageError) -> PageError {
    match A::asks_anyway(page) {
        Some(action) => refuse_input::<P::Site, _>(action, failure).await,
        None => failure,
    }
}

macro_rules! actions {
    ($($action:ident)*) => {
        impl<P: Page, $($action: FormAction<P>),*> FormActions<P> for ($($action,)*) {
            #[allow(unused_variables, reason = "a page without actions reads nothing")]
            fn start<'a>(page: &'a P, form: &'a Form) -> Option<(&'static str, Doing<'a>)> {
                $(
                    if form.text(WHICH) == $action::BUTTON {
                        return Some(($action::BUTTON, Box::pin(one::<P, $action>(page, form))));
                    }
                )*
                None
            }

            fn asks() -> Vec<(&'static str, Question)> {
                vec![$(($action::BUTTON, Question::of::<$action::Asks>())),*]
            }
        }
    };
}

actions!();
actions!(A);
actions!(A B);
actions!(A B C);
actions!(A B C D);
actions!(A B C D E);
actions!(A B C D E F);
actions!(A B C D E F G);
actions!(A B C D E F G H);

/// Runs the action if a form was posted. Returns `None` if the answer is a redirect.
pub(crate) async fn take_turn<P: Page>(
    page: &P,
    request: &RequestContext<P::Site>,
) -> Result<Option<FormResult>, PageError> {
    let Some(form) = request.posted.clone() else { return Ok(Some(FormResult::default())) };
    let (action, doing) = P::Actions::start(page, &form).ok_or(PageError::NoSuchAction)?;
    let done = doing.await;
    finish(done, action, Arc::clone(&form), request).await
}

/// Turns the result of an action into what the page shows, or into a redirect (`None`).
pub(crate) async fn finish<S: Site>(
    done: Result<FormOutcome, PageError>,
    action: &'static str,
    form: Arc<Form>,
    request: &RequestContext<S>,
) -> Result<Option<FormResult>, PageError> {
    let turn = FormResult { done: None, failure: None, form: Some(form), action: Some(action) };
    match done {
        Ok(FormOutcome::Show(done)) => Ok(Some(FormResult { done: Some(done), ..turn })),
        Ok(FormOutcome::Attach(file)) => {
            request.head.set(|head| head.attachment = Some(file));
            Ok(None)
        }
        Ok(FormOutcome::SeeOther(path, message)) => go_on(request, path, message).await,
        Ok(FormOutcome::SeeOtherSaying(path, message)) => go_on(request, path, Some(&message)).await,
        Err(failure @ (PageError::Invalid { .. } | PageError::TooMany { .. })) => {
            request.head.set(|head| {
                head.status = Some(failure.status());
                head.retry_after = failure.retry_after();
            });
            Ok(Some(FormResult { failure: Some(failure), ..turn }))
        }
        Err(failure) => Err(failure),
    }
}

async fn go_on<S: Site>(
    request: &RequestContext<S>,
    path: LocalPath,
    message: Option<&str>,
) -> Result<Option<FormResult>, PageError> {
    if let (Some(message), Some(began)) = (message, request.began.get()) {
        S::put_flash(&request.backend, began.session, message).await.map_err(|_| Refusal::UNAVAILABLE)?;
        request.head.set(|head| head.flash_waits = Some(true));
    }
    request.head.set(|head| head.see_other = Some(path));
    Ok(None)
}
