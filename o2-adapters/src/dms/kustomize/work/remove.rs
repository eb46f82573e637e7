//! Removing: everything that was made for a deployment, then the deployment itself.

use futures::future::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, ErrorKind, Result};

use super::apply::AT_ONCE;
use super::in_order;
use crate::dms::kustomize::live::{Live, Objects};
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Member, Parent};
use crate::kube::Deletion;

impl Site {
    /// Deletes what there is, in the order in which it came the other way round; `None` when everything is gone.
    pub(super) async fn remove(&self, context: &Context, parent: Parent) -> Result<Option<Parent>> {
        let objects = self.objects(context, &parent).await?;
        if self.remaining(&parent, &objects).is_empty() {
            return self.forget(context, parent).await;
        }
        let mut groups = in_order(self.remaining(&parent, &objects), |(member, _)| &member.id);
        groups.reverse();
        for group in groups {
            let each: Vec<_> = group
                .iter()
                .map(|(member, live)| self.delete(context, member, live, true).boxed())
                .collect();
            stream::iter(each).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        // Much of it is gone at once.
        let objects = self.objects(context, &parent).await?;
        if self.remaining(&parent, &objects).is_empty() {
            return self.forget(context, parent).await;
        }
        Ok(Some(parent))
    }

    /// What is still there of what is to be deleted.
    fn remaining<'a>(&self, parent: &'a Parent, objects: &'a Objects) -> Vec<(&'a Member, &'a Live)> {
        let members = parent.state.members();
        members
            .filter_map(|member| Some((member, &**objects.of(member)?)))
            .filter(|(member, live)| self.may_delete(member, live))
            .collect()
    }

    /// Deletes the Secret of a deployment. Its history belongs to it and goes with it.
    async fn forget(&self, context: &Context, parent: Parent) -> Result<Option<Parent>> {
        let deletion = Deletion {
            uid: Some(parent.meta.uid.clone()),
            ..Deletion::default()
        };
        match self.cluster.delete(context, parent.at(), &deletion).await {
            Err(error) if !error.is(ErrorKind::NotFound) && !error.is(ErrorKind::Conflict) => Err(error),
            _ => Ok(None),
        }
    }
}
