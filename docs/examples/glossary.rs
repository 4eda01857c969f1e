//! The glossary.

use crate::backend::Permit;
use crate::console::Console;
use crate::page::error::PageError;
use crate::page::{Page, ViewContext, addresses, for_oneself};
use doorward::action::Read;
use leptos::prelude::*;

for_oneself! {
    /// Lists the glossary. Being signed in is enough.
    ReadGlossary = "glossary.read", Read;
}

addresses! {
    Glossary {}
}

impl Page for Glossary {
    type Opens = ReadGlossary;
    type Data = ();
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> ReadGlossary {
        ReadGlossary
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<ReadGlossary>) -> Result<(), PageError> {
        Ok(())
    }

    fn title(&self, (): &()) -> String {
        "Glossary".to_owned()
    }

    fn view(&self, (): (), _: &ViewContext) -> AnyView {
        view! { <h1>"Glossary"</h1> }.into_any()
    }
}
