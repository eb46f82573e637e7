//! [`InHand`]: the deployments that this process is at.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use o2_dms::DeploymentId;

/// The deployments that calls and watches of this plugin are at.
#[derive(Debug, Default)]
pub(in super::super) struct InHand {
    held: Arc<Mutex<BTreeSet<DeploymentId>>>,
}

/// The right to work on one deployment, within this process. Given back when dropped, also by a call that is given up.
#[derive(Debug)]
pub(in super::super) struct Hold {
    id: DeploymentId,
    held: Arc<Mutex<BTreeSet<DeploymentId>>>,
}

impl InHand {
    /// Takes a deployment in hand; `None` while somebody else has it.
    pub(in super::super) fn take(&self, id: &DeploymentId) -> Option<Hold> {
        let is_free = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone());
        is_free.then(|| Hold {
            id: id.clone(),
            held: Arc::clone(&self.held),
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_a_deployment_in_hand() {
        let in_hand = InHand::default();
        let (one, other) = (DeploymentId::from("one"), DeploymentId::from("other"));
        let hold = in_hand.take(&one).unwrap();
        assert!(in_hand.take(&one).is_none());
        assert!(in_hand.take(&other).is_some());
        drop(hold);
        assert!(in_hand.take(&one).is_some());
    }
}
