//! Rolling: until what was applied is as it shall be; then what is no longer wanted is deleted.

use futures::future::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, ErrorKind, Result};

use super::apply::AT_ONCE;
use super::drive::is_final;
use crate::dms::kustomize::live::{Live, Objects, judge};
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Cause, Course, Member, Parent};
use crate::kube::{Deletion, State};

impl Site {
    /// Ends the work when it has come to an end.
    pub(super) async fn roll(&self, context: &Context, parent: Parent) -> Result<Parent> {
        let objects = self.objects(context, &parent).await?;
        let verdict = judge(&parent.state.inventory, &objects);
        if verdict.is_ready() {
            // Only now: until then, what was there before may still be needed.
            return match self.prune(context, &parent, &objects).await {
                Ok(()) => self.end(context, &parent, None).await,
                Err(error) if is_final(&error) => {
                    let message = format!("what is no longer wanted cannot be deleted: {}", error.message());
                    self.end(context, &parent, Some((Cause::Apply, message))).await
                }
                Err(error) => Err(error),
            };
        }
        if verdict.state == State::Failed {
            return self
                .end(context, &parent, Some((Cause::Rollout, verdict.message)))
                .await;
        }
        let Course::Working { began, .. } = &parent.state.course else {
            return Ok(parent);
        };
        let limit = self.config.rollout_timeout;
        if self.clock.now().since(*began) >= limit.get() {
            let message = format!("not done within {limit}: {}", verdict.message);
            return self.end(context, &parent, Some((Cause::Rollout, message))).await;
        }
        Ok(parent)
    }

    /// Deletes what earlier revisions have left.
    async fn prune(&self, context: &Context, parent: &Parent, objects: &Objects) -> Result<()> {
        let left = parent.state.leftovers.iter();
        let left: Vec<_> = left
            .filter_map(|member| Some((member, objects.of(member)?)))
            .filter(|(member, live)| self.may_delete(member, live))
            .map(|(member, live)| self.delete(context, member, live, false).boxed())
            .collect();
        stream::iter(left).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Whether an object is deleted with its deployment.
    pub(super) fn may_delete(&self, member: &Member, live: &Live) -> bool {
        !live.is_kept
            && match member.id.group_kind().as_str() {
                "PersistentVolumeClaim" => self.config.delete_volumes,
                "CustomResourceDefinition.apiextensions.k8s.io" => self.config.delete_definitions,
                _ => true,
            }
    }

    /// Deletes an object, and no other one that is called like it.
    pub(super) async fn delete(&self, context: &Context, member: &Member, live: &Live, foreground: bool) -> Result<()> {
        if live.readiness.state == State::Terminating {
            return Ok(());
        }
        let deletion = Deletion {
            uid: Some(live.uid().to_owned()),
            foreground,
            ..Deletion::default()
        };
        match self.cluster.delete(context, member.at(&member.kind()), &deletion).await {
            // It is gone, or there is another one in its place.
            Err(error) if error.is(ErrorKind::NotFound) || error.is(ErrorKind::Conflict) => Ok(()),
            deleted => deleted,
        }
    }
}
