//! What a refusal looks like, and which status it has: design.md's table for documents.

use crate::door;
use crate::model::Failure;
use crate::routes;
use crate::ui::plain;
use doorward::{Answer, LocalPath};
use leptos::prelude::*;
use leptos_meta::Title;

/// Answers a failure with its status and its page, or leads on to where it can be mended.
pub fn answer(failure: &Failure) -> AnyView {
    let Ok(visit) = door::visit() else { return ().into_any() };
    let next = visit.address.unwrap_or_else(LocalPath::home);
    let onward = match failure {
        Failure::Refused(refusal) if refusal.answer == Answer::SignIn => Some(routes::SIGN_IN),
        Failure::Refused(refusal) if refusal.answer == Answer::Confirm => Some(routes::CONFIRM),
        _ => None,
    };
    if let Some(onward) = onward {
        visit.head.set(|head| head.see_other = Some(routes::and_then(onward, &next)));
        return ().into_any();
    }
    visit.head.set(|head| {
        head.status = Some(failure.status());
        head.retry_after = failure.retry_after();
    });
    page(failure, &next).into_any()
}

struct Words {
    title: &'static str,
    sentence: &'static str,
    way: &'static str,
}

const fn words(failure: &Failure) -> Words {
    match failure {
        Failure::Refused(refusal) => match refusal.answer {
            Answer::NotFound => NOT_FOUND,
            Answer::Unavailable => UNAVAILABLE,
            Answer::Forbidden | Answer::SignIn | Answer::Confirm => FORBIDDEN,
        },
        Failure::TooMany { .. } => TOO_MANY,
        Failure::NoSuchAction => NO_SUCH_ACTION,
        Failure::Invalid { .. } => UNREADABLE,
        Failure::Lost => BROKEN,
    }
}

const FORBIDDEN: Words = Words {
    title: "You may not do this here",
    sentence: "It needs a permission that you do not hold. Whoever administers Doorward can give it to you.",
    way: "Back to the overview",
};
const NOT_FOUND: Words = Words {
    title: "Nothing here that you may see",
    sentence: "There is no such page or secret, or it is not yours to know of.",
    way: "Back to the overview",
};
const UNAVAILABLE: Words = Words {
    title: "Doorward cannot decide right now",
    sentence: "It could not look up your access, so it shows nothing and has changed nothing.",
    way: "Try again",
};
const TOO_MANY: Words =
    Words { title: "Too many tries", sentence: "Wait a moment before you try again.", way: "Try again" };
const NO_SUCH_ACTION: Words =
    Words { title: "This cannot be done here", sentence: "This page has no form to send.", way: "Open the page" };
const UNREADABLE: Words = Words {
    title: "This could not be read",
    sentence: "What was sent is not what this page asks for. Nothing was changed.",
    way: "Open the page",
};
const BROKEN: Words = Words {
    title: "Something went wrong",
    sentence: "It is our fault, and it is in the log. Nothing more was done.",
    way: "Try again",
};

fn page(failure: &Failure, here: &LocalPath) -> impl IntoView + use<> {
    let Words { title, sentence, way } = words(failure);
    let record = match failure {
        Failure::Refused(refusal) => refusal.record,
        _ => None,
    };
    let again = matches!(way, "Try again" | "Open the page");
    let href = match failure {
        // It may be the query that cannot be read.
        Failure::Invalid { .. } => here.as_str().split('?').next().unwrap_or_default(),
        _ if again => here.as_str(),
        _ => routes::HOME,
    };
    let href = href.to_owned();
    plain(
        view! {
            <Title text=format!("{title} · Doorward") />
            <article class="card refusal">
                <h1>{title}</h1>
                <p>{sentence}</p>
                <div class="actions">
                    <a class="button primary" href=href>
                        {way}
                    </a>
                </div>
                {record.map(|record| view! { <footer>"Record " <code>{record.to_string()}</code></footer> })}
            </article>
        }
        .into_any(),
    )
}

/// The page for an address that no page has. It asks nobody who they are, since there is nothing to protect.
#[component]
pub fn NoSuchAddress() -> impl IntoView {
    let refusal = doorward::Refusal { answer: Answer::NotFound, record: None };
    answer(&Failure::Refused(refusal))
}
