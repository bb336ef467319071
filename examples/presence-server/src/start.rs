use std::{
    mem,
    net::SocketAddr,
    time::{Instant, SystemTime},
};

use sip_message::{Host, Transport, UriBuf};
use sip_server::{Change, Row};
use sip_tokio::{BindError, Observer, ServeError, ServerHandle, Store, StoreError};
use sip_transaction::SentBy;

use crate::{Settings, SqliteStore, StoreOpenError};

/// The Server header.
const NAME: &str = concat!("presence-server/", env!("CARGO_PKG_VERSION"));

/// A server that runs. Dropping it stops it in the background.
#[derive(Debug)]
pub struct Running {
    local: Vec<(Transport, SocketAddr)>,
    handle: ServerHandle,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The rows of earlier runs cannot be read.
    #[error(transparent)]
    Load(#[from] StoreError),
    /// No client can be told where the server is.
    #[error("clients cannot be told to reach the server at {host}: `advertise` is to be a host name or an address")]
    Unreachable {
        /// What they would be told.
        host: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreOpenError),
}

/// Starts a server with these settings: binds its addresses, opens its store, takes back the rows in it, and serves.
/// The observer is told of every message and event; a [`Log`](crate::Log) is one.
///
/// Must be called in a Tokio runtime with I/O and time enabled. Reading the store blocks for a moment.
///
/// # Errors
/// When an address is in use, the store cannot be opened or read, or an unspecified address is listened on and
/// [`Settings::advertise`] is not set.
pub async fn start(settings: &Settings, observer: impl Observer) -> Result<Running, StartError> {
    if let Some(listen) = settings.needs_advertise() {
        return Err(StartError::Unreachable {
            host: listen.address.ip().to_string(),
        });
    }
    // Sockets before the store, so that a server whose address is in use leaves no file behind.
    let sockets = sip_tokio::bind(&settings.listen).await?;
    let local = sockets.local();
    let mut store = SqliteStore::open(&settings.store)?;
    let nonce_key = store.nonce_key(sip_tokio::seed())?;
    let rows = store.load()?;
    let store = Loaded { rows, store };
    let config = config(settings, &local, nonce_key)?;
    let handle = sip_tokio::serve(sockets, config, settings.accounts.clone(), store, observer);
    Ok(Running { local, handle })
}

impl Running {
    /// The addresses that are listened on, in the order of the settings, with the ports that port 0 became.
    #[must_use]
    pub fn local(&self) -> &[(Transport, SocketAddr)] {
        &self.local
    }

    /// Returns when the server has ended by itself, because its store failed; [`shutdown`](Self::shutdown) then has the
    /// reason.
    pub async fn stopped(&mut self) {
        self.handle.stopped().await;
    }

    /// Takes no more requests, waits until what was taken is durable, and closes.
    ///
    /// # Errors
    /// When something could not be made durable, now or before.
    pub async fn shutdown(self) -> Result<(), ServeError> {
        self.handle.shutdown().await
    }
}

/// A store whose rows were read before the server started, so that it does not start when they cannot be.
#[derive(Debug)]
struct Loaded {
    rows: Vec<Row>,
    store: SqliteStore,
}

impl Store for Loaded {
    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        Ok(mem::take(&mut self.rows))
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.store.commit(changes)
    }
}

fn config(
    settings: &Settings,
    local: &[(Transport, SocketAddr)],
    nonce_key: [u8; 32],
) -> Result<sip_server::Config, StartError> {
    Ok(sip_server::Config {
        domains: settings.domains.clone(),
        realm: settings.accounts.realm().to_owned(),
        contact: contact(settings, local)?,
        sent_by: local
            .iter()
            .map(|(transport, address)| SentBy {
                transport: *transport,
                host: reachable_host(settings, *address),
                port: Some(address.port()),
            })
            .collect(),
        register: settings.register,
        subscribe: settings.subscribe,
        publish: settings.publish,
        algorithms: settings.algorithms.clone(),
        qop_auth: settings.qop_auth,
        nonce_lifetime: settings.nonce_lifetime,
        nonce_key,
        server: Some(NAME.to_owned()),
        epoch: (Instant::now(), SystemTime::now()),
        seed: sip_tokio::seed(),
        limits: sip_server::Limits::default(),
    })
}

/// The server's own Contact: where it listens first.
fn contact(settings: &Settings, local: &[(Transport, SocketAddr)]) -> Result<UriBuf, StartError> {
    let unreachable = |host: String| StartError::Unreachable { host };
    let Some((transport, address)) = local.first() else {
        return Err(unreachable("no address".to_owned()));
    };
    let host = reachable_host(settings, *address);
    let uri = format!("sip:{host}:{};transport={}", address.port(), transport.as_param());
    UriBuf::parse(uri).map_err(|_| unreachable(host))
}

/// The host that peers are told for this address, as URIs write it.
pub(crate) fn reachable_host(settings: &Settings, address: SocketAddr) -> String {
    settings
        .advertise
        .clone()
        .unwrap_or_else(|| Host::from(address.ip()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Vec<(Transport, SocketAddr)> {
        vec![
            (Transport::Tcp, "[::1]:5070".parse().unwrap()),
            (Transport::Udp, "127.0.0.1:5060".parse().unwrap()),
        ]
    }

    #[test]
    fn peers_are_told_the_address_or_what_is_advertised() {
        let mut settings = Settings::default();
        let told = config(&settings, &local(), [0; 32]).unwrap();
        assert_eq!(told.contact.as_str(), "sip:[::1]:5070;transport=tcp");
        assert_eq!(told.sent_by[1].host, "127.0.0.1");
        assert_eq!(told.sent_by[1].port, Some(5060));
        settings.advertise = Some("sip.example.test".to_owned());
        let told = config(&settings, &local(), [0; 32]).unwrap();
        assert_eq!(told.contact.as_str(), "sip:sip.example.test:5070;transport=tcp");
        assert_eq!(told.sent_by[1].host, "sip.example.test");
        settings.advertise = Some("not a host".to_owned());
        assert!(matches!(
            config(&settings, &local(), [0; 32]),
            Err(StartError::Unreachable { .. })
        ));
    }

    #[tokio::test]
    async fn an_address_of_the_whole_machine_needs_a_name() {
        let mut settings = Settings {
            store: crate::StoreLocation::Memory,
            ..Settings::default()
        };
        settings.listen[0].address = "0.0.0.0:0".parse().unwrap();
        let error = start(&settings, crate::Log::stderr(crate::Level::Error))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("`advertise`"), "{error}");
    }
}
