//! What all changes of a deployment have in common: it is read, judged, and written if nobody came between.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::model::Version;
use o2_core::{Context, Error, ErrorKind, Model, Result, Retry};
use o2_dms::{Deployment, DeploymentId};

use super::prepare::{Place, Prepared};
use crate::dms::kustomize::live::Objects;
use crate::dms::kustomize::show;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Course, Parent, State, Step, Work, check_tool};
use crate::dms::kustomize::work::LEASE;

/// A deployment as it is now.
#[derive(Debug)]
pub(in super::super) struct Present {
    pub(in super::super) parent: Parent,
    pub(in super::super) objects: Objects,
    pub(in super::super) shown: Arc<Deployment>,
}

impl Site {
    /// The deployment with this id, as it is now; what is left to be done for it is done first.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(in super::super) async fn present(&self, context: &Context, id: &DeploymentId) -> Result<Present> {
        let parent = self.find(context, id).await?;
        let parent = self.advance(context, parent).await?;
        let parent = parent.ok_or_else(|| Error::not_found(Deployment::OBJECT, id.as_str()))?;
        self.as_it_is(context, parent).await
    }

    /// A deployment with its objects.
    pub(in super::super) async fn as_it_is(&self, context: &Context, parent: Parent) -> Result<Present> {
        let objects = self.objects(context, &parent).await?;
        let shown = Arc::new(show::deployment(&parent, &objects, &self.config.tenant_label));
        Ok(Present { parent, objects, shown })
    }

    /// Begins work that makes another revision, and does of it what can be done now.
    pub(super) async fn begin(
        &self,
        context: &Context,
        present: &Present,
        work: Work,
        state: State,
        prepared: Prepared,
    ) -> Result<Arc<Deployment>> {
        let parent = &present.parent;
        self.preflight(context, &self.place(parent), &prepared).await?;
        let result = show::result(&parent.state, &present.objects);
        let record = parent.state.record(&parent.manifest(), result);
        self.revisions.keep(context, self.history(parent), &record).await?;
        let next = self.next(state, work, &prepared);
        let written = self.write(context, parent, next, Some(&prepared.manifest)).await?;
        let parent = written.map_err(|_| beaten())?;
        self.let_go(context, &parent).await;
        self.go_on(context, parent).await
    }

    /// The state in which `work` leads to a revision that is prepared.
    fn next(&self, state: State, work: Work, prepared: &Prepared) -> State {
        let now = self.clock.now();
        let wanted: BTreeSet<_> = prepared.inventory.iter().collect();
        let stays = |member: &&_| wanted.iter().any(|other| member_is(member, other));
        let leftovers = state.members().filter(|member| !stays(member)).cloned().collect();
        let mut past = state.past.clone();
        past.insert(state.revision.number, state.revision.package_id.clone());
        while past.len() > usize::try_from(self.config.history).unwrap_or(usize::MAX) {
            past.pop_first();
        }
        State {
            past,
            leftovers,
            inventory: prepared.inventory.clone(),
            revision: prepared.revision.clone(),
            updated_at: now,
            course: self.course(work),
            ..state
        }
    }

    /// Work that begins now and that we are at.
    pub(super) fn course(&self, work: Work) -> Course {
        let now = self.clock.now();
        Course::Working {
            work,
            step: Step::Applying,
            began: now,
            holder: self.holder.clone(),
            until: now.plus(LEASE),
        }
    }

    /// Goes on with work that has begun, and shows what has come of it.
    pub(super) async fn go_on(&self, context: &Context, parent: Parent) -> Result<Arc<Deployment>> {
        let known = parent.clone();
        let parent = self.pursue(context, parent).await?.unwrap_or_else(|| known.clone());
        match self.as_it_is(context, parent).await {
            Ok(present) => Ok(present.shown),
            // What is asked for is written down. That it cannot be looked at now changes nothing about that.
            Err(_) => Ok(Arc::new(show::deployment(
                &known,
                &Objects::default(),
                &self.config.tenant_label,
            ))),
        }
    }

    /// Lets go of old revisions. Those that are left over do no harm.
    async fn let_go(&self, context: &Context, parent: &Parent) {
        let of = self.history(parent);
        if let Err(error) = self.revisions.prune(context, of, parent.state.revision.number).await {
            let path = parent.meta.path();
            tracing::warn!(path, %error, "old revisions of a deployment cannot be deleted");
        }
    }

    /// Where the objects of a deployment are.
    pub(super) fn place(&self, parent: &Parent) -> Place {
        Place {
            id: parent.id(),
            namespace: parent.namespace().to_owned(),
            labels: parent.labels_of_members(&self.config.tenant_label),
        }
    }
}

fn member_is(one: &crate::dms::kustomize::state::Member, other: &crate::dms::kustomize::state::Member) -> bool {
    one.id.is(&other.id)
}

impl Present {
    /// Checks that nothing is being done, and that nobody else cares for the deployment.
    pub(super) fn check_idle(&self) -> Result<()> {
        check_tool(&self.parent.meta)?;
        match show::busy(&self.parent.id(), &self.parent.state.course) {
            Some(message) => Err(Error::conflict(message)),
            None => Ok(()),
        }
    }

    /// Checks that it is what the caller has seen.
    pub(super) fn check_expected(&self, expected: Option<&Version>) -> Result<()> {
        if expected.is_none_or(|expected| self.shown.version.as_ref() == Some(expected)) {
            return Ok(());
        }
        let message = "the deployment has changed since it was read; read it again";
        Err(Error::new(ErrorKind::PreconditionFailed, message))
    }

    /// The number of the revision after this one.
    pub(super) fn next_number(&self) -> u32 {
        self.parent.state.revision.number.saturating_add(1)
    }
}

/// Somebody else has changed the deployment meanwhile.
pub(super) fn beaten() -> Error {
    Error::conflict("somebody else has changed the deployment meanwhile; try again").with_retry(Retry::Safe)
}
