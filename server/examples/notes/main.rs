//! The smallest site on the framework: two people, one protected page, a store in memory. `make example` serves it.
#![cfg_attr(rustfmt, rustfmt_skip)]

mod store;
use app::page::prelude::*;
use leptos::prelude::*;
use server::{clock::SystemRandomness, http::origins::Origins, http::site, sign_in::handle};
use std::sync::Arc;
use store::{Note, ReadNote, RenameNote};

app::routes! {
    site Notes;
    guarded { "/notes/:id" => NotePage, }
    open { "/sign-in" => SignIn, }
}

/// The site: its store, where to sign in, and what is around a page.
#[derive(Clone)] pub struct Notes;

impl Site for Notes {
    const NAME: &'static str = "Notes";
    type Unit = MemoryUnit<Vec<Note>>;
    type Backend = Memory<Vec<Note>>;
    type Extra = ();
    type Frame = Box<str>;
    type ErrorCopy = Sentence;
    fn unit(store: &Self::Backend, changes: bool) -> Pending<'_, Box<Self::Unit>> { store.begin(changes) }
    fn sign_in(next: LocalPath, _: bool) -> LocalPath { SignIn { next }.path() }
    fn frame(who: &Principal) -> Box<str> { who.name.clone() }
    async fn in_frame(name: Box<str>, page: AnyView) -> AnyView {
        view! { <p>"You are " {name.into_string()}</p> {page} }.into_any()
    }
}

app::addresses! {
    /// Asks who you are, and believes it.
    SignIn { next: LocalPath }
    /// The protected page.
    NotePage { id: usize }
}

impl OpenPage for SignIn {
    const WHY: &'static str = "nobody has signed in yet";
    const ACTS: bool = true;
    type Data = ();
    async fn load(&self, _: Option<&Form>) -> Result<Arrival<()>, PageError> { Ok(Arrival::Show(())) }
    async fn act(&self, form: Arc<Form>) -> Result<FormOutcome, PageError> {
        let (request, (cookie, hash)) = (request::<Notes>()?, handle::new(&SystemRandomness));
        request.backend.begin_session(form.required("name")?, Vec::new(), hash, &request.asked);
        request.head.set(|head| head.handle = Some(HandleChange::Set(cookie)));
        Ok(FormOutcome::SeeOther(self.next.clone(), None))
    }
    fn title(&self) -> &'static str { "Sign in" }
    fn view(&self, (): (), _: &FormResult) -> AnyView {
        let person = |name| view! { <button name="name" value=name>{name}</button> };
        view! { <form method="post">{["ada", "vera"].map(person)}</form> }.into_any()
    }
}

impl Page for NotePage {
    type Opens = ReadNote;
    type Data = String;
    type Within = Notes;
    type Actions = (Rename,);
    const ISLANDS: &'static [&'static str] = &["Before"];
    fn opens(&self) -> ReadNote { ReadNote { id: self.id } }
    fn within(&self) -> Notes { Notes }
    async fn load(&self, permit: Permit<ReadNote, Notes>) -> Result<String, PageError> { Ok(Note::title(permit)) }
    fn title(&self, title: &String) -> String { title.clone() }
    fn view(&self, title: String, _: &ViewContext) -> AnyView {
        let form = view! { <form method="post"><input name="title" /> <button>"Rename"</button></form> };
        view! { <h1>{title}</h1> {form} <Before id=self.id.saturating_sub(1) /> }.into_any()
    }
}

pub struct Rename;
impl FormAction<NotePage> for Rename {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["title"];
    type Asks = RenameNote;
    type Input = String;
    fn read(form: &Form) -> Result<String, PageError> { form.required("title").map(str::to_owned) }
    fn asks(page: &NotePage, _: &String) -> RenameNote { RenameNote { id: page.id } }
    async fn run(page: &NotePage, permit: Permit<RenameNote, Notes>, title: String) -> Result<FormOutcome, PageError> {
        Note::rename(permit, title).await?;
        Ok(FormOutcome::SeeOther(page.path(), None))
    }
}

#[server(endpoint = "note/title")]
pub async fn title(id: usize) -> Result<String, PageError> {
    Ok(Note::title(permit::<Notes, _>(ReadNote { id }).await?))
}

#[island]
fn Before(id: usize) -> impl IntoView {
    let title = Resource::new(|| (), move |()| title(id));
    let said = move || Suspend::new(async move { title.await.unwrap_or_else(|refused| refused.sentence()) });
    view! { <Suspense><p>"Before: " {said}</p></Suspense> }
}

pub fn router(origin: &str) -> axum::Router {
    let store = Memory::new(vec![Note::new("vera", "vera"), Note::new("ada", "vera")], SystemRandomness);
    site::router::<Notes, _>(Arc::new(store), Origins::public(origin), Pages, &manifest())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    site::serve(router("http://127.0.0.1:3001"), ([127, 0, 0, 1], 3001).into()).await
}
