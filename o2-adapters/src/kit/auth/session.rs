//! [`SessionToken`]: a token that a login request gives, as with Keystone, vSphere and many controllers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use http::{HeaderName, Request};
use o2_core::ports::{HttpResponse, Secret};
use o2_core::{Context, Error, ErrorKind, Fault, Result, Timestamp, async_trait};
use serde_json::Value;

use super::renewable::{Fetched, Renewable};
use super::{Auth, Grant, Placement};
use crate::kit::client::RestClient;
use crate::kit::endpoint::Endpoint;

/// A session is renewed so long before it ends, or when a fifth of a short one is left.
const SKEW: Duration = Duration::from_secs(60);

/// How to log in, and where the answer has what.
#[derive(Clone)]
pub struct Login {
    request: Arc<dyn Fn() -> BoxFuture<'static, Result<Endpoint>> + Send + Sync>,
    token: TokenAt,
    end: EndAt,
}

#[derive(Clone)]
enum TokenAt {
    Header(HeaderName),
    Body(String),
}

#[derive(Clone)]
enum EndAt {
    Unknown,
    After(Duration),
    Seconds(String),
    Time(String),
}

impl Login {
    /// Logs in with the endpoint that `request` makes; it may ask for secrets. The token is the whole body of the answer, a
    /// JSON text, and is good until it is refused.
    #[must_use]
    pub fn new(request: impl Fn() -> BoxFuture<'static, Result<Endpoint>> + Send + Sync + 'static) -> Self {
        Self {
            request: Arc::new(request),
            token: TokenAt::Body(String::new()),
            end: EndAt::Unknown,
        }
    }

    /// The token is in this header of the answer.
    #[must_use]
    pub fn with_token_in_header(mut self, name: HeaderName) -> Self {
        self.token = TokenAt::Header(name);
        self
    }

    /// The token is at this JSON pointer of the answer.
    #[must_use]
    pub fn with_token_at(mut self, pointer: &str) -> Self {
        self.token = TokenAt::Body(pointer.to_owned());
        self
    }

    /// Sessions end after this time, whatever the answer says.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.end = EndAt::After(lifetime);
        self
    }

    /// The answer says at this JSON pointer after how many seconds the session ends.
    #[must_use]
    pub fn with_lifetime_at(mut self, pointer: &str) -> Self {
        self.end = EndAt::Seconds(pointer.to_owned());
        self
    }

    /// The answer says at this JSON pointer when the session ends, in RFC 3339.
    #[must_use]
    pub fn with_end_at(mut self, pointer: &str) -> Self {
        self.end = EndAt::Time(pointer.to_owned());
        self
    }

    async fn run(self, client: RestClient) -> Result<Fetched<Session>> {
        let endpoint = (self.request)().await?;
        let response = client.send(&Context::new("login"), &endpoint).await?;
        let answer = if response.body().is_empty() {
            Value::Null
        } else {
            client.read(&endpoint, response.body())?
        };
        let token = self.token(&response, &answer).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "the answer to a login has no token").with_fault(Fault::Backend)
        })?;
        let lifetime = self.lifetime(&answer, client.clock().now());
        let value = Session {
            token: Secret::new(token),
            answer,
        };
        Ok(Fetched { value, lifetime })
    }

    fn token(&self, response: &HttpResponse, answer: &Value) -> Option<String> {
        let token = match &self.token {
            TokenAt::Header(name) => response.headers().get(name)?.to_str().ok()?,
            TokenAt::Body(pointer) => answer.pointer(pointer)?.as_str()?,
        };
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// A session whose end cannot be read is good until it is refused.
    fn lifetime(&self, answer: &Value, now: Timestamp) -> Option<Duration> {
        match &self.end {
            EndAt::Unknown => None,
            EndAt::After(lifetime) => Some(*lifetime),
            EndAt::Seconds(pointer) => seconds(answer.pointer(pointer)?),
            EndAt::Time(pointer) => Some(Timestamp::parse(answer.pointer(pointer)?.as_str()?).ok()?.since(now)),
        }
    }
}

/// A number of seconds, written as a number or as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

/// A session at the backend.
pub struct Session {
    token: Secret,
    answer: Value,
}

impl Session {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The whole answer to the login, for what else is in it: Keystone's has the catalog of services.
    #[must_use]
    pub fn answer(&self) -> &Value {
        &self.answer
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

/// Shows the token of a session. Logs in when there is none, when it is about to end and when it is refused.
///
/// ```
/// use futures::FutureExt;
/// use http::HeaderName;
/// use o2_adapters::kit::auth::{Login, Placement, SessionToken};
/// use o2_adapters::kit::client::RestClient;
/// use o2_adapters::kit::endpoint::Endpoint;
/// use o2_core::ports::Secret;
///
/// fn keystone(client: RestClient, password: Secret) -> SessionToken {
///     let login = Login::new(move || {
///         let user = serde_json::json!({"name": "o2", "domain": {"id": "default"}, "password": password.expose()});
///         let identity = serde_json::json!({"methods": ["password"], "password": {"user": user}});
///         let endpoint = Endpoint::post("/v3/auth/tokens").with_json(&serde_json::json!({"auth": {"identity": identity}}));
///         std::future::ready(Ok(endpoint)).boxed()
///     })
///     .with_token_in_header(HeaderName::from_static("x-subject-token"))
///     .with_end_at("/token/expires_at");
///     SessionToken::new(client, login, Placement::Header(HeaderName::from_static("x-auth-token")))
/// }
/// ```
#[derive(Debug)]
pub struct SessionToken {
    session: Renewable<Session>,
    placement: Placement,
}

impl SessionToken {
    /// Logs in through `client`, which has no credentials or others, and shows the token there.
    #[must_use]
    pub fn new(client: RestClient, login: Login, placement: Placement) -> Self {
        let session = Renewable::new(Arc::clone(client.clock()), SKEW, move || {
            login.clone().run(client.clone()).boxed()
        });
        Self { session, placement }
    }

    /// The session, after a login if need be.
    ///
    /// # Errors
    /// Those of the login: what the client's table makes of a refusal, `Timeout` when it takes too long.
    pub async fn session(&self, context: &Context) -> Result<Arc<Session>> {
        self.session.get(context).await.map(|(session, _)| session)
    }
}

#[async_trait]
impl Auth for SessionToken {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        let (session, grant) = self.session.get(context).await?;
        self.placement.put(session.token(), request)?;
        Ok(grant)
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.session.forget(refused);
        true
    }
}
