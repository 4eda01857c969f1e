//! Refuses to serve others in a way that would give their sessions away.

use crate::cli::settings::{Config, ConfigError, Origin};

impl Config {
    /// Checks that serving with these settings exposes nobody; commands that open no port need not ask.
    ///
    /// # Errors
    /// Says which combination is unsafe and what to give instead.
    pub fn check_exposure(&self) -> Result<(), ConfigError> {
        // Behind a proxy it would be shown to others too.
        let others = !self.listen.ip().to_canonical().is_loopback() || !self.trusted_proxies.is_empty();
        if self.xray && others {
            return Err(ConfigError::XrayToOthers);
        }
        let is_secure = self.public_origin.as_ref().is_some_and(Origin::is_secure);
        if self.tls.is_some() && self.public_origin.is_some() && !is_secure {
            return Err(ConfigError::PlainOriginWithTls);
        }
        let behind_proxy = is_secure && !self.trusted_proxies.is_empty();
        if !self.listen.ip().to_canonical().is_loopback() && self.tls.is_none() && !behind_proxy {
            return Err(ConfigError::PlainToOthers(self.listen));
        }
        if self.listen.ip().to_canonical().is_unspecified() && self.public_origin.is_none() {
            return Err(ConfigError::NoOrigin(self.listen));
        }
        Ok(())
    }

    /// What is allowed and most likely a mistake, as a sentence for the log.
    #[must_use]
    pub fn warning(&self) -> Option<&'static str> {
        let is_secure = self.public_origin.as_ref().is_some_and(Origin::is_secure);
        (is_secure && self.tls.is_none() && self.trusted_proxies.is_empty()).then_some(
            "--public-origin begins with https:// and this server speaks no TLS, so a proxy is in front of it; without \
             --trusted-proxies every client has the proxy's address: limits, sessions and records cannot tell them apart",
        )
    }
}
