//! Which server is the primary? The Sentinels know.

use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};
use o2_core::ErrorKind;
use o2_core::ports::Clock;

use super::failure::Failure;
use super::options::{Address, RedisOptions, Servers};
use super::session::{Session, connect};

/// Asks all Sentinels and connects to the first server they name that says itself that it is the primary: a Sentinel that
/// was cut off may name the one of yesterday.
pub(super) async fn open(options: &Arc<RedisOptions>, clock: &Arc<dyn Clock>) -> Result<Session, Failure> {
    let Servers::Sentinels { addresses, service } = &options.servers else {
        return Err(Failure::config("the store has no Sentinels", ""));
    };
    let asking = addresses.iter().map(|sentinel| ask(sentinel, service, options, clock));
    let mut answers: FuturesUnordered<_> = asking.collect();
    let mut tried = Vec::new();
    let mut failure = None;
    while let Some(answer) = answers.next().await {
        let opened = match answer {
            Ok(primary) if tried.contains(&primary) => continue,
            Ok(primary) => {
                tried.push(primary.clone());
                Session::open_at(primary, options, clock).await
            }
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(session) => return Ok(session),
            Err(other) => failure = Some(graver(failure, other)),
        }
    }
    Err(failure.unwrap_or_else(|| Failure::config("the store has no Sentinels", "")))
}

/// The one to tell of: what lasts before what may pass.
fn graver(known: Option<Failure>, other: Failure) -> Failure {
    match known {
        Some(known) if !known.passes() || other.passes() => known,
        _ => other,
    }
}

async fn ask(
    sentinel: &Address,
    service: &str,
    options: &RedisOptions,
    clock: &Arc<dyn Clock>,
) -> Result<Address, Failure> {
    let asking = async {
        let mut connection = connect(sentinel, options.sentinel_credentials.as_ref(), 0, options).await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(service);
        let answer: Option<(String, u16)> = question.query_async(&mut connection).await?;
        let unknown = || {
            let detail = format!("the service is '{service}'");
            Failure::config("a Sentinel does not know the store's service", detail)
        };
        let (host, port) = answer.ok_or_else(unknown)?;
        Ok(Address::new(host, port))
    };
    let limit = options.connect_timeout;
    let silent = |_| {
        Err(Failure::passing(
            ErrorKind::Unavailable,
            "the store is not available",
            "no answer in time",
        ))
    };
    let answer = clock.within(limit, asking).await.unwrap_or_else(silent);
    answer.map_err(|failure| failure.at(&format!("Sentinel {sentinel}")))
}
