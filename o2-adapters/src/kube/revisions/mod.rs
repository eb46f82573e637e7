//! [`Revisions`]: what a deployment was before, for tools that keep no history of their own.
//!
//! The present is in the object that a backend manages: its specification and, in an annotation, the number of its revision.
//! What is kept here is the past. A change is made in this order:
//!
//! 1. read the object, and decide;
//! 2. put aside what it is now, under its number ([`Revisions::keep`]);
//! 3. change the object, number and all, on the condition that it is still in the version that was read;
//! 4. let go of what is too old ([`Revisions::prune`]).
//!
//! The third step decides: of several who change an object one gets through. Whoever is interrupted before it has put aside
//! what is still there, and the next one does that again; so a number means the same thing for ever, a record never has to
//! be taken back, and the history has no gap.
//!
//! Records are Secrets, because values may hold passwords, beside the object and owned by it: when the object is deleted the
//! server removes them, whoever deletes it. They are not in the gateway's store: a gateway that loses its store, and another
//! one at the same cluster, know them too.

mod record;
mod secret;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::future::try_join_all;
use o2_core::{Context, ErrorKind, Result};

use super::calls::{At, Deletion, FIELD_MANAGER};
use super::cluster::Cluster;
use super::kind::Kind;
use super::meta::Meta;
use super::scope::Scope;
pub(crate) use record::Record;
use secret::{OF, SECRETS, name, read, secret};

/// The past of the deployments of one plugin.
#[derive(Debug, Clone)]
pub(crate) struct Revisions {
    cluster: Arc<Cluster>,
    tenant_label: String,
    /// How many records a deployment keeps.
    most: usize,
}

/// Whose past it is: the object that is deployed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) meta: &'a Meta,
    /// Where the records are: the namespace of the object; for an object of the cluster, any.
    pub(crate) namespace: &'a str,
}

impl Revisions {
    /// Keeps the newest `most` records of each deployment; they have the tenant's label as the deployments have it.
    pub(crate) fn new(cluster: Arc<Cluster>, tenant_label: &str, most: usize) -> Self {
        Self {
            cluster,
            tenant_label: tenant_label.to_owned(),
            most,
        }
    }

    /// Puts a revision aside, in place of what was put aside under its number before.
    pub(crate) async fn keep(&self, context: &Context, of: Of<'_>, record: &Record) -> Result<()> {
        let secret = secret(of, &self.tenant_label, record)?;
        let name = name(of, record.number);
        let at = At::new(&SECRETS, Some(of.namespace), &name);
        // Nobody else writes these objects, and what is there is the same revision.
        self.cluster.apply(context, at, &secret, FIELD_MANAGER, true).await?;
        Ok(())
    }

    /// The revisions before number `before`, oldest first.
    ///
    /// The record of `before` itself may be there, of somebody who was about to change it.
    pub(crate) async fn list(&self, context: &Context, of: Of<'_>, before: u32) -> Result<Vec<Record>> {
        let scope = Scope::all()
            .in_namespace(of.namespace)
            .with_labels(&format!("{OF}={}", of.meta.uid));
        let found = self.cluster.list(context, &SECRETS, &scope, read).await?;
        let mut records = found.unwrap_or_default();
        records.retain(|record| record.number < before);
        records.sort_by_key(|record| record.number);
        // What has not been let go of yet is gone all the same.
        let extra = records.len().saturating_sub(self.most);
        records.drain(..extra);
        Ok(records)
    }

    /// Lets go of records of which there are too many; `newest` is the revision that the deployment is now.
    pub(crate) async fn prune(&self, context: &Context, of: Of<'_>, newest: u32) -> Result<()> {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let first = newest.saturating_sub(most);
        // As a rule each change leaves one too many. What was left by somebody who was interrupted goes with it.
        let old = (first.saturating_sub(BEHIND).max(1)..first).map(|number| async move {
            let name = name(of, number);
            let at = At::new(&SECRETS, Some(of.namespace), &name);
            match self.cluster.delete(context, at, &Deletion::default()).await {
                Err(error) if !error.is(ErrorKind::NotFound) => Err(error),
                _ => Ok(()),
            }
        });
        try_join_all(old).await.map(drop)
    }
}

/// How many records at most are let go of at a time.
const BEHIND: u32 = 4;
