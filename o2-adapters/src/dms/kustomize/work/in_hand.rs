//! [`InHand`]: the deployments that this process is at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use o2_dms::DeploymentId;

/// How long somebody is waited for. A stream of changes that nobody reads any more does not get on, and does not say so;
/// what is then done twice is done once.
const PATIENCE: Duration = Duration::from_secs(5);

/// The deployments that calls and watches of this plugin are at, and since when.
#[derive(Debug, Default)]
pub(in super::super) struct InHand {
    held: Arc<Mutex<BTreeMap<DeploymentId, Duration>>>,
}

/// The right to work on one deployment, within this process. Given back when dropped, also by a call that is given up.
#[derive(Debug)]
pub(in super::super) struct Hold {
    id: DeploymentId,
    since: Duration,
    held: Arc<Mutex<BTreeMap<DeploymentId, Duration>>>,
}

impl InHand {
    /// Takes a deployment in hand; `None` while somebody else has it, and has not had it for too long.
    pub(in super::super) fn take(&self, id: &DeploymentId, now: Duration) -> Option<Hold> {
        let mut held = lock(&self.held);
        let is_held = held.get(id).is_some_and(|since| now.saturating_sub(*since) < PATIENCE);
        if is_held {
            return None;
        }
        held.insert(id.clone(), now);
        Some(Hold {
            id: id.clone(),
            since: now,
            held: Arc::clone(&self.held),
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if held.get(&self.id) == Some(&self.since) {
            held.remove(&self.id);
        }
    }
}

fn lock(held: &Mutex<BTreeMap<DeploymentId, Duration>>) -> MutexGuard<'_, BTreeMap<DeploymentId, Duration>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_a_deployment_in_hand() {
        let in_hand = InHand::default();
        let (one, other) = (DeploymentId::from("one"), DeploymentId::from("other"));
        let hold = in_hand.take(&one, Duration::ZERO).unwrap();
        assert!(in_hand.take(&one, Duration::from_secs(4)).is_none());
        assert!(in_hand.take(&other, Duration::ZERO).is_some());
        drop(hold);
        assert!(in_hand.take(&one, Duration::from_secs(4)).is_some());
    }

    #[test]
    fn who_does_not_get_on_is_not_waited_for() {
        let in_hand = InHand::default();
        let one = DeploymentId::from("one");
        let stuck = in_hand.take(&one, Duration::ZERO).unwrap();
        let next = in_hand.take(&one, PATIENCE).unwrap();
        drop(stuck);
        assert!(in_hand.take(&one, PATIENCE).is_none(), "the next one still has it");
        drop(next);
        assert!(in_hand.take(&one, PATIENCE).is_some());
    }
}
