//! [`judge`]: how the objects of a deployment are, all together.

use crate::dms::kustomize::live::Objects;
use crate::dms::kustomize::state::Member;
use crate::kube::{Readiness, State};

/// How the objects of a deployment are.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Verdict {
    /// The worst of them.
    pub(in super::super) state: State,
    /// Why, as one CamelCase word.
    pub(in super::super) reason: String,
    /// Why, for people.
    pub(in super::super) message: String,
    pub(in super::super) ready: usize,
    pub(in super::super) all: usize,
}

impl Verdict {
    pub(in super::super) fn is_ready(&self) -> bool {
        self.state == State::Ready
    }
}

/// How the objects of `inventory` are; one that is missing is on its way.
pub(in super::super) fn judge(inventory: &[Member], objects: &Objects) -> Verdict {
    let mut ready = 0;
    let mut worst: Option<(State, String, String)> = None;
    for member in inventory {
        let (state, reason, message) = match objects.of(member) {
            Some(object) => of(&object.readiness),
            None => (State::Rolling, "Missing", "is not there"),
        };
        ready += usize::from(state == State::Ready);
        if state != State::Ready && worst.as_ref().is_none_or(|(known, ..)| state > *known) {
            let message = match message {
                "" => format!("{} is not ready: {reason}", member.id),
                message => format!("{}: {message}", member.id),
            };
            worst = Some((state, reason.to_owned(), message));
        }
    }
    let all = inventory.len();
    let (state, reason, message) = worst.unwrap_or_else(|| {
        let message = match all {
            1 => "its object is as it was wanted".to_owned(),
            all => format!("all {all} objects are as they were wanted"),
        };
        (State::Ready, "ObjectsReady".to_owned(), message)
    });
    Verdict {
        state,
        reason,
        message,
        ready,
        all,
    }
}

/// What is being deleted without having been asked for is on its way to being there again, or not.
fn of(readiness: &Readiness) -> (State, &str, &str) {
    let state = match readiness.state {
        State::Terminating => State::Rolling,
        state => state,
    };
    (state, &readiness.reason, &readiness.message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::dms::kustomize::live::Live;
    use crate::kube::{Cached, Kind};

    static DEPLOYMENTS: Kind = Kind::of_namespaces("apps", "v1", "Deployment", "deployments");
    static MAPS: Kind = Kind::of_namespaces("", "v1", "ConfigMap", "configmaps");

    fn live(kind: &Kind, name: &str, more: &Value) -> Arc<Live> {
        let mut object = json!({"metadata": {"name": name, "namespace": "edge", "uid": name, "generation": 1}});
        for (key, value) in more.as_object().unwrap() {
            object[key] = value.clone();
        }
        Arc::new(Live::read(kind, serde_json::from_value(object).unwrap()).unwrap())
    }

    fn status(updated: u32, available: u32) -> Value {
        json!({"spec": {"replicas": 2}, "status": {"observedGeneration": 1, "replicas": updated,
            "updatedReplicas": updated, "availableReplicas": available, "readyReplicas": available}})
    }

    #[test]
    fn the_worst_object_decides() {
        let failed = json!({"status": {"observedGeneration": 1, "conditions": [
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too late"}]}});
        let map = || live(&MAPS, "settings", &json!({}));
        let web = |more: &Value| live(&DEPLOYMENTS, "web", more);
        let inventory: Vec<_> = [(web(&status(2, 2)), &DEPLOYMENTS), (map(), &MAPS)]
            .iter()
            .map(|(object, kind)| Member::new(object.id.clone(), kind))
            .collect();
        for (objects, state, ready, message) in [
            (
                vec![web(&status(2, 2)), map()],
                State::Ready,
                2,
                "all 2 objects are as they were wanted",
            ),
            (vec![web(&status(2, 1)), map()], State::Unready, 1, "Deployment web: "),
            (vec![web(&status(1, 1)), map()], State::Rolling, 1, "Deployment web: "),
            (vec![web(&failed), map()], State::Failed, 1, "Deployment web: too late"),
            (vec![web(&failed)], State::Failed, 0, "Deployment web: too late"),
            (
                vec![web(&status(2, 1))],
                State::Rolling,
                0,
                "ConfigMap settings: is not there",
            ),
            (vec![], State::Rolling, 0, "Deployment web: is not there"),
        ] {
            let verdict = judge(&inventory, &objects.iter().cloned().collect());
            assert_eq!(
                (verdict.state, verdict.ready, verdict.all),
                (state, ready, 2),
                "{objects:?}"
            );
            assert!(verdict.message.starts_with(message), "{verdict:?}");
        }
        assert!(judge(&[], &Objects::default()).is_ready());
    }

    #[test]
    fn what_is_not_looked_at_makes_no_difference() {
        let of = |more: Value| live(&DEPLOYMENTS, "web", &more);
        let mut beat = status(2, 2);
        beat["status"]["heartbeat"] = json!("now");
        assert_eq!(of(status(2, 2)), of(beat));
        assert_ne!(of(status(2, 2)), of(status(2, 1)));
    }
}
