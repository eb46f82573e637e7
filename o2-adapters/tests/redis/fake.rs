//! A server that answers what a test wants.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use o2_adapters::store::redis::{Address, RedisOptions, Servers};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What comes instead of an answer when the connection is to be closed.
pub(crate) const HANG_UP: &str = "";

/// Listens. What it answers is told later, so that it may speak of its port.
pub(crate) struct Fake {
    listener: TcpListener,
    pub(crate) port: u16,
    connections: Cell<usize>,
}

impl Fake {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Cell::new(0);
        Self {
            listener,
            port,
            connections,
        }
    }

    pub(crate) fn options(&self) -> RedisOptions {
        RedisOptions::new(Servers::Single(Address::new("127.0.0.1", self.port)))
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.connections.get()
    }

    /// Answers with `answer` while `test` runs.
    pub(crate) async fn during<T>(&self, answer: impl Fn(&[String]) -> String, test: impl Future<Output = T>) -> T {
        match select(std::pin::pin!(self.serve(&answer)), std::pin::pin!(test)).await {
            Either::Left((never, _)) => match never {},
            Either::Right((result, _)) => result,
        }
    }

    async fn serve(&self, answer: &impl Fn(&[String]) -> String) -> Infallible {
        let mut conversations = FuturesUnordered::new();
        loop {
            match select(std::pin::pin!(self.listener.accept()), conversations.next()).await {
                Either::Left((accepted, _)) => {
                    self.connections.set(self.connections.get() + 1);
                    conversations.push(converse(accepted.unwrap().0, answer));
                }
                // `next` of an empty set ends at once.
                Either::Right((None, accepting)) => {
                    let accepted = accepting.await;
                    self.connections.set(self.connections.get() + 1);
                    conversations.push(converse(accepted.unwrap().0, answer));
                }
                Either::Right((Some(_), _)) => {}
            }
        }
    }
}

async fn converse(stream: TcpStream, answer: &impl Fn(&[String]) -> String) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let words = command(&mut stream).await?;
        let answer = answer(&words);
        if answer == HANG_UP {
            return Ok(());
        }
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// Reads one command: a list of texts, each with its length.
async fn command(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<String>> {
    let mut words = Vec::new();
    for _ in 0..length(stream).await? {
        let mut word = vec![0; length(stream).await?];
        stream.read_exact(&mut word).await?;
        stream.read_exact(&mut [0; 2]).await?;
        words.push(String::from_utf8_lossy(&word).into_owned());
    }
    Ok(words)
}

async fn length(stream: &mut BufReader<TcpStream>) -> io::Result<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    line.trim()
        .get(1..)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// What a server says that is fit for a store.
pub(crate) fn usual(words: &[String]) -> String {
    match words[0].as_str() {
        "ROLE" => role("master"),
        "INFO" => bulk("# Server\r\nredis_version:7.0.15\r\n"),
        "CONFIG" => format!("*2\r\n{}{}", bulk("maxmemory-policy"), bulk("noeviction")),
        "PING" => "+PONG\r\n".to_owned(),
        "EVALSHA" => "*2\r\n:0\r\n:7\r\n".to_owned(),
        "HGET" | "GET" => "$-1\r\n".to_owned(),
        other => format!("-ERR unknown command '{other}'\r\n"),
    }
}

pub(crate) fn role(role: &str) -> String {
    format!("*3\r\n{}:0\r\n*0\r\n", bulk(role))
}

pub(crate) fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}
