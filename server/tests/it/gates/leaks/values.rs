//! Values of each kind on their way in and out, and bodies that are not what they should be.

use super::{BEARER, COOKIE, MALFORMED, SET_UP_CODE, Sweep, WRONG_PASSWORD};
use crate::support::browser::Browser;
use crate::support::client::{COMPACT, asked_value, with_file};
use crate::support::world::Answer;
use axum::http::StatusCode;

const OF_A_PAIR: &str = "canary-value-k4r2-of-a-pair";
const OF_A_FILE: &str = "canary-value-f8w6-of-a-file";
const OF_A_BAD_LINE: &str = "canary-value-y0n9-of-a-bad-line";
const OF_NO_CERTIFICATE: &str = "canary-value-h5q1-of-no-certificate";

impl Sweep {
    /// Adds a secret of each kind, and takes its value out again.
    pub(super) async fn each_kind(&mut self, browser: &mut Browser) {
        self.canaries.extend([OF_A_PAIR, OF_A_FILE, OF_A_BAD_LINE, OF_NO_CERTIFICATE].map(str::to_owned));
        let add = |kind, name, value| [("kind", kind), ("environment", "dev"), ("name", name), ("value", value)];
        let pair = format!("NAME='{OF_A_PAIR}'");
        let added = self.post(browser, "/secrets/add", &add("key-value", "kinds/pairs", &pair), &[]).await;
        let page = added.location().to_owned();
        self.post(browser, &page, &[("action", "reveal")], &[OF_A_PAIR]).await;
        let bad = format!("A=1\n{OF_A_BAD_LINE}");
        let refused = self.post(browser, "/secrets/add", &add("key-value", "kinds/bad", &bad), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = add("certificate", "kinds/bad", OF_NO_CERTIFICATE);
        let refused = self.post(browser, "/secrets/add", &refused, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("kind", "file"), ("environment", "dev"), ("name", "kinds/file")];
        let added = self.send_file(browser, "/secrets/add", &fields, OF_A_FILE).await;
        let page = added.location().to_owned();
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let file = self.post(browser, &page, &[("action", "reveal")], &[OF_A_FILE]).await;
        assert_eq!(file.body, OF_A_FILE);
        for refused in [&fields[..], &[fields[0], ("environment", "dev"), ("name", "a b")], &[("admin", "1")]] {
            let refused = self.send_file(browser, "/secrets/add", refused, OF_A_FILE).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn send_file(&mut self, browser: &mut Browser, to: &str, fields: &[(&str, &str)], content: &str) -> Answer {
        let (kind, body) = with_file(fields, ("a.txt", content.as_bytes()));
        let body = String::from_utf8(body).expect("a text");
        let answer = browser.post_raw(to, &kind, body).await.expect("an answer");
        self.check(answer, &[])
    }

    /// Bodies, cookies and headers that are not what they should be.
    pub(super) async fn malformed(&mut self, browser: &mut Browser, id: &str) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let page = format!("/secrets/{id}");
        for (path, kind, body) in [
            ("/sign-in", "application/json", format!("{{\"name\": \"ines\", \"password\": \"{MALFORMED}\"}}")),
            ("/sign-in", FORM, format!("name=ines&password={MALFORMED}&password={MALFORMED}")),
            ("/sign-in", FORM, format!("name=ines&password={MALFORMED}%ZZ%")),
            ("/sign-in", "text/plain", MALFORMED.to_owned()),
            (&page, "multipart/form-data; boundary=x", format!("--x\r\n\r\n{MALFORMED}\r\n--x--")),
            (&page, FORM, format!("action=rotate&value={MALFORMED}%00")),
            (&page, FORM, format!("action=rotate&value={MALFORMED}&value={MALFORMED}")),
            (&page, FORM, format!("action=rotate&value={}", MALFORMED.repeat(4000))),
            (&page, FORM, format!("action={MALFORMED}")),
            ("/confirm", FORM, format!("action=code&code={MALFORMED}&password={MALFORMED}")),
            ("/api/secret/value", "application/json", format!("{{\"id\": \"{MALFORMED}\"}}")),
            ("/api/secret/value", COMPACT, asked_value(MALFORMED)),
            ("/api/secret/value", FORM, format!("{MALFORMED}={MALFORMED}")),
            ("/api/no-such-function", FORM, format!("value={MALFORMED}")),
            ("/nowhere", FORM, format!("value={MALFORMED}")),
        ] {
            let answer = browser.post_raw(path, kind, body).await.expect("an answer");
            assert!(!answer.status.is_success(), "{path} {kind}: {}", answer.status);
            self.check(answer, &[]);
        }
        let mut stranger = browser.clone();
        stranger.handle = None;
        let cookies = format!("__Host-doorward={COOKIE}; __Host-doorward={COOKIE}; other={COOKIE}");
        stranger.headers = vec![("cookie", cookies), ("authorization", format!("Bearer {BEARER}"))];
        let with_code = |path| format!("{path}?code={SET_UP_CODE}");
        for path in ["/", "/secrets", &page, &with_code("/set-up"), &with_code("/invitation"), &with_code("/collect")] {
            // The form carries the link's code on.
            self.check(stranger.get(path).await.expect("an answer"), &[SET_UP_CODE]);
        }
        let fields =
            [("code", SET_UP_CODE), ("name", "root"), ("password", WRONG_PASSWORD), ("repeat", WRONG_PASSWORD)];
        self.post(&mut stranger, "/set-up", &fields, &[SET_UP_CODE]).await;
        self.post(&mut stranger, "/invitation", &[fields[0], fields[2], fields[3]], &[SET_UP_CODE]).await;
    }

    /// More than the server reads; it may close this browser's connection before the answer is read.
    pub(super) async fn too_large(&mut self, mut browser: Browser, id: &str) {
        let body = format!("action=rotate&value={}", MALFORMED.repeat(60_000));
        let kind = "application/x-www-form-urlencoded";
        if let Ok(answer) = browser.post_raw(&format!("/secrets/{id}"), kind, body).await {
            assert_eq!(self.check(answer, &[]).status, StatusCode::PAYLOAD_TOO_LARGE);
        }
    }
}
