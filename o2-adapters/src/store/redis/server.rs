//! Is this server fit for a store? A primary, new enough, and one that keeps what it is given.

use o2_core::ErrorKind;
use redis::aio::MultiplexedConnection;
use redis::{Value, cmd};

use super::failure::Failure;
use super::options::RedisOptions;

/// The first version that has all commands the store uses, and that names what went wrong inside a script.
const OLDEST: u64 = 7;

pub(super) async fn inspect(connection: &mut MultiplexedConnection, options: &RedisOptions) -> Result<(), Failure> {
    primary(connection).await?;
    version(connection).await?;
    settings(connection, options).await
}

async fn primary(connection: &mut MultiplexedConnection) -> Result<(), Failure> {
    let role = cmd("ROLE").query_async(connection).await?;
    match role {
        Value::Array(parts) if parts.first() == Some(&Value::BulkString(b"master".to_vec())) => Ok(()),
        _ => Err(Failure::passing(
            ErrorKind::Unavailable,
            "the store is not available",
            "the server is a replica; the store needs the primary, or the Sentinels that know it",
        )),
    }
}

async fn version(connection: &mut MultiplexedConnection) -> Result<(), Failure> {
    let info: String = cmd("INFO").arg("server").query_async(connection).await?;
    let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
    let version = version.unwrap_or("unknown").trim();
    match version.split('.').next().and_then(|major| major.parse::<u64>().ok()) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => Err(Failure::config(
            "the store needs Redis 7 or newer",
            format!("the server's version is {version}"),
        )),
    }
}

/// Looks at what is configured, where the server shows it.
async fn settings(connection: &mut MultiplexedConnection, options: &RedisOptions) -> Result<(), Failure> {
    let asked = cmd("CONFIG")
        .arg("GET")
        .arg("maxmemory-policy")
        .arg("min-replicas-to-write")
        .query_async::<Vec<(String, String)>>(connection)
        .await;
    let settings = match asked {
        Ok(settings) => settings,
        Err(error) if error.is_io_error() => return Err(error.into()),
        Err(_) => Vec::new(),
    };
    let setting = |name: &str| {
        let found = settings.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    };
    let policy = setting("maxmemory-policy");
    if policy.is_empty() {
        tracing::warn!("Redis does not show its configuration: see to it that maxmemory-policy is noeviction");
    }
    if policy.starts_with("allkeys-") {
        return Err(Failure::config(
            "Redis would throw away data of the store when its memory is full; set maxmemory-policy to noeviction",
            format!("maxmemory-policy is {policy}"),
        ));
    }
    if options.wait_replicas > 0 && setting("min-replicas-to-write") == "0" {
        tracing::warn!(
            "Redis takes writes without replicas: a primary that is cut off takes commits that will be lost; set min-replicas-to-write to 1"
        );
    }
    Ok(())
}
