//! The preflight: whether the objects of a revision could be applied, found out without changing anything.

use futures::future::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use kube::api::DynamicObject;
use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Result};

use super::prepare::{Place, Prepared};
use crate::dms::kustomize::build::Object;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Member, PART_OF, manager};
use crate::dms::kustomize::work::{AT_ONCE, about};
use crate::kube::{At, Kind, Meta};

static NAMESPACES: Kind = Kind::of_cluster("", "v1", "Namespace", "namespaces");

impl Site {
    /// Checks that every object is free or the deployment's own, and that the cluster takes it.
    pub(super) async fn preflight(&self, context: &Context, place: &Place, prepared: &Prepared) -> Result<()> {
        let is_there = self.namespace_is_there(context, &place.namespace).await?;
        let owner = manager(&place.id);
        let objects = prepared.objects.iter().zip(&prepared.inventory);
        let each: Vec<_> = objects
            .map(|(object, member)| self.try_one(context, place, object, member, &owner, is_there).boxed())
            .collect();
        stream::iter(each).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Whether a namespace is there; it may be missing only where missing ones are made.
    async fn namespace_is_there(&self, context: &Context, namespace: &str) -> Result<bool> {
        if !self.config.create_namespaces {
            // Nothing can be in it otherwise, and whoever tries is told.
            return Ok(true);
        }
        let found = self.cluster.get(context, At::new(&NAMESPACES, None, namespace)).await?;
        Ok(found.is_some())
    }

    /// Makes the namespace of a deployment, where that is wanted and it is missing.
    pub(super) async fn ensure_namespace(&self, context: &Context, namespace: &str) -> Result<()> {
        if self.namespace_is_there(context, namespace).await? {
            return Ok(());
        }
        let object = serde_json::json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {"app.kubernetes.io/managed-by": "o2"}},
        });
        match self.cluster.create(context, &NAMESPACES, None, &object, false).await {
            Err(error) if !error.is(ErrorKind::AlreadyExists) => Err(error),
            _ => Ok(()),
        }
    }

    async fn try_one(
        &self,
        context: &Context,
        place: &Place,
        object: &Object,
        member: &Member,
        owner: &str,
        is_there: bool,
    ) -> Result<()> {
        let kind = member.kind();
        if let Some(found) = self.cluster.get(context, member.at(&kind)).await? {
            check_owner(place, object, found)?;
        }
        let known = self.kinds.find(context, &kind.group, &kind.version, &kind.name).await?;
        let namespaced_nowhere = kind.namespaced && !is_there;
        // What cannot be there yet cannot be tried yet.
        if known.is_none() || namespaced_nowhere {
            return Ok(());
        }
        let tried = self
            .cluster
            .try_apply(context, member.at(&kind), &object.value, owner)
            .await;
        match tried {
            Err(error) if self.config.force_conflicts && error.is(ErrorKind::Conflict) => Ok(()),
            Err(error) => Err(refused(place, object, &error)),
            Ok(_) => Ok(()),
        }
    }
}

/// Checks that an object that is there already is the deployment's own.
fn check_owner(place: &Place, object: &Object, found: DynamicObject) -> Result<()> {
    let meta = Meta::from(found.metadata);
    let ours = place.labels.get(PART_OF).map(String::as_str);
    match meta.label(PART_OF) {
        set if set == ours => Ok(()),
        Some(_) => Err(Error::conflict(format!(
            "{} is there already and belongs to another deployment; give this one a namePrefix",
            object.id
        ))),
        None => Err(Error::conflict(format!(
            "{} is there already and does not belong to O2",
            object.id
        ))),
    }
}

/// What it means that the cluster does not take an object.
fn refused(place: &Place, object: &Object, error: &Error) -> Error {
    match error.kind() {
        // What is missing is the namespace: an object that is applied need not be there.
        ErrorKind::NotFound => {
            let reason = format!("there is no namespace '{}' in the cluster", Excerpt(&place.namespace));
            Error::violation("namespace", reason)
        }
        ErrorKind::InvalidInput
            if error
                .violations()
                .iter()
                .any(|violation| violation.reason.contains("immutable")) =>
        {
            let reason = format!("{} cannot be changed in place: {}", object.id, error.message());
            Error::conflict(reason)
        }
        _ => about(object, error),
    }
}
