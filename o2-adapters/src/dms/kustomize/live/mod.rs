//! The objects of deployments as they are in the cluster, and what they say about how a deployment is.

mod object;
mod verdict;

pub(super) use object::{Live, Objects};
pub(super) use verdict::{Verdict, judge};
