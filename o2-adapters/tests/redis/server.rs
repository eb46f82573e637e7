//! A Redis server of one test's own, to which anything may be done.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use o2_adapters::store::redis::{Address, RedisOptions, Servers};

use super::pause;
use super::peer::skipped;

static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A port that no other test gets, and that the system gives to nobody on its own.
pub(crate) fn free_port() -> u16 {
    let first = 20_000 + (std::process::id() % 5_000) as u16;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut ports = std::iter::repeat_with(|| first + NEXT_PORT.fetch_add(1, Ordering::Relaxed));
    ports.find(is_free).unwrap()
}

/// Ends with the value.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
}

impl Server {
    /// A server with more arguments, or a line that says that there is no program for it.
    pub(crate) async fn start(what: &str, arguments: &[&str]) -> Option<Self> {
        Self::start_at(free_port(), what, arguments).await
    }

    #[expect(clippy::disallowed_methods, reason = "tests bring trouble upon real servers")]
    pub(crate) async fn start_at(port: u16, what: &str, arguments: &[&str]) -> Option<Self> {
        let mut command = Command::new("redis-server");
        let (folder, file) = (env!("CARGO_TARGET_TMPDIR"), format!("redis-{port}.rdb"));
        // Replicas keep what the primary sent them.
        let _ = std::fs::remove_file(format!("{folder}/{file}"));
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--save", "", "--dir", folder, "--dbfilename", &file]);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let Ok(process) = command.spawn() else {
            skipped(what, "install redis-server");
            return None;
        };
        let server = Self { port, process };
        let mut attempts = 0;
        while !server.answers().await {
            assert!(attempts < 500, "the server does not answer");
            attempts += 1;
            pause(Duration::from_millis(20)).await;
        }
        Some(server)
    }

    pub(crate) fn options(&self) -> RedisOptions {
        RedisOptions::new(Servers::Single(Address::new("127.0.0.1", self.port)))
    }

    /// Asks the server, outside of any store.
    pub(crate) async fn ask(&self, words: &[&str]) -> String {
        let answer = self.try_ask(words).await.unwrap();
        redis::from_redis_value(answer).unwrap_or_default()
    }

    async fn try_ask(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let client = redis::Client::open(("127.0.0.1", self.port)).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query_async(&mut connection).await
    }

    /// Whether it is there, even if it wants a password first.
    async fn answers(&self) -> bool {
        match self.try_ask(&["PING"]).await {
            Ok(_) => true,
            Err(error) => error.code() == Some("NOAUTH"),
        }
    }

    /// Kills it, so that it says no goodbye.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
