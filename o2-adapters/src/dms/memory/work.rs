//! [`Work`]: what is being done to a deployment, and how far it is.

use std::time::Duration;

use o2_dms::DeploymentStatus;

use super::config::Durations;
use crate::memory::Moment;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Install,
    Update,
    Upgrade,
    Rollback,
    Scale,
    Heal,
    Terminate,
}

impl Kind {
    /// The state of the deployment when the work begins.
    pub(super) fn first_status(self) -> DeploymentStatus {
        match self {
            Self::Install => DeploymentStatus::Pending,
            Self::Update | Self::Upgrade | Self::Rollback | Self::Heal => DeploymentStatus::Updating,
            Self::Scale => DeploymentStatus::Scaling,
            Self::Terminate => DeploymentStatus::Terminating,
        }
    }

    /// How long the first state lasts.
    pub(super) fn first_step(self, durations: &Durations) -> Duration {
        match self {
            Self::Install => durations.pending,
            Self::Update | Self::Upgrade | Self::Rollback => durations.updating,
            Self::Scale => durations.scaling,
            Self::Heal => durations.healing,
            Self::Terminate => durations.terminating,
        }
        .get()
    }

    fn duration(self, durations: &Durations) -> Duration {
        let after_pending = match self {
            Self::Install => durations.instantiating.get(),
            _ => Duration::ZERO,
        };
        self.first_step(durations).saturating_add(after_pending)
    }

    /// The work as a word, for messages: `the upgrade`.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Install => "installation",
            Self::Update => "update",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Scale => "scaling",
            Self::Heal => "repair",
            Self::Terminate => "termination",
        }
    }
}

/// Work in motion.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) kind: Kind,
    began: Moment,
    ends: Moment,
    /// How many replicas were ready when it began.
    ready_before: u32,
    /// How many there shall be.
    replicas: u32,
    /// Why it will fail, if it will.
    pub(super) failure: Option<String>,
}

impl Work {
    pub(super) fn new(
        kind: Kind,
        began: Moment,
        durations: &Durations,
        ready_before: u32,
        replicas: u32,
        failure: Option<String>,
    ) -> Self {
        Self {
            kind,
            began,
            ends: began.plus(kind.duration(durations)),
            ready_before,
            replicas,
            failure,
        }
    }

    /// How far it is, 0 to 99: it has not ended.
    pub(super) fn progress(&self, now: Moment) -> u8 {
        now.percent_between(self.began, self.ends).min(99)
    }

    /// How many replicas are ready while it goes on. What replaces replicas has one of them down at any time.
    pub(super) fn ready(&self, now: Moment) -> u32 {
        let progress = i64::from(self.progress(now));
        let (from, to) = (i64::from(self.ready_before), i64::from(self.replicas));
        let ready = match self.kind {
            Kind::Terminate => from * (100 - progress) / 100,
            Kind::Install | Kind::Scale => from + (to - from) * progress / 100,
            Kind::Update | Kind::Upgrade | Kind::Rollback | Kind::Heal => {
                (from + (to - from) * progress / 100 - 1).max(0)
            }
        };
        u32::try_from(ready).unwrap_or_default()
    }

    /// How many replicas are ready when it has ended: all of them, or after a failure what it left.
    pub(super) fn ready_at_end(&self) -> u32 {
        match (&self.failure, self.kind) {
            (None, _) => self.replicas,
            (Some(_), Kind::Install) => 0,
            (Some(_), _) => self.ready_before.min(self.replicas).saturating_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use o2_core::Timestamp;
    use o2_core::config::DurationText;

    use super::*;

    #[test]
    fn replicas_come_and_go_with_the_progress() {
        let began = Moment {
            monotonic: Duration::ZERO,
            time: Timestamp::UNIX_EPOCH,
        };
        let durations = Durations::all(DurationText::from_secs(10));
        for (kind, before, replicas, [start, middle, end]) in [
            (Kind::Install, 0, 4, [0, 2, 4]),
            (Kind::Scale, 2, 6, [2, 4, 6]),
            (Kind::Scale, 6, 2, [6, 4, 2]),
            (Kind::Upgrade, 3, 3, [2, 2, 3]),
            (Kind::Heal, 0, 4, [0, 1, 4]),
            (Kind::Rollback, 0, 0, [0, 0, 0]),
            (Kind::Terminate, 4, 0, [4, 2, 0]),
        ] {
            let work = Work::new(kind, began, &durations, before, replicas, None);
            let half = kind.duration(&durations) / 2;
            let found = [work.ready(began), work.ready(began.plus(half)), work.ready_at_end()];
            assert_eq!(found, [start, middle, end], "{kind:?}");
        }
    }

    #[test]
    fn failures_leave_what_was_there_but_one() {
        let began = Moment {
            monotonic: Duration::ZERO,
            time: Timestamp::UNIX_EPOCH,
        };
        for (kind, before, left) in [(Kind::Install, 0, 0), (Kind::Upgrade, 3, 2), (Kind::Upgrade, 0, 0)] {
            let work = Work::new(kind, began, &Durations::default(), before, 3, Some("no".into()));
            assert_eq!(work.ready_at_end(), left, "{kind:?}");
        }
    }
}
