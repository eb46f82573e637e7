//! [`Live`]: an object of a deployment as it is in the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::DynamicObject;

use crate::dms::kustomize::build::Ref;
use crate::dms::kustomize::state::{DEPLOYMENT, Member};
use crate::kube::{Cached, Kind, Meta, Readiness, Replicas, readiness, replicas};

/// Objects that carry this annotation with this value are not deleted.
const PRUNE: (&str, &str) = ("o2ims.oran.org/prune", "disabled");

/// What of an object is looked at. What differs only in other parts is the same.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Live {
    pub(in super::super) id: Ref,
    pub(in super::super) readiness: Readiness,
    pub(in super::super) replicas: Option<Replicas>,
    /// Whether it may not be deleted with its deployment.
    pub(in super::super) is_kept: bool,
    meta: Meta,
}

impl Live {
    /// The deployment that it belongs to.
    pub(in super::super) fn deployment(&self) -> Option<&str> {
        self.meta.label(DEPLOYMENT)
    }

    pub(in super::super) fn uid(&self) -> &str {
        &self.meta.uid
    }
}

impl Cached for Live {
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let whole = kind.whole(&object);
        let full = Meta::from(object.metadata);
        let is_kept = full.annotation(PRUNE.0) == Some(PRUNE.1);
        let meta = Meta {
            name: full.name,
            namespace: full.namespace,
            uid: full.uid,
            deleting: full.deleting,
            labels: full.labels.into_iter().filter(|(key, _)| key == DEPLOYMENT).collect(),
            ..Meta::default()
        };
        Some(Self {
            id: Ref {
                group: kind.group.clone().into_owned(),
                version: kind.version.clone().into_owned(),
                kind: kind.name.clone().into_owned(),
                namespace: meta.namespace.clone(),
                name: meta.name.clone(),
            },
            readiness: readiness(&whole),
            replicas: replicas(&whole),
            is_kept,
            meta,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// The objects of one deployment.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Objects {
    objects: BTreeMap<(String, String, String), Arc<Live>>,
}

impl Objects {
    pub(in super::super) fn insert(&mut self, object: Arc<Live>) {
        self.objects.insert(key(&object.id), object);
    }

    /// The object that this is, if it is there.
    pub(in super::super) fn get(&self, id: &Ref) -> Option<&Arc<Live>> {
        self.objects
            .get(&key(id))
            .filter(|object| object.id.namespace == id.namespace)
    }

    pub(in super::super) fn of(&self, member: &Member) -> Option<&Arc<Live>> {
        self.get(&member.id)
    }
}

fn key(id: &Ref) -> (String, String, String) {
    (id.group.clone(), id.kind.clone(), id.name.clone())
}

impl FromIterator<Arc<Live>> for Objects {
    fn from_iter<I: IntoIterator<Item = Arc<Live>>>(objects: I) -> Self {
        let mut all = Self::default();
        objects.into_iter().for_each(|object| all.insert(object));
        all
    }
}
