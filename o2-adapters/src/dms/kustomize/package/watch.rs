//! [`package_feed`]: the packages now, and whenever one has come or gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use o2_core::store::Commit;
use o2_core::{Error, ErrorKind, Result};
use o2_dms::PackageId;

use super::store::Packages;
use super::stored::Stored;
use crate::kube::Followed;

/// All packages, by their ids.
pub(in super::super) type Shelf = Arc<BTreeMap<PackageId, Arc<Stored>>>;

/// The packages as a source for watches.
pub(in super::super) fn package_feed(packages: &Arc<Packages>) -> Followed<Shelf> {
    let of = Arc::clone(packages);
    let open = move || follow(Arc::clone(&of));
    Followed::new("packages", Arc::clone(packages.clock()), Box::new(open))
}

struct Following {
    packages: Arc<Packages>,
    shelf: BTreeMap<PackageId, Arc<Stored>>,
    commits: Option<BoxStream<'static, Result<Commit>>>,
}

fn follow(packages: Arc<Packages>) -> BoxStream<'static, Result<Shelf>> {
    let following = Following {
        packages,
        shelf: BTreeMap::new(),
        commits: None,
    };
    stream::unfold(following, |mut following| async move {
        let told = following.next().await;
        Some((told.map(|()| Arc::new(following.shelf.clone())), following))
    })
    .boxed()
}

impl Following {
    async fn next(&mut self) -> Result<()> {
        let Some(commits) = &mut self.commits else {
            return self.read().await;
        };
        match commits.next().await {
            Some(Ok(commit)) => {
                self.take(commit);
                Ok(())
            }
            Some(Err(error)) if error.is(ErrorKind::Conflict) => {
                // Changes are forgotten: everything is read anew.
                self.commits = None;
                self.read().await
            }
            Some(Err(error)) => {
                self.commits = None;
                Err(error)
            }
            None => {
                self.commits = None;
                Err(Error::new(ErrorKind::Unavailable, "the store is closed"))
            }
        }
    }

    /// Reads all packages, and follows from there on.
    async fn read(&mut self) -> Result<()> {
        let store = self.packages.store();
        let revision = store.revision().await?;
        let all = self.packages.scan().await?;
        let by_id = |stored: Arc<Stored>| (stored.package.package_id.clone(), stored);
        self.shelf = all.into_iter().map(by_id).collect();
        self.commits = Some(store.changes(self.packages.rows(), revision));
        Ok(())
    }

    fn take(&mut self, commit: Commit) {
        for change in commit.changes {
            let Some(id) = self.packages.id_of(&change.key) else {
                continue;
            };
            match change.after.and_then(|value| self.packages.read(&change.key, &value)) {
                Some(stored) => drop(self.shelf.insert(id, stored)),
                None => drop(self.shelf.remove(&id)),
            }
        }
    }
}
