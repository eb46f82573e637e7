//! Credentials that are shown as they are: bearer token, name and password, API key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use o2_core::ports::Secret;
use o2_core::{Context, Result, async_trait};

use super::{Auth, Credential, Grant, Placement};

/// A token in `Authorization: Bearer` (RFC 6750, 2.1).
#[derive(Debug, Clone)]
pub struct Bearer(ApiKey);

impl Bearer {
    /// Shows `token`.
    #[must_use]
    pub fn new(token: impl Into<Credential>) -> Self {
        Self(ApiKey::new(token, Placement::Bearer))
    }
}

/// A key in a header or in the query.
#[derive(Debug, Clone)]
pub struct ApiKey {
    key: Credential,
    placement: Placement,
}

impl ApiKey {
    /// Shows `key` there.
    #[must_use]
    pub fn new(key: impl Into<Credential>, placement: Placement) -> Self {
        Self {
            key: key.into(),
            placement,
        }
    }
}

/// Name and password in `Authorization: Basic` (RFC 7617).
#[derive(Debug, Clone)]
pub struct Basic {
    user: String,
    password: Credential,
}

impl Basic {
    /// Shows `user` and `password`.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<Credential>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }
}

/// `user:password`, as the Basic scheme writes it.
pub(super) fn basic(user: &str, password: &str) -> Secret {
    Secret::new(STANDARD.encode(format!("{user}:{password}")))
}

#[async_trait]
impl Auth for Bearer {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        self.0.authorize(context, request).await
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.0.renew_after(refused)
    }
}

#[async_trait]
impl Auth for ApiKey {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        let (key, grant) = self.key.get(context).await?;
        self.placement.put(&key, request)?;
        Ok(grant)
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.key.renew_after(refused)
    }
}

#[async_trait]
impl Auth for Basic {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        let (password, grant) = self.password.get(context).await?;
        Placement::Basic.put(&basic(&self.user, password.expose()), request)?;
        Ok(grant)
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.password.renew_after(refused)
    }
}
