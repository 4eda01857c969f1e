//! What a delivered value is bound to when it is encrypted.

use crate::vault::Binds;

/// Binds a delivered value to its delivery, with a label of its own.
pub(super) struct DeliveryBinding<'a> {
    /// The delivery's id.
    pub delivery: &'a str,
    /// The sender's identity.
    pub sender: &'a str,
    /// The named person's identity, or an empty text.
    pub recipient: &'a str,
}

impl Binds for DeliveryBinding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = b"doorward delivery 1".to_vec();
        for part in [self.delivery, self.sender, self.recipient] {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part.as_bytes());
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(delivery: &str, sender: &str, recipient: &str) -> Vec<u8> {
        DeliveryBinding { delivery, sender, recipient }.associated_data()
    }

    #[test]
    fn no_two_deliveries_have_the_same_binding() {
        let all = [data("a", "b", ""), data("a", "", "b"), data("ab", "", ""), data("", "a", "b"), data("a", "b", "c")];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }
}
