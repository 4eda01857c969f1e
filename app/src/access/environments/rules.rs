//! The fields that both forms have: the description and a checkbox for each rule.

use crate::access::store::environments::{LONGEST_DESCRIPTION, rule_in_words};
use crate::page::FormResult;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::ui::Field;
use doorward::policy::Protection;
use leptos::prelude::*;

/// Begins the name of each checkbox; the rule's code follows.
pub(super) const RULE: &str = "rule:";

pub(super) fn read_rules(form: &Form) -> Result<Protection, PageError> {
    let codes: Vec<_> = form.names_after(RULE).filter(|code| !code.is_empty() && !code.contains(',')).collect();
    if codes.len() != form.names_after(RULE).count() {
        return Err(PageError::invalid("", "There is no such rule."));
    }
    Protection::parse(&codes.join(",")).ok_or_else(|| PageError::invalid("", "There is no such rule."))
}

pub(super) fn read_description(form: &Form) -> Result<String, PageError> {
    let text = form.text("description");
    if text.chars().count() > LONGEST_DESCRIPTION || text.chars().any(char::is_control) {
        return Err(PageError::invalid("description", "Write at most 200 characters, on one line."));
    }
    Ok(text.to_owned())
}

fn hint(code: &str) -> &'static str {
    match code {
        "fresh" => "A value is shown or changed only by somebody who signed in or confirmed within 5 minutes.",
        "second_factor" => "A value is shown or changed only in a session that has shown a second factor.",
        "reason" => "A value is shown only to somebody who says why.",
        _ => "Service accounts and agents are refused, whatever their roles and grants are.",
    }
}

/// The fields, as posted or else as given.
pub(super) fn fields(posted: Option<&FormResult>, description: &str, rules: Protection) -> impl IntoView + use<> {
    let boxes = rules.rules().into_iter().map(|(code, holds)| {
        let name = format!("{RULE}{code}");
        let checked = posted.map_or(holds, |turn| turn.has(&name));
        view! {
            <label>
                <input type="checkbox" name=name value="yes" checked=checked />
                {rule_in_words(code)}
                <small>{hint(code)}</small>
            </label>
        }
    });
    let typed = posted.map_or_else(|| description.to_owned(), |turn| turn.typed("description"));
    view! {
        <Field
            name="description"
            label="What it is for (optional)"
            value=typed
            error=posted.and_then(|turn| turn.error("description"))
            maxlength=Some(200)
            required=false
        />
        <fieldset class="choices">
            <legend>"Rules, on top of roles and grants"</legend>
            {boxes.collect_view()}
        </fieldset>
    }
}
