//! [`Reached`]: how far work was when somebody looked. Workloads that become unready meanwhile do not make it go back.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use o2_core::Timestamp;
use o2_dms::DeploymentId;

use super::draw::{Drawn, progress};

/// Pieces of work that are remembered; of more, the rest is seen as it is.
const MOST: usize = 10_000;

/// The farthest that was seen of each piece of work.
#[derive(Debug, Default)]
pub(super) struct Reached {
    all: Mutex<BTreeMap<DeploymentId, Work>>,
}

#[derive(Debug)]
struct Work {
    began: Option<Timestamp>,
    reached: u8,
}

impl Reached {
    /// Takes a look into account: the farthest that was seen of this work.
    pub(super) fn raise(&self, drawn: &Drawn) -> u8 {
        let (id, began, now) = (&drawn.deployment.deployment_id, drawn.standing.began, progress(drawn));
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if !drawn.standing.status.is_busy() {
            all.remove(id);
            return now;
        }
        if all.len() >= MOST && !all.contains_key(id) {
            return now;
        }
        let work = all.entry(id.clone()).or_insert(Work { began, reached: 0 });
        if work.began != began {
            *work = Work { began, reached: 0 };
        }
        work.reached = work.reached.max(now);
        work.reached
    }
}
