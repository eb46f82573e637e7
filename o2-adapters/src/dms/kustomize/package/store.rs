//! [`Packages`]: the packages of one plugin in the gateway's store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition, Entry, Revision, Store, Table};
use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_dms::{DeploymentPackage, PackageId};

use super::stored::Stored;

/// How many packages are read at a time.
const PAGE: usize = 256;
/// How often something is tried again that somebody else came between.
const ATTEMPTS: u32 = 8;
/// How long the store may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The packages of one plugin.
///
/// A package, its name and its content are three keys, written and removed together.
#[derive(Debug)]
pub(in super::super) struct Packages {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    table: Table<Stored>,
    /// What the keys of names and contents begin with.
    prefix: String,
}

/// A package and the commit that wrote it last.
pub(in super::super) type Row = (Arc<Stored>, Revision);

impl Packages {
    pub(in super::super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, plugin: &str) -> Self {
        Self {
            table: Table::new(Arc::clone(&store), &format!("kustomize package of {plugin}")),
            prefix: format!("kustomize of {plugin}"),
            store,
            clock,
        }
    }

    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What the keys of the packages begin with.
    pub(super) fn rows(&self) -> &str {
        self.table.prefix()
    }

    /// The package that a key is of.
    pub(super) fn id_of(&self, key: &str) -> Option<PackageId> {
        self.table.id_of(key).map(PackageId::from)
    }

    /// All packages. One that cannot be read is left out.
    pub(in super::super) async fn all(&self, context: &Context) -> Result<Vec<Arc<Stored>>> {
        self.within(context, self.scan()).await
    }

    pub(super) async fn scan(&self) -> Result<Vec<Arc<Stored>>> {
        let (mut packages, mut after) = (Vec::new(), None::<String>);
        loop {
            let entries = self.store.scan(self.rows(), after.as_deref(), PAGE).await?;
            let more = entries.len() == PAGE;
            after = entries.last().map(|entry| entry.key.clone());
            packages.extend(
                entries
                    .into_iter()
                    .filter_map(|entry| self.read(&entry.key, &entry.value)),
            );
            if !more {
                return Ok(packages);
            }
        }
    }

    /// A stored package; `None` when it cannot be read.
    pub(super) fn read(&self, key: &str, value: &[u8]) -> Option<Arc<Stored>> {
        let read = self.table.decode(key, value);
        let read = read.inspect_err(|error| tracing::warn!(key, %error, "a package cannot be read; it is left out"));
        read.ok().map(Arc::new)
    }

    /// The package with this id.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(in super::super) async fn get(&self, context: &Context, id: &PackageId) -> Result<Row> {
        let key = self.table.key(id.as_str());
        let entry = self.within(context, self.store.get(&key)).await?;
        let found = entry.and_then(|entry| Some((self.read(&entry.key, &entry.value)?, entry.revision)));
        let seen = found.filter(|(stored, _)| context.sees(stored.package.tenant()));
        seen.ok_or_else(|| Error::not_found(DeploymentPackage::OBJECT, id.as_str()))
    }

    /// The content of a package.
    pub(in super::super) async fn content(&self, context: &Context, id: &PackageId) -> Result<Bytes> {
        let key = self.content_key(id);
        let entry = self.within(context, self.store.get(&key)).await?;
        let content = entry.map(|entry| entry.value);
        content.ok_or_else(|| Error::not_found(DeploymentPackage::OBJECT, id.as_str()))
    }

    /// The package of this tenant, name and version.
    pub(super) async fn named(&self, context: &Context, package: &DeploymentPackage) -> Result<Option<Arc<Stored>>> {
        let key = self.name_key(package);
        let Some(entry) = self.within(context, self.store.get(&key)).await? else {
            return Ok(None);
        };
        let key = self.table.key(&String::from_utf8_lossy(&entry.value));
        let entry = self.within(context, self.store.get(&key)).await?;
        Ok(entry.and_then(|entry| self.read(&entry.key, &entry.value)))
    }

    /// Stores a package, unless there is one of its name and version.
    ///
    /// # Errors
    /// `PreconditionFailed` when there is.
    pub(super) async fn add(&self, context: &Context, stored: &Stored, content: Bytes) -> Result<()> {
        let id = &stored.package.package_id;
        let (name, row) = (self.name_key(&stored.package), self.table.key(id.as_str()));
        let batch = Batch::new()
            .when(Condition::Absent(name.clone()))
            .when(Condition::Absent(row))
            .put(name, id.as_str().to_owned())
            .put(self.content_key(id), content);
        let batch = self.table.put_into(batch, id.as_str(), stored)?;
        self.within(context, self.store.commit(batch)).await.map(drop)
    }

    /// Removes a package if nobody has asked for it since `seen`; whether that was so.
    pub(in super::super) async fn remove(&self, context: &Context, stored: &Stored, seen: Revision) -> Result<bool> {
        let id = &stored.package.package_id;
        let batch = Batch::new()
            .when(Condition::Unchanged(self.table.key(id.as_str()), seen))
            .delete(self.name_key(&stored.package))
            .delete(self.content_key(id));
        let batch = self.table.delete_from(batch, id.as_str())?;
        match self.within(context, self.store.commit(batch)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is(ErrorKind::PreconditionFailed) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Says that a package is in use, so that whoever is about to remove it looks again. Whether it is still there.
    pub(in super::super) async fn touch(&self, context: &Context, id: &PackageId) -> Result<bool> {
        let key = self.table.key(id.as_str());
        for _ in 0..ATTEMPTS {
            let Some(Entry { value, revision, .. }) = self.within(context, self.store.get(&key)).await? else {
                return Ok(false);
            };
            let same = Batch::new()
                .when(Condition::Unchanged(key.clone(), revision))
                .put(key.clone(), value);
            match self.within(context, self.store.commit(same)).await {
                Err(error) if error.is(ErrorKind::PreconditionFailed) => {}
                written => return written.map(|_| true),
            }
        }
        // Somebody else says the same all the time.
        Ok(true)
    }

    fn name_key(&self, package: &DeploymentPackage) -> String {
        let tenant = package.tenant_id.as_ref().map(o2_core::Id::as_str);
        // As JSON, no two of them are written alike.
        let name = serde_json::json!([tenant, package.name, package.version]);
        format!("{} name/{name}", self.prefix)
    }

    fn content_key(&self, id: &PackageId) -> String {
        format!("{} content/{id}", self.prefix)
    }

    async fn within<T>(&self, context: &Context, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let latest = self.clock.monotonic().saturating_add(PATIENCE);
        let deadline = context.deadline().map_or(latest, |deadline| deadline.min(latest));
        let answered = self.clock.until(deadline, work).await;
        answered.unwrap_or_else(|| Err(Error::new(ErrorKind::Timeout, "the store did not answer in time")))
    }
}
