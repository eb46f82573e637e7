//! What backends share whose deployments are objects of an API server that some controller makes true.
//!
//! The object says what is wanted; what only O2 knows about it is in its labels and annotations ([`Notes`]). A change reads
//! the object, decides, puts aside what it is now, and changes everything in one call on the condition that nobody came
//! between ([`change`]). So it is done completely or not at all, and of several who ask at the same time one begins.

mod address;
mod change;
mod labels;
mod merge;
mod name;
mod notes;
mod path;
#[cfg(any(feature = "argocd", feature = "crossplane", feature = "flux"))]
mod plugin;
mod removal;
mod requests;
mod version;
mod words;
mod work;

pub(crate) use address::{archive, check_name, has_password, reference, without_credentials};
pub(crate) use change::{Changing, Found, Plan, Present, change, nowhere};
pub(crate) use labels::Users;
pub(crate) use merge::{canonical, check_without_null, difference, fingerprint};
pub(crate) use name::{check_label, looks_like_uid, object_name};
pub(crate) use notes::{DEPLOYMENT_ID, DESCRIPTION, NOTES, Noted, NotedPackage, NotedRevision, NotedWork, Notes};
pub(crate) use path::ValuePath;
#[cfg(any(feature = "argocd", feature = "crossplane", feature = "flux"))]
pub(crate) use plugin::serve_deployments;
pub(crate) use removal::{Farewell, take_down};
pub(crate) use requests::{Deploys, Rollback, Scale, Target, Update, check_version, kept, no_replicas};
pub(crate) use version::with_version;
pub(crate) use words::words;
pub(crate) use work::WorkKind;
