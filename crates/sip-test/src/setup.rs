//! Configurations for simulated hosts: those of the quickstart, with users at `example.test`.

use std::{net::SocketAddr, time::Duration};

use sip_digest::{Algorithms, Password};
use sip_message::{Aor, Transport, UriBuf};
use sip_transaction::{Destination, SentBy};

use crate::Simulation;

/// The domain of the server, and its realm.
pub const DOMAIN: &str = "example.test";

/// The users, with their passwords.
pub const USERS: [(&str, &str); 3] = [("alice", "alicepw"), ("bob", "bobpw"), ("carol", "carolpw")];

/// A server for [`DOMAIN`] at an address, by UDP and TCP.
#[must_use]
pub fn server(simulation: &mut Simulation, address: SocketAddr) -> sip_server::Config {
    sip_server::Config {
        domains: vec![DOMAIN.to_owned()],
        realm: DOMAIN.to_owned(),
        contact: uri(&format!("sip:{address}")),
        sent_by: sent_by(address),
        register: sip_server::Expiry::default(),
        subscribe: sip_server::Expiry::default(),
        publish: sip_server::Expiry::default(),
        algorithms: Algorithms::default(),
        qop_auth: true,
        nonce_lifetime: Duration::from_secs(300),
        nonce_key: simulation.seed(),
        server: Some("sip-test".to_owned()),
        epoch: simulation.epoch(),
        seed: simulation.seed(),
        limits: sip_server::Limits::default(),
    }
}

/// A user agent at an address, of a user at [`DOMAIN`] whose password is the name with `pw` behind.
///
/// # Panics
/// When the user cannot stand in a SIP address.
#[must_use]
pub fn agent(simulation: &mut Simulation, user: &str, address: SocketAddr, server: Destination) -> sip_ua::Config {
    let transport = server.transport().as_param();
    sip_ua::Config {
        aor: aor(user),
        display_name: None,
        username: user.to_owned(),
        password: Password::new(format!("{user}pw")),
        server,
        contact: uri(&format!("sip:{user}@{address};transport={transport}")),
        sent_by: sent_by(address),
        user_agent: Some("sip-test".to_owned()),
        epoch: simulation.epoch(),
        seed: simulation.seed(),
    }
}

/// The address of record of a user at [`DOMAIN`].
///
/// # Panics
/// When the user cannot stand in a SIP address.
#[must_use]
pub fn aor(user: &str) -> Aor {
    Aor::new(user, DOMAIN).expect("a user that can stand in a SIP address")
}

fn sent_by(address: SocketAddr) -> Vec<SentBy> {
    let host = match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    let port = Some(address.port());
    [Transport::Udp, Transport::Tcp]
        .map(|transport| SentBy {
            transport,
            host: host.clone(),
            port,
        })
        .to_vec()
}

fn uri(text: &str) -> UriBuf {
    UriBuf::parse(text).expect("an address makes a URI")
}
