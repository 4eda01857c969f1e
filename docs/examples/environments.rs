//! The environments.

use crate::backend::Permit;
use crate::console::Console;
use crate::page::error::PageError;
use crate::page::{Page, ViewContext, addresses, for_oneself};
use doorward::action::Read;
use leptos::prelude::*;

for_oneself! {
    /// Lists the environments. Being signed in is enough.
    ListEnvironments = "environment.list", Read;
}

addresses! {
    Environments {}
}

impl Page for Environments {
    type Opens = ListEnvironments;
    type Data = ();
    type Within = Console;
    type Actions = ();

    fn opens(&self) -> ListEnvironments {
        ListEnvironments
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, _: Permit<ListEnvironments>) -> Result<(), PageError> {
        Ok(())
    }

    fn title(&self, (): &()) -> String {
        "Environments".to_owned()
    }

    fn view(&self, (): (), _: &ViewContext) -> AnyView {
        view! { <h1>"Environments"</h1> }.into_any()
    }
}
