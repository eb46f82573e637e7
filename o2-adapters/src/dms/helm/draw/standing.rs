//! [`Standing`]: how a deployment is doing, by what Helm says about the release and the cluster about its workloads.
//!
//! Helm calls a release deployed as soon as the API server has taken its objects. Whether they become what they shall be is
//! seen from the workloads; until then the work goes on, and when it takes too long it has failed.

use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;

use super::{Settings, replicas};
use crate::dms::helm::release::{Release, ReleaseStatus, Work};
use crate::dms::helm::releases::{Current, Live, Lives, key};
use crate::kube::deployed::words;
use crate::kube::{PodTrouble, Readiness, Replicas, State};

/// Who is at work on a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtWork {
    Nobody,
    /// The program.
    Helm,
    /// The controllers of the cluster, which make true what Helm has written.
    Cluster,
}

/// How a deployment is doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) at_work: AtWork,
    /// When the last work began, as far as it is known.
    pub(crate) began: Option<Timestamp>,
    /// When something about it changed last, as far as it is known.
    pub(crate) changed: Option<Timestamp>,
    /// When the state becomes another one by the passing of time alone.
    pub(crate) due: Option<Timestamp>,
    /// Whether Helm has begun something and will not end it.
    pub(crate) interrupted: bool,
    /// Whether workloads were restarted after the last revision was made.
    pub(crate) was_restarted: bool,
    pub(crate) replicas: Option<Replicas>,
    /// How many workloads there shall be, and how many of them are as wanted.
    pub(crate) workloads: (usize, usize),
    /// The worst of what is wrong with workloads, where something is.
    pub(crate) trouble: Option<Trouble>,
}

impl Standing {
    /// Says why a workload is unwell, in the words of one of its pods.
    pub(crate) fn explain(&mut self, by: &PodTrouble) {
        self.message = words(&format!("{}; pod {}: {}", self.message, by.pod, by.readiness.message));
        if let Some(trouble) = &mut self.trouble {
            trouble.readiness.reason.clone_from(&by.readiness.reason);
        }
    }
}

/// What is wrong with a workload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trouble {
    /// `deployment/demo`
    pub(crate) workload: String,
    pub(crate) readiness: Readiness,
}

/// What is looked at to find it out.
pub(super) struct Looking<'a> {
    pub(super) settings: &'a Settings,
    pub(super) current: &'a Current,
    pub(super) lives: &'a Lives,
    pub(super) now: Timestamp,
}

