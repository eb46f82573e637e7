//! Going on with work that somebody has begun.

use std::time::Duration;

use o2_core::{Context, Error, ErrorKind, Result, Timestamp};

use super::super::build::Manifest;
use super::super::site::Site;
use super::super::state::{Cause, Course, End, Parent, State, Step};
use crate::kube::is_forbidden;

/// How long nobody else joins whoever is at work. Everything that is done in one go takes less.
pub(in super::super) const LEASE: Duration = Duration::from_secs(120);
/// How often the work on a deployment is looked at again in one call.
const STEPS: u32 = 4;

/// Until when a deployment can be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Due {
    /// Something can be done now.
    Now,
    /// Something can be done then, if nothing happens before.
    At(Timestamp),
    /// Nothing is to be done.
    Never,
}

/// When the work on a deployment can be gone on with by `holder`, as far as its Secret tells.
pub(in super::super) fn due(state: &State, holder: &str, now: Timestamp, rollout: Duration) -> Due {
    match &state.course {
        Course::Ended(_) => Due::Never,
        Course::Working {
            step: Step::Applying,
            holder: other,
            until,
            ..
        } => {
            if other == holder || *until <= now {
                Due::Now
            } else {
                Due::At(*until)
            }
        }
        Course::Working {
            step: Step::Rolling,
            began,
            ..
        } => Due::At(began.plus(rollout)),
    }
}

impl Site {
    /// Does of the work on a deployment what can be done now; the deployment as it is then, and `None` when it is gone.
    ///
    /// # Errors
    /// Those of the backend. What was done until then stays.
    pub(in super::super) async fn advance(&self, context: &Context, parent: Parent) -> Result<Option<Parent>> {
        let mut parent = parent;
        if parent.state.course.work().is_none() {
            return Ok(Some(parent));
        }
        let Some(_hold) = self.in_hand.take(&parent.id(), self.clock.monotonic()) else {
            // A call of this process is at it.
            return Ok(Some(parent));
        };
        for _ in 0..STEPS {
            let before = parent.meta.resource_version.clone();
            parent = match Box::pin(self.step(context, parent)).await {
                Ok(Some(after)) => after,
                Ok(None) => return Ok(None),
                // Somebody else has brought it to its end.
                Err(error) if error.is(ErrorKind::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            };
            if parent.meta.resource_version == before || parent.state.course.work().is_none() {
                break;
            }
        }
        Ok(Some(parent))
    }

    /// As [`Self::advance`], for a call whose request is written down already: a backend that does not answer does not make it
    /// undone, and whoever looks next goes on.
    pub(in super::super) async fn pursue(&self, context: &Context, parent: Parent) -> Result<Option<Parent>> {
        let known = parent.clone();
        match self.advance(context, parent).await {
            Err(error) => {
                let (path, reason) = (known.meta.path(), error.message());
                tracing::info!(path, reason, "work on a deployment is interrupted; it goes on later");
                // What it is now is better than what it was, if it can be had.
                let now = self.find(context, &known.id()).await;
                Ok(Some(now.unwrap_or(known)))
            }
            advanced => advanced,
        }
    }

    async fn step(&self, context: &Context, parent: Parent) -> Result<Option<Parent>> {
        let Course::Working { step, .. } = &parent.state.course else {
            return Ok(Some(parent));
        };
        let step = *step;
        let parent = if step == Step::Applying {
            match self.leased(context, parent).await? {
                Ok(leased) => leased,
                Err(busy) => return Ok(Some(busy)),
            }
        } else {
            parent
        };
        match step {
            Step::Applying if parent.state.course.is_deleting() => self.remove(context, parent).await,
            Step::Applying => self.apply_all(context, parent).await.map(Some),
            Step::Rolling => self.roll(context, parent).await.map(Some),
        }
    }

    /// The deployment when nobody else is at it; as it is otherwise.
    async fn leased(&self, context: &Context, parent: Parent) -> Result<Result<Parent, Parent>> {
        let now = self.clock.now();
        let Course::Working { holder, until, .. } = &parent.state.course else {
            return Ok(Ok(parent));
        };
        let ours = *holder == self.holder;
        if !ours && *until > now {
            return Ok(Err(parent));
        }
        // Half of the time is enough for what comes next.
        if ours && until.since(now) > LEASE / 2 {
            return Ok(Ok(parent));
        }
        let mut state = parent.state.clone();
        if let Course::Working { holder, until, .. } = &mut state.course {
            holder.clone_from(&self.holder);
            *until = now.plus(LEASE);
        }
        self.write(context, &parent, state, None).await
    }

    /// Writes a state; the deployment as it is now when somebody else was faster.
    pub(in super::super) async fn write(
        &self,
        context: &Context,
        parent: &Parent,
        state: State,
        manifest: Option<&Manifest>,
    ) -> Result<Result<Parent, Parent>> {
        match self
            .cluster
            .merge(context, parent.at(), &parent.patch(&state, manifest)?)
            .await
        {
            Ok(object) => Parent::of(object)
                .map(Ok)
                .ok_or_else(|| Error::internal("a deployment that was written cannot be read")),
            Err(error) if error.is(ErrorKind::Conflict) => self.find(&everybody(context), &parent.id()).await.map(Err),
            Err(error) => Err(error),
        }
    }

    /// Writes that the work has ended.
    pub(super) async fn end(
        &self,
        context: &Context,
        parent: &Parent,
        failure: Option<(Cause, String)>,
    ) -> Result<Parent> {
        let mut state = parent.state.clone();
        let at = self.clock.now();
        if failure.is_none() {
            state.leftovers.clear();
        }
        state.updated_at = at;
        state.course = Course::Ended(End { at, failure });
        let written = self.write(context, parent, state, None).await?;
        Ok(written.unwrap_or_else(|other| other))
    }
}

/// The context of work: its outcome does not depend on who happens to look.
pub(in super::super) fn everybody(context: &Context) -> Context {
    let mut everybody = Context::new(context.request_id());
    if let Some(deadline) = context.deadline() {
        everybody = everybody.with_deadline(deadline);
    }
    everybody
}

/// Whether trying again will not help: somebody has to do something.
pub(super) fn is_final(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::PermissionDenied => is_forbidden(error),
        ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::Conflict
        | ErrorKind::PreconditionFailed
        | ErrorKind::InvalidInput
        | ErrorKind::QuotaExceeded
        | ErrorKind::Unsupported => true,
        _ => false,
    }
}
