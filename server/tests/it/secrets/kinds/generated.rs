//! Values are generated for texts alone.

use super::{add, add_file, address_of};
use crate::support::world::World;
use axum::http::StatusCode;
use server::secrets::cli::{Kind, RotateSecret, rotate};

#[tokio::test(flavor = "multi_thread")]
async fn only_texts_are_generated() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let pairs = address_of(&add(&mut omar, "key-value", "new/pairs", "A=1").await);
    let file = address_of(&add_file(&mut omar, "new/file", ("a.txt", b"a file")).await);
    let words = [("action", "generate"), ("generator", "words"), ("words", "4"), ("keep", "yes")];
    for (address, name, kind) in [(&pairs, "new/pairs", "key-value"), (&file, "new/file", "file")] {
        let page = omar.get(address).await.page();
        assert!(page.offers("rotate") && !page.offers("generate"), "{page}");
        let refused = omar.post(address, &words).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
        let options = RotateSecret {
            environment: "dev".to_owned(),
            generate: Some(Kind::Characters),
            length: 24,
            symbols: false,
            without: None,
            words: 6,
            keep: true,
            name: name.to_owned(),
        };
        let refused = rotate(&world.backend, &options).await.err().expect("it is refused").to_string();
        assert_eq!(refused, format!("{name} is of another kind ({kind}): only texts can be generated"));
    }
    assert_eq!(world.highest_version().await, 1);
    assert_eq!(world.secrets().having("generator").count().await, 0);
    let text = omar.get("/secrets/add").await.page();
    let other = omar.get("/secrets/add?kind=certificate").await.page();
    assert!(text.shows("Or let the server generate it") && !other.shows("server generate"), "{other}");
}
