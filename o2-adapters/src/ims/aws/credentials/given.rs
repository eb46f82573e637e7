//! [`AwsCredentials`]: ready credentials of the program, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use o2_core::{Error, Result};

use super::Credentials;

/// Where a program gets credentials from by itself, such as its own vault.
pub trait CredentialsProvider: fmt::Debug + Send + Sync + 'static {
    /// Credentials that are good now. They are asked for again shortly before they end, and after they were refused.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>>;
}

/// The ready credentials that a program has for its plugins, in the port `Shared`. A plugin's configuration names them as
/// `credentials: { provider: NAME }`.
#[derive(Default)]
pub struct AwsCredentials {
    given: Mutex<BTreeMap<String, Arc<dyn CredentialsProvider>>>,
}

impl AwsCredentials {
    /// Gives a provider a name, in place of the one that had it. Plugins that are built from now on use it.
    pub fn provide(&self, name: impl Into<String>, provider: Arc<dyn CredentialsProvider>) {
        self.lock().insert(name.into(), provider);
    }

    pub(in super::super) fn named(&self, name: &str) -> Result<Arc<dyn CredentialsProvider>> {
        let given = self.lock();
        given.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = given.keys().map(String::as_str).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            Error::config(format!(
                "credentials.provider: the program gives no credentials '{name}'; those it gives: {names}"
            ))
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<dyn CredentialsProvider>>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}
