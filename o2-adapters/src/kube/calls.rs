//! The calls that adapters make on a [`Cluster`].

use futures::future::FutureExt;
use kube::api::{
    DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy,
};
use o2_core::{Context, Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cluster::Cluster;
use super::failure::{error_of, kind_is_unknown};
use super::kind::Kind;
use super::scope::Scope;

/// Objects in one page of a list, as many as `kubectl` and controllers take.
pub(super) const PAGE: u32 = 500;
/// How often a list begins again because it took so long that the server forgot where it was.
pub(super) const RESTARTS: u32 = 3;
/// Who we are to server-side apply.
pub(crate) const FIELD_MANAGER: &str = "o2";

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl<'a> At<'a> {
    pub(crate) fn new(kind: &'a Kind, namespace: Option<&'a str>, name: &'a str) -> Self {
        Self { kind, namespace, name }
    }
}

/// How an object is deleted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deletion {
    /// Only the object with this id.
    pub(crate) uid: Option<String>,
    /// Only if it is still in this version.
    pub(crate) resource_version: Option<String>,
    /// Only after what it owns is gone.
    pub(crate) foreground: bool,
}

impl Cluster {
    /// The objects in `scope`, in the order of the server, as `read` understands them. What it does not understand is left
    /// out. `None` when the server does not have the kind.
    pub(crate) async fn list<T: Send>(
        &self,
        context: &Context,
        kind: &Kind,
        scope: &Scope,
        read: fn(&Kind, DynamicObject) -> Option<T>,
    ) -> Result<Option<Vec<T>>> {
        let mut restarts = 0;
        let (mut objects, mut token) = (Vec::new(), None);
        loop {
            let page = match self.page(context, kind, scope, token.take()).await {
                Err(error) if error.is(ErrorKind::Conflict) && restarts < RESTARTS => {
                    restarts += 1;
                    objects.clear();
                    continue;
                }
                page => page?,
            };
            let Some((items, next)) = page else {
                return Ok(None);
            };
            objects.extend(items.into_iter().filter_map(|object| read(kind, object)));
            match next {
                Some(next) => token = Some(next),
                None => return Ok(Some(objects)),
            }
        }
    }

    async fn page(
        &self,
        context: &Context,
        kind: &Kind,
        scope: &Scope,
        token: Option<String>,
    ) -> Result<Option<(Vec<DynamicObject>, Option<String>)>> {
        let mut parameters = ListParams::default().limit(PAGE);
        parameters.label_selector = some(&scope.labels);
        parameters.continue_token = token;
        let run = |client| {
            let api = kind.api(client, scope.namespace.as_deref());
            let parameters = parameters.clone();
            async move {
                let list = api.list(&parameters).await?;
                Ok(Some((
                    list.items,
                    list.metadata.continue_.filter(|token| !token.is_empty()),
                )))
            }
            .boxed()
        };
        self.call_or(context, run, |error| {
            if kind_is_unknown(&error) {
                Ok(None)
            } else {
                Err(error_of(error))
            }
        })
        .await
    }

    /// An object; `None` when it does not exist, or its kind does not.
    pub(crate) async fn get(&self, context: &Context, at: At<'_>) -> Result<Option<DynamicObject>> {
        if !may_be_name(at.name) {
            return Ok(None);
        }
        let run = |client| {
            let (api, name) = (at.kind.api(client, at.namespace), at.name.to_owned());
            async move { api.get_opt(&name).await }.boxed()
        };
        let read = self.call_or(context, run, |error| {
            if kind_is_unknown(&error) {
                Ok(None)
            } else {
                Err(error_of(error))
            }
        });
        // Whoever reads often waits for several of these at a time.
        read.boxed().await
    }

    /// Makes an object.
    pub(crate) async fn create(
        &self,
        context: &Context,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
        dry_run: bool,
    ) -> Result<DynamicObject> {
        let object: DynamicObject = serde_json::from_value(object.clone())
            .map_err(|source| Error::internal("an object for the API server is not one").with_source(source))?;
        self.call(context, |client| {
            let (api, object) = (kind.api(client, namespace), object.clone());
            let parameters = PostParams {
                dry_run,
                field_manager: Some(FIELD_MANAGER.to_owned()),
            };
            async move { api.create(&parameters, &object).await }.boxed()
        })
        .await
    }

    /// Changes an object by a merge patch (RFC 7386). With a `metadata.resourceVersion` in it, only in that version.
    pub(crate) async fn merge(&self, context: &Context, at: At<'_>, patch: &Value) -> Result<DynamicObject> {
        self.call(context, |client| {
            let (api, name, patch) = (at.kind.api(client, at.namespace), at.name.to_owned(), patch.clone());
            async move { api.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await }.boxed()
        })
        .await
    }

