//! A principal that was not looked up, for what is asked of the policy without a request.

use doorward::session::Handle;
use doorward::{Assurance, AuthenticationId, IdentityId, Kind, Method, Principal, SessionId, Timestamp};

/// Somebody without a role.
pub fn nobody() -> Principal {
    let now = Timestamp(0);
    Principal {
        identity: IdentityId::NOTHING,
        name: "nobody".into(),
        display_name: "Nobody".into(),
        kind: Kind::Person,
        session: SessionId::NOTHING,
        ends: now,
        idle_ends: now,
        handle: Handle { generation: 1, issued: now, used: Some(now), retired: None, offered: None, offers: 0 },
        assurance: Assurance { authentication: AuthenticationId::NOTHING, method: Method::Password, at: now },
        has_second_factor: false,
        privileges_version: 0,
        machines: Vec::new(),
        unread: 0,
        unconfirmed: None,
        roles: Vec::new(),
        holdings: Vec::new(),
        walled_off: Vec::new(),
        policy: 0,
        now,
    }
}
