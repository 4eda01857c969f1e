//! G28: a canary in the place of each secret, a wide way through the real program with the most talkative log, and then no
//! canary in any log, record, row, error or address.

mod values;

use crate::account::codes::{App, METHODS, key_on};
use crate::cli::program::{Program, Serving, said};
use crate::support::browser::Browser;
use crate::support::client::{COMPACT, asked_value};
use crate::support::world::{Answer, TestDatabase, holds};
use axum::http::StatusCode;
use doorward::Clock;
use server::clock::SystemClock;
use sqlx::AnyPool;
use std::os::unix::fs::PermissionsExt;

const PASSWORD: &str = "canary-password-q7w3-of-ines";
const WRONG_PASSWORD: &str = "canary-password-m5k9-wrong";
const NEW_PASSWORD: &str = "canary-password-z2x8-new";
const AUDITORS: &str = "canary-password-t6r4-of-otto";
const AS_A_NAME: &str = "canary-password-p1d0-as-a-name";
const WRONG_CODE: &str = "canary-code-j3h7";
const IMPORTED: &str = "canary-value-b8n2-imported";
const IMPORTED_BADLY: &str = "canary-value-v4c6-badly";
const ROTATED: &str = "canary-value-e9y5-rotated";
const REFUSED: &str = "canary-value-u1i8-refused";
const MALFORMED: &str = "canary-value-a6s0-malformed";
const COOKIE: &str = "canary-handle-l2k5-planted";
const BEARER: &str = "canary-token-g7f1-bearer";
const SET_UP_CODE: &str = "canary-code-o0p3-set-up";
const WEBHOOK_PATH: &str = "canary-address-d4s7-webhook";
const WEBHOOK_SECRET: &str = "canary-secret-x5z9-webhook";

/// Everything that came out, and the secrets that were drawn on the way.
struct Sweep {
    program: Program,
    database: TestDatabase,
    canaries: Vec<String>,
    /// What commands and the server wrote.
    said: String,
}

impl Sweep {
    async fn new() -> Self {
        let canaries = [
            PASSWORD,
            WRONG_PASSWORD,
            NEW_PASSWORD,
            AUDITORS,
            AS_A_NAME,
            WRONG_CODE,
            IMPORTED,
            IMPORTED_BADLY,
            ROTATED,
            REFUSED,
            MALFORMED,
            COOKIE,
            BEARER,
            SET_UP_CODE,
            WEBHOOK_PATH,
            WEBHOOK_SECRET,
        ];
        let (program, database) = (Program::new(), TestDatabase::new().await);
        Self { program, database, canaries: canaries.map(str::to_owned).to_vec(), said: String::new() }
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--log-filter", "trace", "--database-url", &self.database.address]].concat()
    }

    fn run(&mut self, arguments: &[&str], input: &str) -> String {
        let output = said(&self.program.run_with_input(&self.arguments(arguments), input));
        self.said += &output;
        output
    }

