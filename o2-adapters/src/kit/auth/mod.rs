//! [`Auth`]: how a client shows who it is, and the ways that are common.
//!
//! What has to be fetched (tokens, sessions, secrets of a vault) is fetched once for all callers who wait, kept until it
//! expires or is refused, and fetched anew then.

mod credential;
mod fixed;
mod oauth2;
mod placement;
mod renewable;
mod session;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use http::Request;
use o2_core::{Context, Result, async_trait};

pub use credential::Credential;
pub use fixed::{ApiKey, Basic, Bearer};
pub use oauth2::{ClientAuthentication, ClientCredentials, OAuth2Client};
pub use placement::Placement;
#[cfg(any(feature = "aws", feature = "helm", feature = "openstack", feature = "vsphere"))]
pub(crate) use renewable::{Fetched, Renewable};
pub use session::{Login, Session, SessionToken};

/// Shows a backend who asks.
#[async_trait]
pub trait Auth: fmt::Debug + Send + Sync + 'static {
    /// Puts credentials on a request that is otherwise complete, so it may also be signed. Says which credentials those
    /// are.
    ///
    /// # Errors
    /// When there are none to be had.
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant>;

    /// The backend refused `refused`. Forgets them, and says whether other ones can be had.
    fn renew_after(&self, refused: Grant) -> bool {
        let _ = refused;
        false
    }
}

/// Which credentials a request carries: a number that changes with every renewal. So the late refusal of an old token does
/// not take the new one away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grant(u64);

impl Grant {
    /// Credentials that do not change.
    pub const FIXED: Self = Self(0);

    /// The credentials after so many renewals.
    #[must_use]
    pub fn numbered(number: u64) -> Self {
        Self(number)
    }
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAuth;

#[async_trait]
impl Auth for NoAuth {
    async fn authorize(&self, _: &Context, _: &mut Request<Bytes>) -> Result<Grant> {
        Ok(Grant::FIXED)
    }
}
