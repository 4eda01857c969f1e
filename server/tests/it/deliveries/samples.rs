//! The samples of pages about a delivery. Nothing that they try opens or ends one.

use crate::gates::samples::{Form, Knock, NOWHERE, Sample};
use crate::secrets::samples::secret_samples;
use crate::support::rows::table::Value;
use crate::support::world::World;
use app::deliveries::add::AddDelivery;
use app::deliveries::collect::Collect;
use app::deliveries::delivery::Delivery;
use app::deliveries::secret::DeliverSecret;
use app::page::{Address, Routed};
use doorward::{DeliveryId, SecretId};

/// A form that asks for everything, and names nobody who is there.
const TO_NOBODY: &[(&str, &str)] = &[("whom", "person"), ("with", "no-such-person"), ("lasts", "1h")];
const TO_ANYBODY: &[(&str, &str)] = &[("whom", "anyone"), ("lasts", "1h")];

pub fn of_a_typed_value() -> Sample {
    let typed = |environment| [("environment", environment), ("label", "A label"), ("value", "a value")];
    let mut knocks = vec![Knock::get(AddDelivery::PATTERN, AddDelivery::PATTERN)];
    for (what, to, environment) in [
        ("to nobody, dev", TO_NOBODY, "dev"),
        ("to nobody, production", TO_NOBODY, "production"),
        ("to anybody, dev", TO_ANYBODY, "dev"),
        ("to anybody, production", TO_ANYBODY, "production"),
    ] {
        let label = format!("{} {what}", AddDelivery::PATTERN);
        knocks.push(Knock::post(AddDelivery::PATTERN, &label, &[&typed(environment)[..], to].concat()));
    }
    Sample::of(&AddDelivery {}, knocks)
}

pub async fn of_a_secret(world: &World) -> Sample {
    let adas = world.secrets().whose("owner", "ada").with("environment", "dev").first().await;
    let adas = SecretId::parse(&adas).expect("an id");
    let forms: [Form; 2] = [("to nobody", TO_NOBODY), ("to anybody", TO_ANYBODY)];
    Sample::of(&DeliverSecret { id: adas }, secret_samples(world, DeliverSecret::PATTERN, &forms).await)
}

/// A delivery of ada's to noor that is over.
pub async fn of_a_delivery(world: &World, address: &str) -> Sample {
    let mut ada = world.sign_in("ada").await;
    let fields = [("environment", "dev"), ("label", "A sample"), ("value", "x"), ("whom", "person"), ("lasts", "1h")];
    ada.post(AddDelivery::PATTERN, &[&fields[..], &[("with", "noor")]].concat()).await;
    let id = world.table("deliveries").ordered("id desc").each("id").await.remove(0);
    let page = Delivery { id: DeliveryId::parse(&id).expect("an id") };
    let (state, nothing) = (("state", "cancelled".into()), || Value::Nothing);
    let gone = [state, ("key_id", nothing()), ("nonce", nothing()), ("ciphertext", nothing())];
    world.table("deliveries").set_all(&gone).await;
    let none = address.replace(":id", NOWHERE);
    let knocks = vec![
        Knock::get(&page.href(), "/deliveries/{id} of ada's to noor"),
        Knock::post(&page.href(), "/deliveries/{id} open of ada's to noor", &[("action", "open")]),
        Knock::post(&page.href(), "/deliveries/{id} cancel of ada's to noor", &[("action", "cancel")]),
        Knock::get(&none, "/deliveries/{id} that is none"),
    ];
    Sample::of(&page, knocks)
}

/// A link for anybody, which nobody opens.
pub async fn of_a_link(world: &World) -> Sample {
    let link = super::link_for_anybody(&mut world.sign_in("ada").await, "x").await;
    let code = link.split_once("code=").expect("a code").1.to_owned();
    let form = Sample::form(&Collect { code: String::new() }, " wrong code", &[("code", "nonsense")]);
    Sample { opens: Collect { code }.href(), ..form }
}
