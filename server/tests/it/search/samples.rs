//! What the tests know of the addresses of the search.

use crate::gates::samples::{Knock, Sample, VALUE_OF};
use app::page::Routed as _;
use app::search::page::SearchPage;

pub fn of_a_search(address: &str) -> Sample {
    if address == SearchPage::PATTERN {
        return Sample::of(
            &SearchPage::default(),
            vec![
                Knock::get(address, address),
                Knock::get("/search?q=billing+key", "/search for words"),
                Knock::post(address, "/search (no form)", &[]),
            ],
        );
    }
    let knocks = vec![Knock::post(address, "/api/search for words", &[(VALUE_OF, "billing key")])];
    Sample { opens: String::new(), knocks }
}