    /// What [`Self::merge`] would answer, without any change. Fields that the server does not know are refused.
    pub(crate) async fn try_merge(&self, context: &Context, at: At<'_>, patch: &Value) -> Result<DynamicObject> {
        self.call(context, |client| {
            let (api, name, patch) = (at.kind.api(client, at.namespace), at.name.to_owned(), patch.clone());
            let mut parameters = PatchParams::default().validation_strict();
            parameters.dry_run = true;
            async move { api.patch(&name, &parameters, &Patch::Merge(patch)).await }.boxed()
        })
        .await
    }

    /// Gives an object the fields of `object`, as `manager` and only where nobody else has a say, unless `force`d.
    pub(crate) async fn apply(
        &self,
        context: &Context,
        at: At<'_>,
        object: &Value,
        manager: &str,
        force: bool,
    ) -> Result<DynamicObject> {
        self.call(context, |client| {
            let (api, name, object) = (at.kind.api(client, at.namespace), at.name.to_owned(), object.clone());
            let mut parameters = PatchParams::apply(manager);
            parameters.force = force;
            async move { api.patch(&name, &parameters, &Patch::Apply(object)).await }.boxed()
        })
        .await
    }

    /// What [`Self::apply`] would answer, without force and without any change. Fields that the server does not know are
    /// refused.
    pub(crate) async fn try_apply(
        &self,
        context: &Context,
        at: At<'_>,
        object: &Value,
        manager: &str,
    ) -> Result<DynamicObject> {
        self.call(context, |client| {
            let (api, name, object) = (at.kind.api(client, at.namespace), at.name.to_owned(), object.clone());
            let mut parameters = PatchParams::apply(manager).validation_strict();
            parameters.dry_run = true;
            async move { api.patch(&name, &parameters, &Patch::Apply(object)).await }.boxed()
        })
        .await
    }

    /// Deletes an object. Ends when the server has taken it; finalizers and what it owns may take longer.
    pub(crate) async fn delete(&self, context: &Context, at: At<'_>, deletion: &Deletion) -> Result<()> {
        let parameters = DeleteParams {
            propagation_policy: Some(if deletion.foreground {
                PropagationPolicy::Foreground
            } else {
                PropagationPolicy::Background
            }),
            preconditions: Some(Preconditions {
                uid: deletion.uid.clone(),
                resource_version: deletion.resource_version.clone(),
            }),
            ..DeleteParams::default()
        };
        self.call(context, |client| {
            let (api, name, parameters) = (
                at.kind.api(client, at.namespace),
                at.name.to_owned(),
                parameters.clone(),
            );
            async move { api.delete(&name, &parameters).await.map(|_| ()) }.boxed()
        })
        .await
    }

    /// Reads a path that is no list and no object: `/version`, `/apis/cluster.x-k8s.io`. `None` when there is no such path.
    pub(crate) async fn read<T: DeserializeOwned + Send + 'static>(
        &self,
        context: &Context,
        path: &str,
    ) -> Result<Option<T>> {
        let run = |client: kube::Client| {
            let request = http::Request::get(path).body(Vec::new());
            async move {
                client
                    .request::<T>(request.map_err(kube::Error::HttpError)?)
                    .await
                    .map(Some)
            }
            .boxed()
        };
        self.call_or(context, run, |error| {
            if kind_is_unknown(&error) {
                Ok(None)
            } else {
                Err(error_of(error))
            }
        })
        .await
    }

    /// The versions of a group that the server serves, the preferred one first; none when it does not have the group.
    pub(crate) async fn versions(&self, context: &Context, group: &str) -> Result<Vec<String>> {
        let found: Option<Group> = self.read(context, &format!("/apis/{group}")).await?;
        let Some(group) = found else {
            return Ok(Vec::new());
        };
        let preferred = group.preferred_version.map(|version| version.version);
        let others = group.versions.into_iter().map(|version| version.version);
        let mut versions: Vec<String> = preferred.clone().into_iter().collect();
        versions.extend(others.filter(|version| Some(version) != preferred.as_ref()));
        Ok(versions)
    }

    /// The kinds that the server serves in one version of a group, as plural names.
    pub(crate) async fn plurals(&self, context: &Context, group: &str, version: &str) -> Result<Vec<String>> {
        let found: Option<Resources> = self.read(context, &format!("/apis/{group}/{version}")).await?;
        let resources = found.map(|found| found.resources).unwrap_or_default();
        Ok(resources.into_iter().map(|resource| resource.name).collect())
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    versions: Vec<Version>,
    preferred_version: Option<Version>,
}

#[derive(serde::Deserialize)]
struct Version {
    version: String,
}

#[derive(serde::Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(serde::Deserialize)]
struct Resource {
    name: String,
}

fn some(selector: &str) -> Option<String> {
    (!selector.is_empty()).then(|| selector.to_owned())
}

/// Whether it can be the name of an object. Nothing else is asked for: with a slash in it, it would be another path.
pub(super) fn may_be_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    (1..=253).contains(&name.len()) && name.chars().all(allowed) && name != "." && name != ".."
}
