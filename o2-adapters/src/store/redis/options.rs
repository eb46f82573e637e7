//! [`RedisOptions`]: where Redis is, and how it is used.

use std::fmt;
use std::time::Duration;

use o2_core::ports::Secret;
use o2_core::{Error, Result};

use super::url;

/// Where Redis is, and how it is used. Begins with [`from_url`](Self::from_url).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RedisOptions {
    /// Which servers.
    pub servers: Servers,
    /// The number of the database.
    pub database: u16,
    /// Who the store is for Redis; without a user it is the default one.
    pub credentials: Option<Credentials>,
    /// Who the store is for the Sentinels, which have users of their own.
    pub sentinel_credentials: Option<Credentials>,
    /// TLS to Redis and to the Sentinels; none without.
    pub tls: Option<Tls>,
    /// Stores with different names in one database know nothing of each other.
    pub name: String,
    /// The longest that a call takes, everything included: new connections, a failover, attempts that are repeated.
    pub timeout: Duration,
    /// The longest that connecting to one server takes.
    pub connect_timeout: Duration,
    /// How long one answer is awaited before the connection is given up.
    pub answer_timeout: Duration,
    /// How many replicas must have a commit before it is answered.
    pub wait_replicas: u16,
    /// How long they have for it.
    pub replica_timeout: Duration,
    /// How many commits the change feed remembers.
    pub feed_capacity: usize,
    /// How many commands may be under way at a time; further ones wait for their turn.
    pub in_flight: usize,
}

/// Which servers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Servers {
    /// One primary, always the same.
    Single(Address),
    /// Whichever server the Sentinels name as primary.
    Sentinels {
        /// Where they are. All are asked at once; the first that leads to a primary counts.
        addresses: Vec<Address>,
        /// The name under which they watch the primary.
        service: String,
    },
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The host, a name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// This port of this host.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// A user and a password.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credentials {
    /// The user; the default one if there is none.
    pub user: Option<String>,
    /// The password.
    pub password: Secret,
}

impl Credentials {
    /// The default user with this password.
    #[must_use]
    pub fn new(password: Secret) -> Self {
        Self { user: None, password }
    }

    /// Is this user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }
}

/// How servers prove who they are. Needs the feature `store-redis-tls`, and a provider of cryptography that the program
/// has installed for rustls.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Tls {
    /// Who may vouch for them, as PEM; without, those whom the machine trusts.
    pub roots: Option<String>,
}

impl Tls {
    /// Trusts these alone.
    #[must_use]
    pub fn with_roots(mut self, pem: impl Into<String>) -> Self {
        self.roots = Some(pem.into());
        self
    }
}

impl RedisOptions {
    /// These servers; database 0, no credentials, name `default`, 10 s for a call, 2 s to connect, 3 s for an answer, a
    /// feed of 10 000 commits, 256 commands at a time. With Sentinels one replica has 500 ms to confirm a commit; alone
    /// there is none to wait for.
    #[must_use]
    pub fn new(servers: Servers) -> Self {
        let wait_replicas = u16::from(matches!(servers, Servers::Sentinels { .. }));
        Self {
            servers,
            database: 0,
            credentials: None,
            sentinel_credentials: None,
            tls: None,
            name: "default".to_owned(),
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(2),
            answer_timeout: Duration::from_secs(3),
            wait_replicas,
            replica_timeout: Duration::from_millis(500),
            feed_capacity: 10_000,
            in_flight: 256,
        }
    }

    /// What a URL says: `redis://user:password@host:6379/0` for one server,
    /// `redis+sentinel://user:password@host1:26379,host2:26379/service/0` for Sentinels. The user, the password, the
    /// ports and the database may be left out; `?name=…` names the store. `rediss://` and `rediss+sentinel://` are the
    /// same with TLS.
    ///
    /// # Errors
    /// `Config` saying what is wrong with the URL, without its password.
    pub fn from_url(url: &str) -> Result<Self> {
        url::parse(url)
    }

    /// Shows Redis these credentials.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Shows the Sentinels these credentials.
    #[must_use]
    pub fn with_sentinel_credentials(mut self, credentials: Credentials) -> Self {
        self.sentinel_credentials = Some(credentials);
        self
    }

    /// Speaks TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Names the store.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives a call this much time.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Gives connecting to one server this much time.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Gives one answer this much time.
    #[must_use]
    pub fn with_answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout;
        self
    }

    /// Answers a commit when so many replicas have it, which may take them so long.
    #[must_use]
    pub fn with_wait_replicas(mut self, replicas: u16, timeout: Duration) -> Self {
        self.wait_replicas = replicas;
        self.replica_timeout = timeout;
        self
    }

    /// Lets the feed remember so many commits.
    #[must_use]
    pub fn with_feed_capacity(mut self, commits: usize) -> Self {
        self.feed_capacity = commits;
        self
    }

    /// Lets so many commands be under way at a time.
    #[must_use]
    pub fn with_in_flight(mut self, commands: usize) -> Self {
        self.in_flight = commands;
        self
    }

    /// # Errors
    /// `Config` naming the option that is wrong.
    pub(super) fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.name.is_empty() || !self.name.chars().all(plain) {
            return Err(wrong("name", "must be letters, digits, '-', '_' and '.'"));
        }
        if let Servers::Sentinels { addresses, service } = &self.servers
            && (addresses.is_empty() || service.is_empty())
        {
            return Err(wrong(
                "servers",
                "must have at least one Sentinel and the name of the service",
            ));
        }
        for (option, number) in [("feed capacity", self.feed_capacity), ("in flight", self.in_flight)] {
            if number == 0 {
                return Err(wrong(option, "must be at least 1"));
            }
        }
        Ok(())
    }
}

fn wrong(option: &str, reason: &str) -> Error {
    Error::config(format!("Redis store: {option} {reason}"))
}
