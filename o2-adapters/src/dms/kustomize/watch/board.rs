//! [`Board`]: what is left to be done, as far as a watch sees it.

use std::sync::{Mutex, PoisonError};

use o2_core::Timestamp;
use o2_dms::DeploymentId;

/// A deployment on which there is something to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Task {
    pub(super) id: DeploymentId,
    /// From when on; at once when absent.
    pub(super) at: Option<Timestamp>,
}

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Board {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    tasks: Vec<Task>,
    /// How often something was seen.
    round: u64,
}

impl Board {
    pub(super) fn put(&self, tasks: Vec<Task>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.round += 1;
        seen.tasks = tasks;
    }

    pub(super) fn round(&self) -> u64 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).round
    }

    /// What there is to be done, and the round in which it was seen.
    pub(super) fn tasks(&self) -> (Vec<Task>, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.tasks.clone(), seen.round)
    }
}
