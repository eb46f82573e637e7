//! Where credentials stand, when they are renewed, and that many callers make one login.

mod fixed;
mod oauth2;
mod renewal;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use o2_core::ports::{Secret, SecretSource};
use o2_core::{Context, Error, Result};

fn context() -> Context {
    Context::new("r")
}

/// Knows one secret after the other, the last one for good.
#[derive(Debug)]
struct Vault(Mutex<VecDeque<&'static str>>);

impl Vault {
    fn with(secrets: impl IntoIterator<Item = &'static str>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(secrets.into_iter().collect())))
    }
}

impl SecretSource for Vault {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret>> {
        let mut secrets = self.0.lock().unwrap();
        let secret = if secrets.len() > 1 {
            secrets.pop_front()
        } else {
            secrets.front().copied()
        };
        let found = secret.filter(|_| name == "lab/token").map(Secret::new);
        Box::pin(std::future::ready(found.ok_or_else(|| Error::config("no such secret"))))
    }
}
