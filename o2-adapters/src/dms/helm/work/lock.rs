//! [`Lock`]: what keeps several gateways from changing one release at the same time.
//!
//! Helm itself guards installations and upgrades by the record of the next revision, and rollbacks and removals not at all. So
//! whoever changes a release first makes a Secret of a name that only one can have. It says until when it counts: a gateway
//! that ends midway leaves it behind. It counts no longer either when the change is done: a gateway that nobody uses meanwhile
//! is late with giving it back.

use std::time::Duration;

use o2_core::{Context, Error, ErrorKind, Result, Timestamp};
use serde_json::json;

use crate::dms::helm::program::Target;
use crate::dms::helm::releases::{Releases, SECRETS};
use crate::kube::{At, Deletion, Meta};

const TYPE: &str = "o2ims.oran.org/change";
/// The value of Helm's label `owner`: neither that of releases nor that of notes.
const OWNER: &str = "o2ims-change";
const UNTIL: &str = "o2ims.oran.org/until";
/// The newest revision before the change; nought when there is none.
const BASE: &str = "o2ims.oran.org/base";

/// The right to change a release, among all gateways.
#[derive(Debug)]
pub(super) struct Lock {
    name: String,
    uid: String,
}

impl Lock {
    /// Takes it for so long at most. `None` where there is no namespace yet: then there is no release either.
    ///
    /// # Errors
    /// `Conflict` while somebody else has it.
    pub(super) async fn take(
        releases: &Releases,
        context: &Context,
        target: &Target,
        base: Option<u32>,
        time: Duration,
    ) -> Result<Option<Self>> {
        let name = format!("o2ims.change.v1.{}", target.name);
        let until = releases.cluster.clock().now().plus(time);
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": TYPE,
            "metadata": {
                "name": name,
                "namespace": target.namespace,
                "labels": {"owner": OWNER, "name": target.name},
                "annotations": {UNTIL: until.to_string(), BASE: base.unwrap_or(0).to_string()},
            },
        });
        let namespace = Some(target.namespace.as_str());
        let make = || releases.cluster.create(context, &SECRETS, namespace, &secret, false);
        let made = match make().await {
            Err(error) if error.is(ErrorKind::NotFound) => return Ok(None),
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                clear(releases, context, target, At::new(&SECRETS, namespace, &name)).await?;
                make().await.map_err(|error| {
                    if error.is(ErrorKind::AlreadyExists) {
                        taken()
                    } else {
                        error
                    }
                })?
            }
            made => made?,
        };
        let uid = Meta::from(made.metadata).uid;
        Ok(Some(Self { name, uid }))
    }

    /// Gives it back. What cannot be given back counts until its time is over.
    pub(super) async fn give_back(self, releases: &Releases, context: &Context, target: &Target) {
        let at = At::new(&SECRETS, Some(&target.namespace), &self.name);
        let deletion = Deletion {
            uid: Some(self.uid.clone()),
            ..Deletion::default()
        };
        match releases.cluster.delete(context, at, &deletion).await {
            Ok(()) => {}
            // Its time was over, and another has it.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {}
            Err(error) => {
                let lock = &self.name;
                tracing::warn!(lock, %error, "the right to change a release cannot be given back; it counts for a while");
            }
        }
    }
}

fn taken() -> Error {
    Error::conflict("another gateway is changing the deployment; wait until that has ended")
}

/// Takes away what somebody has left behind whose time is over, or whose change is.
async fn clear(releases: &Releases, context: &Context, target: &Target, at: At<'_>) -> Result<()> {
    let Some(found) = releases.cluster.get_metadata(context, at).await? else {
        return Ok(());
    };
    let until = found.annotation(UNTIL).and_then(|text| Timestamp::parse(text).ok());
    // One that does not say it was not made by us, and counts for nobody.
    let counts = until.is_some_and(|until| releases.cluster.clock().now() < until);
    if counts && !is_done(releases, context, target, &found).await? {
        return Err(taken());
    }
    let deletion = Deletion {
        uid: Some(found.uid),
        resource_version: Some(found.resource_version),
        foreground: false,
    };
    match releases.cluster.delete(context, at, &deletion).await {
        // Somebody else was faster; who of us gets it is seen then.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => Ok(()),
        deleted => deleted,
    }
}

/// Whether the change for which it was taken is done, by what Helm has kept.
async fn is_done(releases: &Releases, context: &Context, target: &Target, lock: &Meta) -> Result<bool> {
    let base: u32 = lock.annotation(BASE).and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(match releases.newest(context, target).await? {
        Some((revision, status)) => revision > base && !status.is_pending(),
        // It was taken down; or it is about to be installed.
        None => base > 0,
    })
}
