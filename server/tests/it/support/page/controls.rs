//! What a person can press, follow or fill on a page.

use super::{Field, Form, Page};

const BUTTONS: &str = "button, input[type=submit]";
const LINKS: &str = "a[href]";

impl Page {
    /// The names of all buttons.
    pub fn buttons(&self) -> Vec<String> {
        self.names(BUTTONS)
    }

    pub fn has_button(&self, name: &str) -> bool {
        self.named(BUTTONS, name).is_some()
    }

    /// The form that a button sends.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        Form::of(self.expect("button", BUTTONS, button))
    }

    /// The first form that takes this action, for pages with several buttons of one name.
    #[track_caller]
    pub fn form_of(&self, action: &str) -> Form {
        let buttons = self.all(BUTTONS);
        let Some(button) = buttons.iter().find(|button| button.attr("value") == Some(action)) else {
            let actions: Vec<_> = buttons.iter().filter_map(|button| button.attr("value")).collect();
            panic!("no button takes the action {action:?}, but {actions:?}; the page says:\n{self}")
        };
        Form::of(*button)
    }

    /// What the first hidden field of this name holds.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let Some(value) = self.all_hidden(name).into_iter().next() else {
            let fields = self.all("input[type=hidden]");
            let names: Vec<_> = fields.iter().filter_map(|field| field.attr("name")).collect();
            panic!("no hidden field is called {name:?}, but {names:?}; the page says:\n{self}")
        };
        value
    }

    /// The same of all forms.
    pub fn all_hidden(&self, name: &str) -> Vec<String> {
        let fields = self.all("input[type=hidden]");
        let fields = fields.iter().filter(|field| field.attr("name") == Some(name));
        fields.map(|field| field.attr("value").unwrap_or_default().to_owned()).collect()
    }

    /// Whether any button takes this action.
    pub fn offers(&self, action: &str) -> bool {
        self.all(BUTTONS).iter().any(|button| button.attr("value") == Some(action))
    }

    /// The addresses below this one that forms are posted to.
    pub fn forms_to(&self, address: &str) -> Vec<&str> {
        let forms = self.all("form[method=post]");
        forms.iter().filter_map(|form| form.attr("action")).filter(|to| to.starts_with(address)).collect()
    }

    /// Whether a script would ask for a passkey here. Without one, nothing of it is shown.
    pub fn asks_passkey(&self, purpose: &str) -> bool {
        self.all("form[data-passkey]").iter().any(|form| form.attr("data-passkey") == Some(purpose))
    }

    pub fn has_forms(&self) -> bool {
        !self.all("form").is_empty()
    }

    /// The address of a link.
    #[track_caller]
    pub fn link(&self, name: &str) -> String {
        self.expect("link", LINKS, name).attr("href").unwrap_or_default().to_owned()
    }

    pub fn has_link(&self, name: &str) -> bool {
        self.named(LINKS, name).is_some()
    }

    /// The addresses of all links, in their order.
    pub fn addresses(&self) -> Vec<String> {
        self.all(LINKS).iter().filter_map(|link| link.attr("href")).map(ToOwned::to_owned).collect()
    }

    pub fn links_to(&self, address: &str) -> bool {
        self.addresses().iter().any(|each| each == address)
    }

    /// The total that the links between a list's pages name.
    #[track_caller]
    pub fn total(&self, pager: &str) -> usize {
        let text = self.section(pager).texts("p").remove(0);
        text.rsplit(" of ").next().and_then(|total| total.parse().ok()).expect("a total")
    }

    /// The ids of the records that the page leads to, in their order. The last is the page's own receipt.
    pub fn records(&self) -> Vec<String> {
        let links = self.addresses();
        let ids = links.iter().filter_map(|address| address.strip_prefix("/access/records/"));
        ids.map(|id| id.chars().take(26).collect()).collect()
    }

    /// A field by its label, or by the beginning of it.
    #[track_caller]
    pub fn field(&self, label: &str) -> Field {
        let fields = self.fields();
        let exact = fields.iter().position(|field| field.label == label);
        let found = exact.or_else(|| fields.iter().position(|field| field.label.starts_with(label)));
        let Some(found) = found else {
            let labels: Vec<_> = fields.iter().map(|field| &field.label).collect();
            panic!("no field is called {label:?}, but {labels:?}; the page says:\n{self}")
        };
        fields.into_iter().nth(found).expect("it was found")
    }

    pub fn has_field(&self, label: &str) -> bool {
        self.fields().iter().any(|field| field.label.starts_with(label))
    }

    /// All fields that a person can fill.
    pub fn fields(&self) -> Vec<Field> {
        let fields = self.all("input:not([type=hidden]), select, textarea");
        fields.into_iter().map(|field| Field::of(&self.html, field)).collect()
    }
}