    /// Looks at an answer that shows nothing but `shown`.
    fn check(&mut self, answer: Answer, shown: &[&str]) -> Answer {
        let head: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "set-cookie")
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        for canary in &self.canaries {
            assert!(!head.iter().any(|line| line.contains(canary)), "{canary} stands in the head: {head:?}");
            let may = shown.contains(&canary.as_str());
            assert!(may || !answer.body.contains(canary), "{canary} came back with {}: {}", answer.status, answer.body);
        }
        answer
    }

    async fn get(&mut self, browser: &mut Browser, path: &str) -> Answer {
        let answer = browser.get(path).await.expect("an answer");
        self.check(answer, &[])
    }

    async fn post(&mut self, browser: &mut Browser, path: &str, fields: &[(&str, &str)], shown: &[&str]) -> Answer {
        let answer = browser.post(path, fields).await.expect("an answer");
        // A handle that was given becomes a canary itself.
        self.canaries.extend(browser.handle.clone());
        self.check(answer, shown)
    }

    /// Adds two people, and imports one file that is well and one that is not.
    fn fill(&mut self) {
        let folder = self.program.folder.path().to_owned();
        std::fs::write(folder.join("good.env"), format!("KEPT={IMPORTED}\n")).expect("a file");
        std::fs::write(folder.join("bad.env"), format!("GOOD={IMPORTED_BADLY}\nbad {IMPORTED_BADLY}\n"))
            .expect("a file");
        std::fs::write(folder.join("webhook"), format!("raw:{WEBHOOK_SECRET}")).expect("a file");
        std::fs::set_permissions(folder.join("webhook"), std::fs::Permissions::from_mode(0o600)).expect("its mode");
        for (name, role, password) in [("ines", "operator", PASSWORD), ("otto", "auditor", AUDITORS)] {
            let added = self.run(&["user", "add", name, "--role", role, "--password-stdin"], &format!("{password}\n"));
            assert!(added.contains("can sign in now"), "{added}");
        }
        let import = ["secrets", "import", "--environment", "dev", "--owner", "ines", "--yes"];
        assert!(self.run(&[&import[..], &["good.env"]].concat(), "").contains("1 added"));
        assert!(self.run(&[&import[..], &["bad.env"]].concat(), "").contains("bad.env:2"));
    }

    fn serve(&mut self) -> (Serving, String) {
        let webhook = format!("http://127.0.0.1:9/{WEBHOOK_PATH}");
        let more = ["--trusted-proxies", "127.0.0.1", "--webhook-secret-file", "webhook", "--webhook-url", &webhook];
        let (server, text, address) = Serving::start(&self.program, &self.arguments(&more));
        self.said += &text;
        (server, address)
    }

    /// Signs in wrongly, with the password in the wrong field, and rightly.
    async fn sign_in(&mut self, browser: &mut Browser, name: &str, password: &str) {
        let wrong = self.post(browser, "/sign-in", &[("name", name), ("password", WRONG_PASSWORD)], &[]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mistaken = [("name", AS_A_NAME), ("password", WRONG_PASSWORD)];
        // What was typed as a name stands in its field again, for whoever typed it.
        self.post(browser, "/sign-in", &mistaken, &[AS_A_NAME]).await;
        let right = self.post(browser, "/sign-in", &[("name", name), ("password", password)], &[]).await;
        assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.body);
    }

    /// Reveals, rotates, exports and is refused.
    async fn use_the_vault(&mut self, browser: &mut Browser, id: &str, value: &str) {
        let page = format!("/secrets/{id}");
        assert!(self.post(browser, &page, &[("action", "reveal")], &[value]).await.body.contains(value));
        let call = browser.post_raw("/api/secret/value", COMPACT, asked_value(id)).await.expect("an answer");
        assert!(call.body.contains(value));
        self.check(call, &[value]);
        let rotated = self.post(browser, &page, &[("action", "rotate"), ("value", ROTATED)], &[]).await;
        assert_eq!(rotated.status, StatusCode::SEE_OTHER);
        let nobodys = "/secrets/00000000000000000000000000";
        self.post(browser, nobodys, &[("action", "rotate"), ("value", REFUSED)], &[]).await;
        for address in ["/", "/secrets", &page, "/secrets.csv", "/secrets.ndjson", &format!("{page}/history.ndjson")] {
            assert_eq!(self.get(browser, address).await.status, StatusCode::OK, "{address}");
        }
    }

    /// Sets up one-time codes and recovery codes, mistypes, and confirms by one of them.
    async fn second_factor(&mut self, browser: &mut Browser) -> Vec<String> {
        self.post(browser, METHODS, &[("action", "start-codes")], &[]).await;
        let page = browser.get(METHODS).await.expect("an answer").page();
        let app = App(key_on(&page).expect("a key"));
        self.canaries.push(app.0.clone());
        let wrong = [("action", "turn-codes-on"), ("code", WRONG_CODE)];
        let shared = app.0.clone();
        assert_eq!(self.post(browser, METHODS, &wrong, &[&shared]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = app.code_at(SystemClock.now());
        let on = self.post(browser, METHODS, &[("action", "turn-codes-on"), ("code", &code)], &[]).await;
        assert_eq!(on.location(), METHODS, "{}", on.body);
        let page = self.post(browser, METHODS, &[("action", "make-recovery-codes")], &[]).await.page();
        let codes = page.section("Your recovery codes").items();
        assert_eq!(codes.len(), 10, "{page}");
        self.canaries.extend(codes.iter().cloned());
        self.canaries.extend(codes.iter().map(|code| code.replace('-', "")));
        codes
    }

    async fn change_password(&mut self, browser: &mut Browser) {
        let differs = [
            ("action", "change-password"),
            ("current", PASSWORD),
            ("password", NEW_PASSWORD),
            ("repeat", WRONG_PASSWORD),
        ];
        assert_eq!(self.post(browser, METHODS, &differs, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let same = [
            ("action", "change-password"),
            ("current", PASSWORD),
            ("password", NEW_PASSWORD),
            ("repeat", NEW_PASSWORD),
        ];
        assert_eq!(self.post(browser, METHODS, &same, &[]).await.location(), METHODS);
    }

    /// The records as auditors take them away, from the pages and from the command line.
    async fn ledger(&mut self, browser: &mut Browser) {
        for path in ["/access/ledger", "/access/ledger.csv", "/access/ledger.ndjson", "/access/sessions"] {
            assert_eq!(self.get(browser, path).await.status, StatusCode::OK, "{path}");
        }
    }

    fn exported(&mut self) -> String {
        self.run(&["ledger", "export", "records.ndjson", "checkpoint.txt"], "");
        let verified = self.run(&["ledger", "verify"], "");
        assert!(!verified.contains("doorward: "), "{verified}");
        std::fs::read_to_string(self.program.folder.path().join("records.ndjson")).expect("the records")
    }
}

/// The one secret that was imported.
async fn imported(database: &TestDatabase) -> (AnyPool, String) {
    let rows = AnyPool::connect(&database.address).await.expect("the rows can be looked at");
    let id = sqlx::query("select id from secrets").fetch_one(&rows).await.expect("a secret");
    (rows, sqlx::Row::get(&id, 0))
}

/// Secret: a password, a handle, a code or a value.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_log_record_row_error_or_address() {
    let mut sweep = Sweep::new().await;
    sweep.fill();
    let (server, address) = sweep.serve();
    let (rows, id) = imported(&sweep.database).await;
    let mut ines = Browser::new(&address, "198.18.2.1");
    sweep.sign_in(&mut ines, "ines", PASSWORD).await;
    sweep.use_the_vault(&mut ines, &id, IMPORTED).await;
    let codes = sweep.second_factor(&mut ines).await;
    sweep.change_password(&mut ines).await;
    sweep.each_kind(&mut ines).await;
    sweep.malformed(&mut ines, &id).await;
    let mut apart = Browser::new(&address, "198.18.2.1");
    apart.handle.clone_from(&ines.handle);
    sweep.too_large(apart, &id).await;
    sweep.post(&mut ines, "/sign-out", &[], &[]).await;

    let mut again = Browser::http2(&address, "198.18.2.2");
    sweep.sign_in(&mut again, "ines", NEW_PASSWORD).await;
    let wrong = [("action", "code"), ("code", WRONG_CODE)];
    sweep.post(&mut again, "/confirm?next=%2Fsecrets", &wrong, &[]).await;
    let right = [("action", "code"), ("code", codes[2].as_str())];
    assert_eq!(sweep.post(&mut again, "/confirm?next=%2Fsecrets", &right, &[]).await.location(), "/secrets");
    sweep.use_the_vault(&mut again, &id, ROTATED).await;
    sweep.malformed(&mut again, &id).await;

    let mut otto = Browser::new(&address, "198.18.2.3");
    sweep.sign_in(&mut otto, "otto", AUDITORS).await;
    sweep.ledger(&mut otto).await;
    assert_eq!(server.stop(), Some(0));
    let records = sweep.exported();
    let log = std::fs::read_to_string(sweep.program.folder.path().join("log")).expect("the log");
    assert!(log.contains("TRACE") && log.contains("/api/secret/value"), "the log is as talkative as it can be");
    let database = sweep.database.everything(&rows).await;
    assert!(holds(&database, "session.step_up") && records.contains("secret.rotate"), "the search finds what is there");
    for canary in &sweep.canaries {
        for (place, text) in [("the log", &log), ("what was written", &sweep.said), ("the ledger's file", &records)] {
            assert!(!holds(text, canary), "{canary} stands in {place}: {:?}", line_of(text, canary));
        }
        assert!(!holds(&database, canary), "{canary} stands in the database");
    }
}

fn line_of<'a>(text: &'a str, canary: &str) -> Option<&'a str> {
    text.lines().find(|line| holds(line, canary))
}
