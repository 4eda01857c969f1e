//! The settings as they are printed at the start, without anything secret.

use crate::cli::settings::{self, Config, LogFormat, byte_size, span};

impl Config {
    /// One aligned line a setting: name, value, and where it comes from where that is known.
    #[must_use]
    pub fn summary(&self) -> String {
        let lines = self.lines();
        let width = lines.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0).min(48);
        let mut text = String::new();
        for (name, value) in lines {
            let source = self.source(name);
            let line = format!("{name:<25}  {value:<width$}  {source}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn source(&self, name: &str) -> &'static str {
        self.sources.iter().find(|(known, _)| *known == name).map_or("", |(_, source)| source)
    }

    /// Names are those of the flags.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
        let duration = |duration: std::time::Duration| {
            span::write(doorward::TimeSpan(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
        };
        let proxies: Vec<String> = self.trusted_proxies.iter().map(ToString::to_string).collect();
        let webhook = self.webhook.as_ref().or(self.checkpoint_webhook.as_ref());
        let format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        vec![
            ("listen", self.listen.to_string()),
            ("metrics", or_none(self.metrics.map(|address| address.to_string()))),
            ("public-origin", self.public_origin.as_ref().map_or("as listen".to_owned(), ToString::to_string)),
            ("trusted-proxies", or_none((!proxies.is_empty()).then(|| proxies.join(", ")))),
            ("tls-cert", or_none(self.tls.as_ref().map(|tls| tls.certificate.display().to_string()))),
            ("tls-key", or_none(self.tls.as_ref().map(|tls| tls.key.display().to_string()))),
            ("data-dir", self.data_dir.display().to_string()),
            ("database-url", self.database_url.masked()),
            ("site-root", self.site_root.display().to_string()),
            ("log-format", format.to_owned()),
            ("log-filter", self.log_filter.clone()),
            ("session-idle", span::write(self.session.idle)),
            ("session-absolute", span::write(self.session.absolute)),
            ("session-renewal", span::write(self.session.renewal)),
            ("session-asks-again", asks_again(self.session.places).to_owned()),
            ("session-epoch", self.session_epoch.to_string()),
            ("ledger-checkpoint", or_none(self.ledger_checkpoint.as_ref().map(|path| path.display().to_string()))),
            (
                "ledger-checkpoint-webhook",
                or_none(self.checkpoint_webhook.as_ref().map(|webhook| webhook.url.masked())),
            ),
            (
                "ledger-keep",
                self.retention.as_ref().map_or("for ever".to_owned(), |keep| format!("{} days", keep.days)),
            ),
            ("ledger-archive", or_none(self.retention.as_ref().map(|keep| keep.folder.display().to_string()))),
            ("password-memory", format!("{} KiB", self.password_cost.memory_kib())),
            ("password-passes", self.password_cost.passes().to_string()),
            ("password-lanes", self.password_cost.lanes().to_string()),
            ("password-workers", self.password_workers.to_string()),
            ("password-queue", self.password_queue.to_string()),
            ("body-limit", byte_size::write(self.body_limit)),
            ("header-timeout", duration(self.header_timeout)),
            ("request-timeout", duration(self.request_timeout)),
            ("shutdown-deadline", duration(self.shutdown_deadline)),
            ("xray", if self.xray { "on" } else { "off" }.to_owned()),
            ("webhook-url", or_none(self.webhook.as_ref().map(|webhook| webhook.url.masked()))),
            ("webhook-secret-file", or_none(webhook.map(|webhook| webhook.secret.display().to_string()))),
            ("otlp-endpoint", or_none(self.otlp_endpoint.as_ref().map(settings::WebhookUrl::masked))),
            ("forward", or_none(self.forward.as_ref().map(settings::ForwardUrl::masked))),
        ]
    }
}

const fn asks_again(rule: doorward::ReconfirmOn) -> &'static str {
    match (rule.network, rule.browser) {
        (true, true) => "both",
        (true, false) => "network",
        (false, true) => "browser",
        (false, false) => "never",
    }
}
