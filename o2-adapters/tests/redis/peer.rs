//! The primary, its replicas and the Sentinels of `tests/real/peers/redis-sentinel.sh`.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::lock::{Mutex, MutexGuard};
use o2_adapters::store::redis::RedisOptions;

pub(crate) const URL: &str = "redis+sentinel://127.0.0.1:27379,127.0.0.1:27380,127.0.0.1:27381/o2";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/real/peers/redis-sentinel.sh");

/// Held by the test that has the servers: others would notice what it does to them.
static SERVERS: Mutex<()> = Mutex::new(());

/// The servers' options with a fresh name, or a line that says that they do not run.
pub(crate) async fn options(what: &str) -> Option<(MutexGuard<'static, ()>, RedisOptions)> {
    let sentinel = SocketAddr::from(([127, 0, 0, 1], 27379));
    if TcpStream::connect_timeout(&sentinel, Duration::from_secs(1)).is_err() {
        skipped(what, "start its servers with tests/real/peers/redis-sentinel.sh start");
        return None;
    }
    let options = RedisOptions::from_url(URL).unwrap().with_name(super::fresh_name(what));
    Some((SERVERS.lock().await, options))
}

/// Says that a test is left out. Not with `eprintln!`, which the test harness would swallow.
pub(crate) fn skipped(what: &str, remedy: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED redis {what}: {remedy}");
}

/// What the script prints.
#[expect(clippy::disallowed_methods, reason = "tests bring trouble upon real servers")]
pub(crate) fn script(arguments: &[&str]) -> String {
    let output = Command::new(SCRIPT)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
