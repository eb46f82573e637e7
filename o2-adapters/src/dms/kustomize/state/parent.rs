//! [`Parent`]: the Secret of a deployment.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use k8s_openapi::ByteString;
use kube::api::DynamicObject;
use o2_core::{Error, Result, TenantId};
use o2_dms::DeploymentId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{State, apply_set};
use crate::dms::kustomize::build::Manifest;
use crate::kube::{At, Cached, Kind, Meta};

pub(in super::super) static PARENTS: Kind = Kind::of_namespaces("", "v1", "Secret", "secrets");
/// The label with the id of the deployment, of the Secret and of all objects.
pub(in super::super) const DEPLOYMENT: &str = "o2ims.oran.org/deployment-id";
/// Which Secrets are deployments.
pub(in super::super) const SELECTOR: &str = "o2ims.oran.org/backend=kustomize";
const TYPE: &str = "o2ims.oran.org/kustomize-deployment";
const STATE: &str = "state";
const MANIFEST: &str = "manifest";

/// A deployment and its Secret.
#[derive(Clone, PartialEq)]
pub(in super::super) struct Parent {
    pub(in super::super) meta: Meta,
    pub(in super::super) state: State,
    manifest: Bytes,
}

/// The name of the Secret of a deployment. Names are unique in namespaces, and so are these.
pub(in super::super) fn name_of(deployment: &str) -> String {
    format!("o2-{deployment}")
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    data: BTreeMap<String, ByteString>,
}

impl Parent {
    /// Reads a Secret; `None` when it cannot be understood.
    pub(in super::super) fn of(object: DynamicObject) -> Option<Self> {
        let meta = Meta::from(object.metadata);
        let read = serde_json::from_value::<Data>(object.data).and_then(|mut found| {
            let state = found.data.remove(STATE).unwrap_or_default();
            let manifest = found.data.remove(MANIFEST).unwrap_or_default();
            Ok((serde_json::from_slice(&state.0)?, manifest.0))
        });
        let path = meta.path();
        let read =
            read.inspect_err(|error| tracing::warn!(path, %error, "a deployment cannot be read; it is left out"));
        let (state, manifest) = read.ok()?;
        meta.label(DEPLOYMENT)?;
        Some(Self {
            meta,
            state,
            manifest: manifest.into(),
        })
    }

    pub(in super::super) fn id(&self) -> DeploymentId {
        DeploymentId::from(self.meta.label(DEPLOYMENT).unwrap_or_default())
    }

    pub(in super::super) fn namespace(&self) -> &str {
        self.meta.namespace.as_deref().unwrap_or_default()
    }

    pub(in super::super) fn tenant(&self, label: &str) -> Option<TenantId> {
        self.meta.tenant(label)
    }

    pub(in super::super) fn at(&self) -> At<'_> {
        At::new(&PARENTS, self.meta.namespace.as_deref(), &self.meta.name)
    }

    pub(in super::super) fn manifest(&self) -> Manifest {
        Manifest::of(self.manifest.clone())
    }

    /// The name by which we are known as the owner of fields of the objects. Each deployment has its own, so that two that
    /// bring the same object are told of each other.
    pub(in super::super) fn manager(&self) -> String {
        manager(&self.id())
    }

    /// What every object of the deployment is labelled with.
    pub(in super::super) fn labels_of_members(&self, tenant_label: &str) -> BTreeMap<String, String> {
        labels_of_members(
            self.namespace(),
            &self.meta.name,
            &self.id(),
            self.tenant(tenant_label).as_ref().map(|tenant| (tenant_label, tenant)),
        )
    }

    /// The merge patch that writes a state, and a manifest if there is another one, unless somebody else has written.
    pub(in super::super) fn patch(&self, state: &State, manifest: Option<&Manifest>) -> Result<Value> {
        let mut data = BTreeMap::from([(STATE, encode(state)?)]);
        data.extend(manifest.map(|manifest| (MANIFEST, ByteString(manifest.packed().to_vec()))));
        Ok(json!({
            "metadata": {
                "resourceVersion": self.meta.resource_version,
                "annotations": apply_set::annotations(state.members()),
            },
            "data": data,
        }))
    }
}

/// The owner of the fields of a deployment's objects.
pub(in super::super) fn manager(id: &DeploymentId) -> String {
    format!("o2-{id}")
}

/// What every object of a deployment is labelled with.
pub(in super::super) fn labels_of_members(
    namespace: &str,
    parent: &str,
    id: &DeploymentId,
    tenant: Option<(&str, &TenantId)>,
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (apply_set::PART_OF.to_owned(), apply_set::id(namespace, parent)),
        (DEPLOYMENT.to_owned(), id.to_string()),
    ]);
    labels.extend(tenant.map(|(label, tenant)| (label.to_owned(), tenant.to_string())));
    labels
}

/// The Secret of a new deployment.
pub(in super::super) fn secret(
    namespace: &str,
    id: &DeploymentId,
    tenant: Option<(&str, &TenantId)>,
    state: &State,
    manifest: &Manifest,
) -> Result<Value> {
    let name = name_of(&state.name);
    let (apply_set, apply_set_id) = apply_set::label(namespace, &name);
    let (backend, kustomize) = SELECTOR.split_once('=').unwrap_or_default();
    let mut labels = BTreeMap::from([
        ("app.kubernetes.io/managed-by", "o2".to_owned()),
        (DEPLOYMENT, id.to_string()),
        (backend, kustomize.to_owned()),
        (apply_set, apply_set_id),
    ]);
    labels.extend(tenant.map(|(label, tenant)| (label, tenant.to_string())));
    Ok(json!({
        "apiVersion": PARENTS.api_version(),
        "kind": PARENTS.name,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": apply_set::annotations(state.members()),
        },
        "type": TYPE,
        "data": {STATE: encode(state)?, MANIFEST: ByteString(manifest.packed().to_vec())},
    }))
}

fn encode(state: &State) -> Result<ByteString> {
    let text = serde_json::to_vec(state);
    text.map(ByteString)
        .map_err(|source| Error::internal("a deployment cannot be written down").with_source(source))
}

/// As watches hold it: without the manifest, which nobody shows.
impl Cached for Parent {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let mut parent = Self::of(object)?;
        parent.manifest = Bytes::new();
        Some(parent)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl fmt::Debug for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parent")
            .field("path", &self.meta.path())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
