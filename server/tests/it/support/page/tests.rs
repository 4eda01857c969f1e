//! What the reader of pages promises to the tests that use it.

use super::Page;
use std::panic::{AssertUnwindSafe, catch_unwind};

const PAGE: &str = r#"<!DOCTYPE html><html><head><title>Add &amp; see</title><style>.a{}</style></head><body>
<main><h1>Secrets</h1>
<p>Added <bdi>a&lt;b</bdi> in <code>dev</code>.</p><p hidden>Not this</p><script>var x = "nor this";</script>
<noscript>Needs <b>scripts</b></noscript>
<section aria-labelledby="users-heading"><h2 id="users-heading">Users</h2>
<table><caption>Who has it</caption><thead><tr><th>Name</th><th>Can</th></tr></thead><tbody>
<tr><th scope="row"><bdi>Omar</bdi><small>omar</small></th><td data-label="Can">reveal</td></tr>
<tr><th scope="row">Vera</th><td data-label="Can"><button aria-label="Take away from Vera">Take</button></td></tr>
</tbody></table></section>
<form method="post"><input type="hidden" name="form" value="t1">
<label for="name">Name</label><input id="name" name="name" value="a&quot;b" aria-invalid="true"><p id="name-error">Too long</p>
<label><input type="checkbox" name="end" value="yes" checked> End others</label>
<label for="where">Where</label><select id="where" name="where"><option value="d">dev</option><option selected>prod</option></select>
<label for="note">Note</label><textarea id="note" name="note">
one
two</textarea>
<button name="action" value="add">Add secret</button><button name="action" value="look">Look</button></form>
<a href="/secrets?a=1&amp;b=2">All secrets</a><div role="alert">Stop</div>
<dl><div><dt>Kind</dt><dd>Text</dd></div></dl><output>line 1
line 2</output></main></body></html>"#;

#[test]
fn a_page_says_what_a_person_sees() {
    let page = Page::of(PAGE);
    assert_eq!((page.title(), page.heading()), ("Add & see".to_owned(), "Secrets".to_owned()));
    assert!(page.shows("Added a<b in dev.") && page.shows("Needs scripts"), "{page}");
    assert!(!page.shows("Not this") && !page.shows("nor this"), "{page}");
    assert!(page.shows("Take away from Vera") && page.shows("a\"b"), "names of controls and values of fields count");
    assert_eq!(page.messages(), ["Stop"]);
    assert_eq!((page.described("Kind"), page.revealed()), ("Text".to_owned(), "line 1\nline 2".to_owned()));
    assert_eq!(page.link("All secrets"), "/secrets?a=1&b=2");
    assert!(page.section("Users").shows("Omar") && !page.section("Users").shows("Stop"));
}

#[test]
fn a_form_is_sent_as_a_browser_sends_it() {
    let page = Page::of(PAGE);
    let form = page.form("Add secret").fill("name", "new");
    let sent =
        [("form", "t1"), ("name", "new"), ("end", "yes"), ("where", "prod"), ("note", "one\ntwo"), ("action", "add")];
    assert_eq!(form.fields(), sent);
    assert_eq!(page.form_of("look").value("action"), "look");
    let field = page.field("Name");
    assert_eq!((field.value.as_str(), field.error.as_deref()), ("a\"b", Some("Too long")));
    assert!(page.field("End others").checked);
    assert_eq!(page.field("Where").choices(), ["dev", "prod"]);
}

#[test]
fn a_table_is_read_by_the_heads_of_its_columns() {
    let page = Page::of(PAGE);
    for name in ["Who has it", "Users"] {
        let table = page.table(name);
        assert_eq!(table.texts(), [["Omar omar", "reveal"], ["Vera", "Take"]].map(Vec::from));
        assert_eq!((table.row("Omar").cell("Can"), table.row("Vera").page.buttons().len()), ("reveal", 1));
    }
}

#[test]
fn what_is_absent_fails_with_what_is_there() {
    let failure = |ask: &dyn Fn(&Page)| {
        let page = Page::of(PAGE);
        let failed = catch_unwind(AssertUnwindSafe(|| ask(&page))).expect_err("it is absent");
        failed.downcast_ref::<String>().cloned().expect("a sentence")
    };
    assert!(failure(&|page| drop(page.form("Delete"))).contains("Add secret"));
    assert!(failure(&|page| drop(page.field("Password"))).contains("Where"));
    assert!(failure(&|page| drop(page.link("Help"))).contains("All secrets"));
    assert!(failure(&|page| drop(page.table("Roles"))).contains("Who has it"));
    assert!(failure(&|page| drop(page.described("Owner"))).contains("Kind"));
    assert!(failure(&|page| drop(page.section("Roles"))).contains("Users"));
}
