//! [`HttpOptions`]: what a client may be told.

use std::time::Duration;

use o2_core::ports::Secret;
use o2_core::{Error, Result};

/// What a client may be told. The time of a whole request and the size of its answer are in the request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The longest that connecting may take, the handshake of TLS included.
    pub connect_timeout: Duration,
    /// How long a connection is kept that nobody uses.
    pub idle_timeout: Duration,
    /// How many such connections are kept to each host.
    pub idle_per_host: usize,
    /// What the client calls itself.
    pub user_agent: String,
    /// How many redirects are followed, to the same origin alone. Others are handed out like any response, as are all that
    /// answer a request with a policy.
    pub redirects: usize,
    /// Whether there is a proxy between. Requests with a policy do not use it.
    pub proxy: Proxy,
    /// The proxy of requests that carry an [`EgressPolicy`](o2_core::webhook::egress::EgressPolicy). The client judges their
    /// URLs, but it is the proxy that turns names into addresses: it has to enforce the policy for them. It is one that
    /// [`Proxy::through`] makes, without exceptions, or [`Proxy::None`].
    pub egress_proxy: Proxy,
    /// Who may vouch for servers.
    pub roots: Roots,
    /// How the client shows servers who it is.
    pub client_certificate: Option<ClientCertificate>,
}

impl Default for HttpOptions {
    /// 10 s to connect; 16 idle connections per host, kept for 60 s; no redirects, no proxy, the roots of the machine, no
    /// client certificate.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            idle_per_host: 16,
            user_agent: concat!("oran-o2/", env!("CARGO_PKG_VERSION")).to_owned(),
            redirects: 0,
            proxy: Proxy::None,
            egress_proxy: Proxy::None,
            roots: Roots::System,
            client_certificate: None,
        }
    }
}

impl HttpOptions {
    /// Trusts these roots.
    #[must_use]
    pub fn with_roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Shows this certificate.
    #[must_use]
    pub fn with_client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// Goes through this proxy.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Sends requests that carry a policy through this proxy.
    #[must_use]
    pub fn with_egress_proxy(mut self, proxy: Proxy) -> Self {
        self.egress_proxy = proxy;
        self
    }

    /// Follows so many redirects to the same origin.
    #[must_use]
    pub fn with_redirects(mut self, redirects: usize) -> Self {
        self.redirects = redirects;
        self
    }

    /// Gives connecting this much time.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Calls itself this.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }
}

/// Who may vouch for servers. Certificates are PEM texts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Roots {
    /// Whom the machine trusts.
    System,
    /// Whom the machine trusts, and these.
    SystemAnd(String),
    /// These alone.
    Only(String),
}

/// A certificate that shows servers who the client is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The certificate and those between it and the root, as PEM.
    pub chain: String,
    /// Its private key, as PEM.
    pub key: Secret,
}

impl ClientCertificate {
    /// The certificate with its key.
    #[must_use]
    pub fn new(chain: impl Into<String>, key: Secret) -> Self {
        Self {
            chain: chain.into(),
            key,
        }
    }
}

/// Whether there is a proxy between.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Proxy {
    /// There is none, whatever the environment says.
    None,
    /// What the variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    Environment,
    /// This one.
    Through(ProxyServer),
}

impl Proxy {
    /// The proxy at this URL, for all hosts.
    #[must_use]
    pub fn through(url: impl Into<String>) -> Self {
        Self::Through(ProxyServer {
            url: url.into(),
            credentials: None,
            except: String::new(),
        })
    }

    /// Shows the proxy this name and password.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<String>, password: Secret) -> Self {
        if let Self::Through(proxy) = &mut self {
            proxy.credentials = Some((user.into(), password));
        }
        self
    }

    /// Reaches these directly: names, domains and networks, separated by commas, as in `NO_PROXY`.
    #[must_use]
    pub fn except(mut self, hosts: impl Into<String>) -> Self {
        if let Self::Through(proxy) = &mut self {
            proxy.except = hosts.into();
        }
        self
    }
}

/// A proxy; made by [`Proxy::through`].
#[derive(Debug, Clone)]
pub struct ProxyServer {
    url: String,
    credentials: Option<(String, Secret)>,
    except: String,
}

impl ProxyServer {
    /// Whether it gets the requests to all hosts.
    pub(super) fn is_for_all(&self) -> bool {
        self.except.is_empty()
    }

    pub(super) fn build(&self) -> Result<reqwest::Proxy> {
        let wrong = || Error::config("proxy: must be an absolute http or https URL without user and password");
        let url = reqwest::Url::parse(&self.url).map_err(|_| wrong())?;
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong());
        }
        let proxy = reqwest::Proxy::all(url).map_err(|_| wrong())?;
        let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(&self.except));
        Ok(match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password.expose()),
            None => proxy,
        })
    }
}
