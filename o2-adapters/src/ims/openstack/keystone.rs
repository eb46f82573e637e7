//! Logging in at Keystone: a token, and with it the catalog of services, kept until it is stale or refused.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::FutureExt;
use http::{HeaderName, Request, StatusCode};
use o2_core::ports::{Ports, Secret};
use o2_core::{Context, Error, ErrorKind, Fault, Result, Timestamp, async_trait};
use serde_json::Value;

use super::account::{Account, Accounts};
use super::services::{Catalog, Choice, Services};
use crate::kit::auth::{Auth, Fetched, Grant, Placement, Renewable};
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use crate::kit::status::StatusMap;

/// A token is renewed so long before it ends, or when a fifth of a short life is left.
const SKEW: Duration = Duration::from_secs(720);

/// What a login gives.
pub(super) struct Access {
    token: Secret,
    pub(super) services: Services,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// The sessions of one account. The catalog is read anew with each: endpoints move.
#[derive(Debug)]
pub(super) struct Keystone(Renewable<Access>);

impl Keystone {
    pub(super) fn new(accounts: Accounts, choice: Choice, ports: &Ports) -> Self {
        let own = ports.clone();
        Self(Renewable::new(Arc::clone(&ports.clock), SKEW, move || {
            login(accounts.clone(), choice.clone(), own.clone()).boxed()
        }))
    }

    pub(super) async fn access(&self, context: &Context) -> Result<Arc<Access>> {
        self.0.get(context).await.map(|(access, _)| access)
    }
}

#[async_trait]
impl Auth for Keystone {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        let (access, grant) = self.0.get(context).await?;
        Placement::Header(HeaderName::from_static("x-auth-token")).put(&access.token, request)?;
        Ok(grant)
    }

    fn renew_after(&self, refused: Grant) -> bool {
        self.0.forget(refused);
        true
    }
}

async fn login(accounts: Accounts, choice: Choice, ports: Ports) -> Result<Fetched<Access>> {
    let Account {
        auth,
        region,
        endpoints,
    } = accounts.get().await?;
    let context = Context::new("login");
    let client = RestClient::new("keystone", v3(&auth.auth_url)?, &ports)
        .with_statuses(StatusMap::new().with_status(401, ErrorKind::PermissionDenied));
    // A 401 is looked at here: a receipt in it asks for a second factor.
    let endpoint = Endpoint::post("/auth/tokens")
        .idempotent(true)
        .with_json(&auth.request())
        .expecting([200, 201, 401]);
    let response = client.send(&context, &endpoint).await?;
    let now = ports.clock.now();
    if response.status() == StatusCode::UNAUTHORIZED {
        if response.headers().contains_key("openstack-auth-receipt") {
            return Err(Error::config(
                "auth: the account needs a second factor; use an application credential",
            ));
        }
        return Err(client.statuses().error("keystone: POST /auth/tokens", &response, now));
    }
    let token = response
        .headers()
        .get("x-subject-token")
        .and_then(|token| token.to_str().ok())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| lost("the answer to a login has no token"))?;
    let token = Secret::new(token);
    let answer: Value = client.read(&endpoint, response.body())?;
    let choice = Choice {
        region: choice.region.or(region),
        interface: choice.interface,
        endpoints: choice.endpoints.or(endpoints),
    };
    let services = Services::find(&context, &Catalog::read(&answer)?, &choice, &ports).await?;
    Ok(Fetched {
        lifetime: lifetime(&answer, now),
        value: Access { token, services },
    })
}

/// The root of version 3, which the URL may name or not.
fn v3(url: &str) -> Result<BaseUrl> {
    let base = BaseUrl::parse("auth.authUrl", url)?;
    if base.as_str().ends_with("/v3") {
        return Ok(base);
    }
    BaseUrl::parse("auth.authUrl", &format!("{}/v3", base.as_str()))
}

/// A token whose end cannot be read is good until it is refused.
fn lifetime(answer: &Value, now: Timestamp) -> Option<Duration> {
    let end = answer.pointer("/token/expires_at")?.as_str()?;
    Some(Timestamp::parse(end).ok()?.since(now))
}

pub(super) fn lost(what: &str) -> Error {
    Error::new(ErrorKind::Internal, what).with_fault(Fault::Backend)
}
