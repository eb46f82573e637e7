//! What is known of a deployment, and where it is kept: in one Secret beside the objects that were made for it.
//!
//! The Secret is the parent of an ApplySet (KEP-3659), so that `kubectl` and others see what belongs together. It holds what
//! the deployment shows, the manifest of its present revision, and how far the work on it is; a change of it is what begins
//! and ends work. It is a Secret because values, patches and manifests may hold passwords.

mod apply_set;
mod course;
mod member;
mod parent;
mod present;

pub(super) use apply_set::{PART_OF, check_tool};
pub(super) use course::{Cause, Course, End, Step, Work};
pub(super) use member::Member;
pub(super) use parent::{DEPLOYMENT, PARENTS, Parent, SELECTOR, labels_of_members, manager, name_of, secret};
pub(super) use present::{Revision, Scaled, State};
