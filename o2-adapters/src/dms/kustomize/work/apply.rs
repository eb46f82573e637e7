//! Applying: the objects of the present revision, as they shall be.

use std::time::Duration;

use futures::future::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, Error, Result};

use super::drive::is_final;
use super::in_order;
use crate::dms::kustomize::build::Object;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Cause, Course, Member, Parent, Step};
use crate::kube::{State, readiness};

/// Calls to the API server at the same time.
pub(in super::super) const AT_ONCE: usize = 8;
/// How often, and at which interval, a definition is looked at that was applied, until its kind is there.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);

impl Site {
    /// Applies everything; then controllers are at work.
    pub(super) async fn apply_all(&self, context: &Context, parent: Parent) -> Result<Parent> {
        let applied = match parent.manifest().unpack() {
            Ok(objects) => self.apply_objects(context, &parent, objects).await,
            Err(error) => {
                return self
                    .end(context, &parent, Some((Cause::Apply, error.message().to_owned())))
                    .await;
            }
        };
        match applied {
            Ok(()) => {
                let mut state = parent.state.clone();
                if let Course::Working { step, .. } = &mut state.course {
                    *step = Step::Rolling;
                }
                let written = self.write(context, &parent, state, None).await?;
                Ok(written.unwrap_or_else(|other| other))
            }
            Err(error) if is_final(&error) => {
                let failure = (Cause::Apply, error.message().to_owned());
                self.end(context, &parent, Some(failure)).await
            }
            Err(error) => Err(error),
        }
    }

    async fn apply_objects(&self, context: &Context, parent: &Parent, objects: Vec<Object>) -> Result<()> {
        let manager = parent.manager();
        for group in in_order(objects, |object| &object.id) {
            let each: Vec<_> = group
                .iter()
                .map(|object| self.apply_one(context, parent, object, &manager).boxed())
                .collect();
            stream::iter(each).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(())
    }

    async fn apply_one(&self, context: &Context, parent: &Parent, object: &Object, manager: &str) -> Result<()> {
        let member = parent.state.inventory.iter().find(|member| member.id.is(&object.id));
        let member = member.ok_or_else(|| Error::internal("an object of a manifest is not in its inventory"))?;
        let kind = member.kind();
        let force = self.config.force_conflicts;
        let applied = self
            .cluster
            .apply(context, member.at(&kind), &object.value, manager, force)
            .await;
        applied.map_err(|error| about(object, &error))?;
        if object.id.group == "apiextensions.k8s.io" {
            self.established(context, member).await?;
        }
        Ok(())
    }

    /// Waits until the kind that a definition defines is there.
    async fn established(&self, context: &Context, member: &Member) -> Result<()> {
        let kind = member.kind();
        for _ in 0..LOOKS {
            let found = self.cluster.get(context, member.at(&kind)).await?;
            let found = found.and_then(|object| serde_json::to_value(object).ok());
            if found.is_some_and(|object| readiness(&object).state == State::Ready) {
                return Ok(());
            }
            self.clock.sleep(PAUSE).await;
        }
        // It will be tried again.
        Err(Error::new(
            o2_core::ErrorKind::Unavailable,
            format!("{} is not established yet", member.id),
        ))
    }
}

/// An error about one object.
pub(in super::super) fn about(object: &Object, error: &Error) -> Error {
    let message = format!("{}: {}", object.id, error.message());
    let mut about = Error::new(error.kind(), message)
        .with_fault(error.fault())
        .with_retry(error.retry());
    for violation in error.violations() {
        about = about.with_violation(violation.clone());
    }
    match error.detail() {
        Some(detail) => about.with_detail(detail),
        None => about,
    }
}
