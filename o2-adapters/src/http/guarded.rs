//! [`Guarded`]: clients for requests whose targets somebody else has chosen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use o2_core::webhook::egress::{AddressPolicy, EgressPolicy};
use o2_core::{Error, Result};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::ClientConfig;

use super::lookup::{GuardedResolver, Lookup};
use super::options::{HttpOptions, Proxy};
use super::{build, builder};

/// How many policies have a client at a time.
const MOST_POLICIES: usize = 16;

/// One client for each policy about addresses: a connection that one policy has allowed is never used under another.
pub(super) struct Guarded {
    options: HttpOptions,
    tls: ClientConfig,
    proxy: Option<reqwest::Proxy>,
    lookup: Lookup,
    /// The one used last comes last.
    clients: Mutex<VecDeque<(Arc<AddressPolicy>, Client)>>,
}

impl Guarded {
    pub(super) fn new(options: &HttpOptions, tls: ClientConfig, lookup: Lookup) -> Result<Self> {
        Ok(Self {
            proxy: proxy(&options.egress_proxy)?,
            options: options.clone(),
            tls,
            lookup,
            clients: Mutex::default(),
        })
    }

    /// The client for a request to `url` under `policy`.
    ///
    /// # Errors
    /// `InvalidInput` when `policy` does not allow the URL.
    pub(super) fn client(&self, policy: &EgressPolicy, url: &Url) -> Result<Client> {
        policy.check_url(url)?;

        let addresses = policy.at_port(url.port_or_known_default().unwrap_or_default());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clients.iter().position(|(known, _)| **known == addresses);
        let entry = match known.and_then(|index| clients.remove(index)) {
            Some(entry) => entry,
            None => self.entry(addresses)?,
        };
        let client = entry.1.clone();
        clients.push_back(entry);
        if clients.len() > MOST_POLICIES {
            clients.pop_front();
        }
        Ok(client)
    }

    /// How many policies have a client.
    #[cfg(test)]
    pub(super) fn policies(&self) -> usize {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn entry(&self, policy: AddressPolicy) -> Result<(Arc<AddressPolicy>, Client)> {
        let policy = Arc::new(policy);
        let builder = builder(&self.options, self.tls.clone())
            .redirect(Policy::none())
            .no_proxy();
        let builder = match &self.proxy {
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder.dns_resolver(GuardedResolver {
                policy: Arc::clone(&policy),
                lookup: Arc::clone(&self.lookup),
            }),
        };
        Ok((policy, build(builder)?))
    }
}

/// The proxy that enforces the policy. With exceptions it would not: they are reached without it.
fn proxy(proxy: &Proxy) -> Result<Option<reqwest::Proxy>> {
    match proxy {
        Proxy::None => Ok(None),
        Proxy::Through(server) if server.is_for_all() => server.build().map(Some),
        _ => Err(Error::config(
            "egress proxy: must be one proxy for all hosts, without exceptions",
        )),
    }
}
