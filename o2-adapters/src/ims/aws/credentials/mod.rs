//! Credentials: where they come from, and that they are fetched once for all who need them, before they end.

mod ambient;
mod chain;
mod given;
mod metadata;
mod profile;
mod sts;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use http::Request;
use o2_core::ports::{HttpClient, Secret};
use o2_core::{Context, Result, Timestamp, async_trait};

use super::clock::Skew;
use super::sign::{Scope, sign};
use crate::kit::auth::{Auth, Fetched, Grant, Renewable};

pub(super) use ambient::Ambient;
pub(super) use chain::{Origin, Source, fetch};
pub use given::{AwsCredentials, CredentialsProvider};
pub(super) use sts::{Role, Sts};

/// They are fetched anew so long before they end.
const EARLY: Duration = Duration::from_secs(300);

/// An access key, and until when it is good.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The id of the key. It is no secret, and is sent with every request.
    pub access_key_id: String,
    /// What requests are signed with. It is never sent.
    pub secret_access_key: Secret,
    /// What belongs to temporary credentials.
    pub session_token: Option<Secret>,
    /// When they end; `None` for those that stay until they are refused.
    pub expires: Option<Timestamp>,
}

impl Credentials {
    /// Credentials that do not end.
    #[must_use]
    pub fn new(access_key_id: impl Into<String>, secret_access_key: Secret) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key,
            session_token: None,
            expires: None,
        }
    }

    /// Credentials of a session.
    #[must_use]
    pub fn with_session(mut self, token: Secret, expires: Option<Timestamp>) -> Self {
        self.session_token = Some(token);
        self.expires = expires;
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The credentials of one plugin, for all its services and regions.
#[derive(Debug)]
pub(super) struct Held {
    renewable: Renewable<Credentials>,
    skew: Arc<Skew>,
}

impl Held {
    pub(super) fn new(
        source: Source,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn o2_core::ports::Clock>,
        skew: Arc<Skew>,
    ) -> Self {
        let source = Arc::new(source);
        let time = Arc::clone(&skew);
        let renewable = Renewable::new(
            clock,
            EARLY,
            move || -> BoxFuture<'static, Result<Fetched<Credentials>>> {
                let (source, http, time) = (Arc::clone(&source), Arc::clone(&http), Arc::clone(&time));
                async move {
                    let value = fetch(&source, &http, &time).await?;
                    let lifetime = value.expires.map(|end| end.since(time.now()));
                    Ok(Fetched { value, lifetime })
                }
                .boxed()
            },
        );
        Self { renewable, skew }
    }
}

/// Signs the requests to one service in one region.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) held: Arc<Held>,
    pub(super) scope: Scope,
}

#[async_trait]
impl Auth for Signer {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        let (credentials, grant) = self.held.renewable.get(context).await?;
        sign(request, &credentials, &self.scope, self.held.skew.now())?;
        Ok(grant)
    }

    /// Credentials that were refused are fetched anew, and the time of the refusal is signed with.
    fn renew_after(&self, refused: Grant) -> bool {
        self.held.renewable.forget(refused);
        true
    }
}
