//! A client and a server that talk HTTP/1.1 over one connection that stays open, within the process: what a request costs
//! with everything that a server does for it, and without the kernel.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use axum::Router;
use axum::serve::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::{Bench, Case};

/// More than a request or an answer takes.
const ROOM: usize = 64 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A listener that has one connection to accept.
struct One(Option<DuplexStream>);

impl Listener for One {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.take() {
            Some(connection) => (connection, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Client {
    connection: DuplexStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    /// Asks, and reads an answer whose body has this many bytes.
    async fn ask(&mut self, body: usize) {
        self.answer.clear();
        self.connection
            .write_all(&self.request)
            .await
            .expect("the server reads");
        loop {
            let read = self
                .connection
                .read_buf(&mut self.answer)
                .await
                .expect("the server answers");
            assert_ne!(read, 0, "the server ended the connection");
            let head = self
                .answer
                .windows(END_OF_HEAD.len())
                .position(|bytes| bytes == END_OF_HEAD);
            if head.is_some_and(|head| self.answer.len() >= head + END_OF_HEAD.len() + body) {
                return;
            }
        }
    }
}

/// Gets `path` from `app` again and again; the answers' bodies have so many bytes.
pub(crate) fn case<'a>(bench: &'a Bench, name: &str, app: Router, path: &str, body: usize) -> Case<'a> {
    let (near, far) = duplex(ROOM);
    serve(bench, app, far);
    let client = Rc::new(RefCell::new(Client {
        connection: near,
        request: format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").into_bytes(),
        answer: Vec::with_capacity(ROOM),
    }));
    Case::awaiting(bench, name, move || {
        let client = Rc::clone(&client);
        #[expect(clippy::await_holding_refcell_ref, reason = "one request follows the other")]
        async move {
            client.borrow_mut().ask(body).await;
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "the benchmark is the host")]
fn serve(bench: &Bench, app: Router, connection: DuplexStream) {
    let _runtime = bench.runtime.enter();
    tokio::spawn(async move { axum::serve(One(Some(connection)), app).await });
}
