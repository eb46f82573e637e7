//! [`Line`]: the way to a peer, which can be cut.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::peers::Peer;

pub(crate) struct Line {
    address: SocketAddr,
    cut: Arc<watch::Sender<bool>>,
}

impl Line {
    pub(crate) async fn to(peer: &Peer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(watch::Sender::new(false));
        tokio::spawn(forward(listener, peer.port(), Arc::clone(&cut)));
        Self { address, cut }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Ends all connections, and those that come.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }

    pub(crate) fn mend(&self) {
        self.cut.send_replace(false);
    }
}

async fn forward(listener: TcpListener, port: u16, cut: Arc<watch::Sender<bool>>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut cut = cut.subscribe();
        tokio::spawn(async move {
            let pass = async {
                let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
                copy_bidirectional(&mut near, &mut far).await
            };
            tokio::select! {
                biased;
                _ = cut.wait_for(|cut| *cut) => {}
                _ = pass => {}
            }
        });
    }
}
