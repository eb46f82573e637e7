//! [`Progress`]: how far work was when it was looked at last, so that it never goes back.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use o2_core::Timestamp;
use o2_dms::{DeploymentId, StatusReport};

use super::state::{Course, State};

/// The most deployments that are remembered.
const MOST: usize = 10_000;

/// Objects that were ready may not be so for a moment, while others are replaced.
#[derive(Debug, Default)]
pub(super) struct Progress {
    seen: Mutex<BTreeMap<DeploymentId, (Timestamp, u8)>>,
}

impl Progress {
    /// The report with a progress that is not less than it was.
    pub(super) fn onwards(&self, state: &State, mut report: StatusReport) -> StatusReport {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Course::Working { began, .. } = &state.course else {
            seen.remove(&report.deployment_id);
            return report;
        };
        let known = seen.get(&report.deployment_id).filter(|(of, _)| of == began);
        report.progress = known.map_or(report.progress, |(_, known)| report.progress.max(*known));
        if seen.len() < MOST || seen.contains_key(&report.deployment_id) {
            seen.insert(report.deployment_id.clone(), (*began, report.progress));
        }
        report
    }

    /// Forgets a deployment that is gone.
    pub(super) fn forget(&self, id: &DeploymentId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
