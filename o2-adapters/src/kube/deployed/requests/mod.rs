//! The requests that are the same whatever a deployment is made of: what they check, and what they leave as it is.

mod rollback;
mod scale;
mod update;

use o2_core::{Context, Error, Extensions, Result, async_trait};

use super::{Found, NotedPackage, Notes, Plan, WorkKind};
use crate::kube::revisions::Record;
pub(crate) use rollback::Rollback;
pub(crate) use scale::Scale;
pub(crate) use update::{Update, check_version};

/// What a deployment shall deploy.
pub(crate) struct Target<C> {
    pub(crate) content: C,
    /// The package, where it is another one.
    pub(crate) package: Option<NotedPackage>,
    pub(crate) kind: WorkKind,
    /// What is done, for people.
    pub(crate) description: String,
    pub(crate) rolled_back_to: Option<u32>,
}

impl<C> Target<C> {
    /// The same package with something else about it.
    pub(crate) fn of(content: C, kind: WorkKind, description: impl Into<String>) -> Self {
        Self {
            content,
            package: None,
            kind,
            description: description.into(),
            rolled_back_to: None,
        }
    }
}

/// What a backend knows about its deployments and how they are changed.
#[async_trait]
pub(crate) trait Deploys: Send + Sync {
    type Found: Found;
    /// The part of an object that says what is deployed: package and values.
    type Content: Clone + Send + Sync;

    fn tenant_label(&self) -> &str;

    /// The most replicas of a deployment.
    fn most_replicas(&self) -> u32;

    /// The extensions that the backend shows by itself, and that nobody changes.
    fn own_extensions(&self) -> &[&str];

    fn notes<'f>(&self, found: &'f Self::Found) -> &'f Notes;

    fn content<'f>(&self, found: &'f Self::Found) -> &'f Self::Content;

    /// Fails when nobody may change the deployment now.
    fn check_idle(&self, found: &Self::Found) -> Result<()>;

    /// Checks values of a deployment that has these extensions.
    fn check_values(&self, found: &Self::Found, extensions: &Extensions, values: &Extensions) -> Result<()>;

    fn set_values(&self, found: &Self::Found, content: &mut Self::Content, values: &Extensions) -> Result<()>;

    /// The same package and values, but for the number of replicas.
    ///
    /// # Errors
    /// `InvalidInput` where nothing says where the number is.
    fn scaled(&self, found: &Self::Found, replicas: u32) -> Result<Self::Content>;

    /// What a revision deployed, and the fingerprint of its package.
    fn content_of(&self, found: &Self::Found, record: &Record) -> Result<(Self::Content, String)>;

    /// The revisions before the present one, oldest first.
    async fn earlier(&self, context: &Context, found: &Self::Found) -> Result<Vec<Record>>;

    /// Deploys the target, as a new revision.
    fn deploy(&self, found: &Self::Found, target: Target<Self::Content>) -> Plan;
}

/// Why a deployment cannot be scaled of which nobody knows where the number of replicas is; `extension` could say it.
pub(crate) fn no_replicas(extension: &str) -> Error {
    Error::invalid(format!(
        "nothing says where the number of replicas is; say it in the extension {extension} of the deployment",
    ))
}

/// The extensions of a request that are kept. Those that the backend shows by itself are not; they must be as they are
/// `shown`.
pub(crate) fn kept(given: &Extensions, own: &[&str], shown: &Extensions) -> Result<Extensions> {
    let mut kept = given.clone();
    for key in own {
        if let Some(wanted) = kept.remove(*key)
            && shown.get(*key) != Some(&wanted)
        {
            let reason = "is decided when a deployment is created, and then stays";
            return Err(Error::violation(format!("extensions.{key}"), reason));
        }
    }
    Ok(kept)
}
