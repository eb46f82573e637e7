//! [`Credential`]: a secret, or the name under which the host keeps it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::FutureExt;
use o2_core::ports::{Ports, Secret, SecretSource};
use o2_core::{Context, Result};

use super::Grant;
use super::renewable::{Fetched, Renewable};

/// A secret from the configuration, or one that the host keeps under a name. Clones share what was fetched.
#[derive(Debug, Clone)]
pub struct Credential(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Given(Arc<Secret>),
    Named(Arc<Named>),
}

#[derive(Debug)]
struct Named {
    name: Arc<str>,
    source: Arc<dyn SecretSource>,
    kept: Renewable<Secret>,
}

impl Credential {
    /// This secret.
    #[must_use]
    pub fn given(secret: Secret) -> Self {
        Self(Kind::Given(Arc::new(secret)))
    }

    /// The secret that the host keeps under this name. It is asked for when it is needed, and again when it was refused.
    #[must_use]
    pub fn named(name: &str, ports: &Ports) -> Self {
        let name: Arc<str> = name.into();
        let source = Arc::clone(&ports.secrets);
        let kept = Renewable::new(Arc::clone(&ports.clock), Duration::ZERO, {
            let (name, source) = (Arc::clone(&name), Arc::clone(&source));
            move || ask(Arc::clone(&name), Arc::clone(&source)).boxed()
        });
        Self(Kind::Named(Arc::new(Named { name, source, kept })))
    }

    /// The secret as it was known last.
    ///
    /// # Errors
    /// Those of the [`SecretSource`].
    pub async fn get(&self, context: &Context) -> Result<(Arc<Secret>, Grant)> {
        match &self.0 {
            Kind::Given(secret) => Ok((Arc::clone(secret), Grant::FIXED)),
            Kind::Named(named) => named.kept.get(context).await,
        }
    }

    /// The secret as the host knows it now; for logins, which are rare.
    ///
    /// # Errors
    /// Those of the [`SecretSource`].
    pub async fn fetch(&self) -> Result<Secret> {
        match &self.0 {
            Kind::Given(secret) => Ok(Secret::clone(secret)),
            Kind::Named(named) => named.source.secret(&named.name).await,
        }
    }

    /// The backend refused it. Says whether the host may know another one.
    #[must_use]
    pub fn renew_after(&self, refused: Grant) -> bool {
        match &self.0 {
            Kind::Given(_) => false,
            Kind::Named(named) => {
                named.kept.forget(refused);
                true
            }
        }
    }
}

impl From<Secret> for Credential {
    fn from(secret: Secret) -> Self {
        Self::given(secret)
    }
}

async fn ask(name: Arc<str>, source: Arc<dyn SecretSource>) -> Result<Fetched<Secret>> {
    let value = source.secret(&name).await?;
    Ok(Fetched { value, lifetime: None })
}
