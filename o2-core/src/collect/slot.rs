//! [`Slot`]: what stays of a collector when it is stopped and another one takes its place.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::status::Status;
use crate::snapshot::Tables;
use crate::store::Lease;

/// What stays of a collector.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) status: Status,
    told: Mutex<Told>,
    lease: Mutex<Option<Lease>>,
}

/// What subscribers know: the objects, and the types of which it is all.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) tables: Tables,
    pub(super) complete: BTreeSet<&'static str>,
}

impl Slot {
    pub(super) fn new(status: Status) -> Self {
        Self {
            status,
            told: Mutex::default(),
            lease: Mutex::default(),
        }
    }

    pub(super) fn told(&self) -> Told {
        lock(&self.told).clone()
    }

    pub(super) fn keep(&self, told: &Told) {
        lock(&self.told).clone_from(told);
    }

    /// The lease that is to be given back.
    pub(super) fn take_lease(&self) -> Option<Lease> {
        lock(&self.lease).take()
    }

    pub(super) fn keep_lease(&self, lease: Option<&Lease>) {
        *lock(&self.lease) = lease.cloned();
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
