//! A Redis server of one test's own, to which anything may be done.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use o2_adapters::store::redis::{Address, RedisOptions, Servers};

use super::peer::skipped;

/// Ends with the value.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
}

impl Server {
    /// A server with more arguments, or a line that says that there is no program for it.
    pub(crate) async fn start(what: &str, arguments: &[&str]) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_at(port, what, arguments).await
    }

    #[expect(clippy::disallowed_methods, reason = "tests bring trouble upon real servers")]
    pub(crate) async fn start_at(port: u16, what: &str, arguments: &[&str]) -> Option<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]);
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
        for _ in 0..200 {
            if server.try_ask(&["PING"]).await.is_some_and(|answer| answer == "PONG") {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not answer");
    }

    pub(crate) fn options(&self) -> RedisOptions {
        RedisOptions::new(Servers::Single(Address::new("127.0.0.1", self.port)))
    }

    /// Asks the server, outside of any store.
    pub(crate) async fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).await.unwrap()
    }

    async fn try_ask(&self, words: &[&str]) -> Option<String> {
        let client = redis::Client::open(("127.0.0.1", self.port)).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        let answer: redis::Value = command.query_async(&mut connection).await.ok()?;
        Some(redis::from_redis_value(answer).unwrap_or_default())
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
