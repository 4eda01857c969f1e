//! The vault's keys and its values, while servers serve.

mod backup;
mod backup_commands;
mod damage;
mod keys;
mod races;
mod rotation;

use crate::support::world::World;
use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward::{IdentityId, SecretText, SessionId};
use server::account::one_time_codes;
use server::db::transaction::Source;
use server::vault::rotate::Rotation;
use server::vault::sql::{self, Uses};
use server::vault::{Binding, Binds, KeySource, OneTimeBinding};
use sqlx::Row;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub fn text(plain: &str) -> SecretText {
    SecretText::new(plain.to_owned()).unwrap()
}

impl World {
    pub fn key_file(&self) -> PathBuf {
        let KeySource::File(path) = &self.keys else { panic!("a file") };
        path.clone()
    }

    /// Rotates to a new key, and says which.
    async fn rotate_keys(&self) -> Rotation<'_> {
        Rotation::begin(&self.backend, &self.keys).await.unwrap().finish().await.unwrap()
    }

    async fn key_uses(&self) -> Vec<Uses> {
        sql::uses(&mut Source::reader(&self.backend.database)).await.unwrap()
    }

    /// Every secret's current value.
    async fn all_values(&self) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        for id in self.ids_of("secrets").await {
            let value = self.value_of(&id).await;
            values.insert(id, value);
        }
        values
    }

    /// Encrypts a secret's value as versions before data keys did: by the vault key itself.
    async fn encrypt_directly(&self, id: &str) {
        let value = self.value_of(id).await;
        let select = "select s.version, s.environment, v.key_id from secrets s \
             join secret_versions v on v.secret = s.id and v.version = s.version where s.id = $1";
        let row = sqlx::query(select).bind(id).fetch_one(&self.rows).await.unwrap();
        let (version, environment): (i64, String) = (row.get(0), row.get(1));
        let binding = Binding { secret: id, version, environment: &environment };
        let file = std::fs::read_to_string(self.key_file()).unwrap();
        let key: [u8; 32] = STANDARD.decode(file.lines().next().unwrap()).unwrap().try_into().unwrap();
        let payload = Payload { msg: value.as_bytes(), aad: &binding.associated_data() };
        let sealed = Aes256GcmSiv::new(&key.into()).encrypt(&Nonce::from([7; 12]), payload).unwrap();
        let update = "update secret_versions set wrapped_key = null, nonce = $1, ciphertext = $2 where secret = $3 and version = $4";
        let update = sqlx::query(update).bind(vec![7_u8; 12]).bind(sealed).bind(id).bind(version);
        assert_eq!(update.execute(&self.rows).await.unwrap().rows_affected(), 1);
        assert_eq!(self.value_of(id).await, value, "a value of before data keys opens");
    }

    /// Gives somebody the secret of an authenticator app.
    async fn give_codes(&self, name: &'static str) -> IdentityId {
        let session = SessionId::parse(&self.session_of(name).await).unwrap();
        let id = sqlx::query("select id from identities where name = $1").bind(name);
        let id = IdentityId::parse(id.fetch_one(&self.rows).await.unwrap().get::<&str, _>(0)).unwrap();
        let mut source = Source::writer(&self.backend.database).await.unwrap();
        self.start_codes(&mut source, id, session).await;
        source.commit().await.unwrap();
        id
    }

    async fn start_codes(&self, source: &mut Source, id: IdentityId, session: SessionId) {
        let about = OneTimeBinding { identity: id.as_str() };
        let random = &*self.backend.random;
        let sealed = self.backend.vault.seal(source, &about, &text("JBSWY3DPEHPK3PXP"), random).await.unwrap();
        let now = doorward::Clock::now(&*self.clock);
        assert!(one_time_codes::sql::start(source, id, session, sealed, now).await.unwrap());
    }

    async fn has_codes(&self, id: IdentityId) -> bool {
        let mut source = Source::reader(&self.backend.database);
        let codes = one_time_codes::sql::of(&mut source, id).await.unwrap().expect("codes");
        let opened = self.backend.vault.open(&OneTimeBinding { identity: id.as_str() }, &codes.sealed);
        opened == Ok(text("JBSWY3DPEHPK3PXP"))
    }
}
