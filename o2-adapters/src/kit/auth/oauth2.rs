//! [`ClientCredentials`]: OAuth 2.0 access tokens for the client itself (RFC 6749, 4.4).

use std::sync::Arc;

use bytes::Bytes;
use futures::future::FutureExt;
use http::{Method, Request};
use o2_core::ports::Ports;
use o2_core::{Context, ErrorKind, Fault, Result, async_trait};
use url::form_urlencoded::byte_serialize;

use super::fixed::basic;
use super::{Auth, Credential, Grant, Login, Placement, Session, SessionToken};
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use crate::kit::status::{Meaning, StatusMap};

/// How the client shows who it is at the token endpoint (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in the `Authorization` header. Every server has to support it.
    #[default]
    Basic,
    /// `client_secret_post`: in the body.
    Post,
}

/// A client of an authorization server, and what it asks for.
#[derive(Debug, Clone)]
pub struct OAuth2Client {
    id: String,
    secret: Credential,
    authentication: ClientAuthentication,
    parameters: Vec<(&'static str, String)>,
}

impl OAuth2Client {
    /// The client with this id and secret.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<Credential>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            authentication: ClientAuthentication::default(),
            parameters: vec![("grant_type", "client_credentials".to_owned())],
        }
    }

    /// Shows who it is in this way.
    #[must_use]
    pub fn with_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Asks for these scopes, separated by spaces.
    #[must_use]
    pub fn with_scope(self, scope: &str) -> Self {
        self.with_parameter("scope", scope)
    }

    /// Asks for a token for this audience, as some servers want it.
    #[must_use]
    pub fn with_audience(self, audience: &str) -> Self {
        self.with_parameter("audience", audience)
    }

    /// Asks for a token for this resource (RFC 8707).
    #[must_use]
    pub fn with_resource(self, resource: &str) -> Self {
        self.with_parameter("resource", resource)
    }

    /// Sends one more parameter.
    #[must_use]
    pub fn with_parameter(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    /// The request for a token.
    async fn request(self: Arc<Self>, link: Arc<str>) -> Result<Endpoint> {
        let secret = self.secret.fetch().await?;
        let endpoint = Endpoint::link(Method::POST, &*link).idempotent(true);
        let mut fields: Vec<_> = self
            .parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let endpoint = match self.authentication {
            ClientAuthentication::Basic => {
                // Both are encoded as in forms before they are joined (RFC 6749, 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let joined = basic(&encoded(&self.id), &encoded(secret.expose()));
                endpoint.with_header("authorization", &format!("Basic {}", joined.expose()))
            }
            ClientAuthentication::Post => {
                fields.extend([("client_id", self.id.as_str()), ("client_secret", secret.expose())]);
                endpoint
            }
        };
        Ok(endpoint.with_form(fields))
    }
}

/// Shows access tokens that the client gets for itself; renews them before they expire and when they are refused.
#[derive(Debug)]
pub struct ClientCredentials(SessionToken);

impl ClientCredentials {
    /// Gets tokens for `client` from the token endpoint, an absolute URL that the configuration has under `field`.
    ///
    /// # Errors
    /// `Config` naming the field when it is no such URL.
    pub fn new(field: &str, token_url: &str, client: OAuth2Client, ports: &Ports) -> Result<Self> {
        let base = BaseUrl::parse(field, token_url)?.origin();
        let http = RestClient::new("authorization server", base, ports).with_statuses(statuses());
        let (client, link) = (Arc::new(client), Arc::<str>::from(token_url));
        let login = Login::new(move || Arc::clone(&client).request(Arc::clone(&link)).boxed())
            .with_token_at("/access_token")
            .with_lifetime_at("/expires_in");
        Ok(Self(SessionToken::new(http, login, Placement::Bearer)))
    }

    /// The token and what else the server answered.
    ///
    /// # Errors
    /// When the server does not give one, as `Unauthenticated`, `PermissionDenied` or `Config`.
    pub async fn session(&self, context: &Context) -> Result<Arc<Session>> {
        self.0.session(context).await
    }
}

/// What the errors of a token endpoint mean (RFC 6749, 5.2).
fn statuses() -> StatusMap {
    let refused = Meaning::of(ErrorKind::Unauthenticated);
    let ours = Meaning::of(ErrorKind::Config).with_fault(Fault::Gateway);
    StatusMap::new()
        .with_code_at("/error")
        .with_code("invalid_client", refused)
        .with_code("invalid_grant", refused)
        .with_code("unauthorized_client", ErrorKind::PermissionDenied)
        .with_code("access_denied", ErrorKind::PermissionDenied)
        .with_code("invalid_request", ours)
        .with_code("invalid_scope", ours)
        .with_code("invalid_target", ours)
        .with_code("unsupported_grant_type", ours)
        .with_code("temporarily_unavailable", ErrorKind::Unavailable)
        .with_status(400, ours)
}

#[async_trait]
impl Auth for ClientCredentials {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        self.0.authorize(context, request).await
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.0.renew_after(refused)
    }
}
