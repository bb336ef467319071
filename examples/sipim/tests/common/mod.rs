use std::{
    net::{Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
};

use presence_server::{Running, Settings, StoreLocation, start};
use sip_message::Transport;
use sip_tokio::Listen;
use tokio::runtime::Runtime;

/// A server with the demo accounts on a port of its own.
pub(crate) struct Server {
    address: SocketAddr,
    // Declared in the order in which they are dropped.
    _running: Running,
    _runtime: Runtime,
}

impl Server {
    pub(crate) fn start() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = Settings {
            listen: [Transport::Udp, Transport::Tcp]
                .map(|transport| Listen { transport, address })
                .into(),
            store: StoreLocation::Memory,
            ..Settings::default()
        };
        let runtime = Runtime::new().unwrap();
        let running = runtime.block_on(start(&settings, ())).unwrap();
        let local = running.local();
        assert_eq!(local[0].1, local[1].1, "one port for both transports");
        Self {
            address: local[0].1,
            _running: running,
            _runtime: runtime,
        }
    }

    pub(crate) fn sipim(&self, transport: &str, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sipim"));
        command
            .env_remove("SIPIM_DOMAIN")
            .env("SIPIM_SERVER", format!("{transport}:{}", self.address))
            .env("SIPIM_USER", user)
            .env("SIPIM_PASSWORD", format!("{user}pw"))
            .args(arguments)
            .stdin(Stdio::null());
        command
    }
}
