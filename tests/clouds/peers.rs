//! The peers: where they listen, and whether they run.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::lock::{Mutex, MutexGuard};

/// Something that plays a cloud, or is one. `tests/real/peers` has a script for each.
pub(crate) struct Peer {
    script: &'static str,
    /// The variable that says another port, where the script knows one.
    variable: Option<&'static str>,
    port: u16,
    /// How many ports further on it listens.
    offset: u16,
}

pub(crate) const MOTO: Peer = Peer {
    script: "moto",
    variable: Some("P_MOTO"),
    port: 15555,
    offset: 0,
};
pub(crate) const OPENSTACK: Peer = Peer {
    script: "openstack",
    variable: Some("P_OPENSTACK"),
    port: 15777,
    offset: 0,
};
/// The services of OpenStack that are not Keystone have ports of their own.
pub(crate) const NOVA: Peer = Peer { offset: 1, ..OPENSTACK };
pub(crate) const PLACEMENT: Peer = Peer { offset: 2, ..OPENSTACK };
pub(crate) const VSPHERE: Peer = Peer {
    script: "vsphere",
    variable: None,
    port: 18989,
    offset: 0,
};

impl Peer {
    pub(crate) fn port(&self) -> u16 {
        let given = self.variable.and_then(|variable| std::env::var(variable).ok());
        given.map_or(self.port, |port| port.parse().unwrap()) + self.offset
    }

    fn runs(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port())).is_ok()
    }
}

/// One test has the peers at a time: others would notice what it does to them.
static PEERS: Mutex<()> = Mutex::new(());

/// Holds the peers; unless one of them does not run, of which a line says that `what` was left out.
pub(crate) async fn held(what: &str, peers: &[&Peer]) -> Option<MutexGuard<'static, ()>> {
    let held = PEERS.lock().await;
    let missing: Vec<_> = peers.iter().filter(|peer| !peer.runs()).collect();
    for peer in &missing {
        let remedy = format!("start it with tests/real/peers/{}.sh start", peer.script);
        // Not with `eprintln!`, which the test harness would swallow.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {what}: {} does not run; {remedy}",
            peer.script
        );
    }
    missing.is_empty().then_some(held)
}

/// A name that nothing else has.
pub(crate) fn name(what: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{:x}-{number}", std::process::id())
}