impl Looking<'_> {
    fn release(&self) -> &Release {
        &self.current.release
    }

    pub(super) fn standing(&self) -> Standing {
        let begun = self.release().last_deployed;
        let restarted = self
            .restarted()
            .filter(|restarted| begun.is_none_or(|begun| *restarted > begun));
        let trouble = self.trouble();
        let standing = Standing {
            status: Status::Unknown,
            message: words(&self.release().description),
            at_work: AtWork::Nobody,
            began: restarted.or(begun),
            changed: self.changed().max(restarted).max(begun),
            due: None,
            interrupted: false,
            was_restarted: restarted.is_some(),
            replicas: replicas::count(self.settings, self.current, self.lives),
            workloads: self.workloads(),
            trouble,
        };
        match self.release().status {
            ReleaseStatus::PendingInstall
            | ReleaseStatus::PendingUpgrade
            | ReleaseStatus::PendingRollback
            | ReleaseStatus::Uninstalling => self.pending(standing, begun),
            ReleaseStatus::Deployed => self.deployed(standing),
            ReleaseStatus::Failed => self.failed(standing),
            ReleaseStatus::Uninstalled => Standing {
                status: Status::Terminated,
                ..standing
            },
            ReleaseStatus::Unknown | ReleaseStatus::Superseded => standing,
        }
    }

    /// Helm is at work, or has been interrupted.
    fn pending(&self, standing: Standing, begun: Option<Timestamp>) -> Standing {
        let begun = begun.or(self.release().meta.created).unwrap_or(self.now);
        let due = begun.plus(self.settings.timeout);
        let noun = self.noun();
        if self.now >= due {
            return Standing {
                status: Status::Failed,
                message: format!("Helm was interrupted in the {noun}: roll it back, heal it or delete it"),
                interrupted: true,
                was_restarted: false,
                ..standing
            };
        }
        Standing {
            status: self.busy_status(),
            message: format!("Helm is at work on the {noun}"),
            at_work: AtWork::Helm,
            due: Some(due),
            was_restarted: false,
            ..standing
        }
    }

    /// Helm is done, and the cluster has to make it true.
    fn deployed(&self, standing: Standing) -> Standing {
        let Some(trouble) = &standing.trouble else {
            return Standing {
                status: Status::Deployed,
                ..standing
            };
        };
        let message = words(&format!("{}: {}", trouble.workload, trouble.readiness.message));
        let state = trouble.readiness.state;
        let due = standing.began.map(|began| began.plus(self.settings.ready_timeout));
        let in_time = due.is_some_and(|due| self.now < due) && !self.was_complete(trouble, standing.began);
        let status = match state {
            State::Failed => Status::Failed,
            _ if in_time && standing.was_restarted => Status::Updating,
            _ if in_time => self.busy_status(),
            // Something of it runs, though not all of it: it was deployed, and is unwell.
            State::Unready if self.something_runs() => Status::Deployed,
            _ => Status::Failed,
        };
        let busy = status.is_busy();
        Standing {
            status,
            message,
            at_work: if busy { AtWork::Cluster } else { AtWork::Nobody },
            due: due.filter(|_| busy),
            ..standing
        }
    }

    /// Whether a workload that is unwell had become what it shall be since the last work began. The cluster counts seconds.
    fn was_complete(&self, trouble: &Trouble, began: Option<Timestamp>) -> bool {
        let began = began.map(Timestamp::unix_seconds);
        let workload = self.live().find(|(path, _)| *path == trouble.workload);
        let complete = workload.and_then(|(_, live)| live?.complete);
        trouble.readiness.state == State::Unready && complete.map(Timestamp::unix_seconds) > began
    }

    fn failed(&self, standing: Standing) -> Standing {
        let message = match self.current.running {
            Some(revision) => words(&format!("{}; revision {revision} still runs", standing.message)),
            None => standing.message.clone(),
        };
        let message = if message.is_empty() {
            format!("the {} has failed", self.noun())
        } else {
            message
        };
        Standing {
            status: Status::Failed,
            message,
            ..standing
        }
    }

    /// What is being done, as a state.
    fn busy_status(&self) -> Status {
        let release = self.release();
        match release.status {
            ReleaseStatus::Uninstalling => Status::Terminating,
            ReleaseStatus::PendingInstall => Status::Instantiating,
            ReleaseStatus::PendingRollback => Status::Updating,
            _ => match release.work() {
                Some(Work::Scale) => Status::Scaling,
                Some(Work::Install) => Status::Instantiating,
                None if release.revision == 1 => Status::Instantiating,
                _ => Status::Updating,
            },
        }
    }

    /// What is being done, as a word.
    fn noun(&self) -> &'static str {
        match (self.release().status, self.release().work()) {
            (ReleaseStatus::Uninstalling, _) => "removal",
            (ReleaseStatus::PendingInstall, _) | (_, Some(Work::Install)) => "installation",
            (ReleaseStatus::PendingRollback, _) => "rollback",
            (_, Some(Work::Scale)) => "scaling",
            (_, Some(Work::Update)) => "update",
            _ => "upgrade",
        }
    }

    fn live(&self) -> impl Iterator<Item = (String, Option<&Live>)> {
        let each = self.release().runs.workloads.iter();
        each.map(|workload| (workload.path(), self.lives.get(&key(workload))))
    }

    fn restarted(&self) -> Option<Timestamp> {
        self.live().filter_map(|(_, live)| live?.restarted).max()
    }

    /// When Helm wrote last, and when a workload became as it is.
    fn changed(&self) -> Option<Timestamp> {
        let written = self
            .release()
            .meta
            .label("modifiedAt")
            .and_then(|seconds| seconds.parse().ok());
        let written = written.map(Timestamp::from_unix_seconds);
        self.live().filter_map(|(_, live)| live?.changed).max().max(written)
    }

    fn something_runs(&self) -> bool {
        self.live()
            .filter_map(|(_, live)| live?.replicas)
            .any(|replicas| replicas.ready > 0)
    }

    fn workloads(&self) -> (usize, usize) {
        let ready = |live: Option<&Live>| live.is_some_and(|live| live.readiness.state == State::Ready);
        let as_wanted = self.live().filter(|(_, live)| ready(*live)).count();
        (self.release().runs.workloads.len(), as_wanted)
    }

    /// The worst of what is wrong; of several, the first.
    fn trouble(&self) -> Option<Trouble> {
        let missing = || Readiness {
            state: State::Rolling,
            reason: "Missing".to_owned(),
            message: "is not there".to_owned(),
        };
        let all = self.live().map(|(workload, live)| Trouble {
            workload,
            readiness: live.map_or_else(missing, |live| live.readiness.clone()),
        });
        let wrong = all.filter(|trouble| trouble.readiness.state != State::Ready);
        wrong.fold(None, |worst: Option<Trouble>, next| match worst {
            Some(worst) if rank(worst.readiness.state) >= rank(next.readiness.state) => Some(worst),
            _ => Some(next),
        })
    }
}

/// What is said first. Something that is being deleted is on its way.
fn rank(state: State) -> u8 {
    match state {
        State::Ready => 0,
        State::Unready => 1,
        State::Rolling | State::Terminating => 2,
        State::Failed => 3,
    }
}
