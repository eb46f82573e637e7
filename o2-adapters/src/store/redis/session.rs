//! [`Session`]: connections to a server that has proved to be the primary and fit for a store.

use std::sync::Arc;
use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::ports::Clock;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo, Pipeline, RedisConnectionInfo,
    ScriptInvocation,
};

use super::barrier::Barrier;
use super::failure::Failure;
use super::options::{Address, Credentials, RedisOptions, Servers};
use super::{sentinel, server, tls};

/// Connections to one primary. When it fails, all of it is thrown away.
pub(super) struct Session {
    address: Address,
    /// For commands that are answered at once.
    commands: MultiplexedConnection,
    /// For waiting for replicas, when that is asked for.
    pub(super) barrier: Option<Barrier>,
    options: Arc<RedisOptions>,
    clock: Arc<dyn Clock>,
}

impl Session {
    /// Finds the primary and connects to it.
    pub(super) async fn open(options: Arc<RedisOptions>, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        match &options.servers {
            Servers::Single(address) => Self::open_at(address.clone(), &options, &clock).await,
            Servers::Sentinels { .. } => sentinel::open(&options, &clock).await,
        }
    }

    /// Connects to the primary that should be at this address.
    pub(super) async fn open_at(
        address: Address,
        options: &Arc<RedisOptions>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let place = address.to_string();
        let opening = async {
            let mut commands = connect(&address, options.credentials.as_ref(), options.database, options).await?;
            server::inspect(&mut commands, options).await?;
            let barrier = match options.wait_replicas {
                0 => None,
                _ => Some(connect(&address, options.credentials.as_ref(), options.database, options).await?),
            };
            Ok((commands, barrier))
        };
        let opened = clock.within(options.connect_timeout, opening).await;
        let (commands, barrier) = opened
            .unwrap_or_else(|limit| Err(not_connected(limit)))
            .map_err(|failure| failure.at(&place))?;
        Ok(Self {
            address,
            commands,
            barrier: barrier.map(|connection| Barrier::new(connection, options, clock)),
            options: Arc::clone(options),
            clock: Arc::clone(clock),
        })
    }

    /// Asks something.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, Failure> {
        Ok(question.query_async(&mut self.commands.clone()).await?)
    }

    /// Asks several things at one moment.
    pub(super) async fn ask_together<T: FromRedisValue>(&self, questions: &Pipeline) -> Result<T, Failure> {
        Ok(questions.query_async(&mut self.commands.clone()).await?)
    }

    /// Runs a script, bringing it when Redis does not know it.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Failure> {
        Ok(script.invoke_async(&mut self.commands.clone()).await?)
    }

    /// One more connection to the same server, for somebody who wants to block it.
    pub(super) async fn another(&self) -> Result<MultiplexedConnection, Failure> {
        let options = &*self.options;
        let opening = connect(&self.address, options.credentials.as_ref(), options.database, options);
        let opened = self.clock.within(options.connect_timeout, opening).await;
        opened.unwrap_or_else(|limit| Err(not_connected(limit)))
    }
}

fn not_connected(limit: Duration) -> Failure {
    let detail = format!("no connection after {} ms", limit.as_millis());
    Failure::passing(ErrorKind::Unavailable, "the store is not available", detail)
}

/// Connects without asking what the server is. The driver of the connection runs as a task of tokio until the connection
/// is dropped. Timeouts are not its business: whoever uses it has a deadline.
pub(super) async fn connect(
    address: &Address,
    credentials: Option<&Credentials>,
    database: u16,
    options: &RedisOptions,
) -> Result<MultiplexedConnection, Failure> {
    let mut who = RedisConnectionInfo::default()
        .set_db(database.into())
        .set_skip_set_lib_name();
    if let Some(credentials) = credentials {
        who = who.set_password(credentials.password.expose());
        if let Some(user) = &credentials.user {
            who = who.set_username(user);
        }
    }
    let (host, port) = (address.host.clone(), address.port);
    let target = match &options.tls {
        None => ConnectionAddr::Tcp(host, port),
        Some(_) => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        },
    };
    let target = target.into_connection_info()?.set_redis_settings(who);
    let client = match &options.tls {
        None => redis::Client::open(target)?,
        Some(tls) => tls::client(target, tls)?,
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_concurrency_limit(options.in_flight);
    let connecting = Box::pin(client.get_multiplexed_async_connection_with_config(&config));
    connecting.await.map_err(refused)
}

/// What a server answers to a greeting with an error that has no name is about the options: there is no such database.
fn refused(error: redis::RedisError) -> Failure {
    match error.kind() {
        redis::ErrorKind::Server(redis::ServerErrorKind::ResponseError) => {
            Failure::config("Redis refuses the store's credentials or database", error.to_string())
        }
        _ => error.into(),
    }
}
