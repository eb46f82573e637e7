//! Objects without what they hold: lists of much that is large, of which little is shown.

use futures::future::FutureExt;
use kube::api::ListParams;
use o2_core::{Context, ErrorKind, Result};

use super::calls::{At, PAGE, RESTARTS, may_be_name};
use super::cluster::Cluster;
use super::kind::Kind;
use super::meta::Meta;
use super::scope::Scope;

impl Cluster {
    /// The metadata of the objects in `scope`, in the order of the server.
    pub(crate) async fn list_metadata(&self, context: &Context, kind: &Kind, scope: &Scope) -> Result<Vec<Meta>> {
        let mut restarts = 0;
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let (page, next) = match self.metadata_page(context, kind, scope, token.take()).await {
                // It took so long that the server has forgotten where it was.
                Err(error) if error.is(ErrorKind::Conflict) && restarts < RESTARTS => {
                    restarts += 1;
                    all.clear();
                    continue;
                }
                page => page?,
            };
            all.extend(page);
            match next {
                Some(next) => token = Some(next),
                None => return Ok(all),
            }
        }
    }

    async fn metadata_page(
        &self,
        context: &Context,
        kind: &Kind,
        scope: &Scope,
        token: Option<String>,
    ) -> Result<(Vec<Meta>, Option<String>)> {
        let mut parameters = ListParams::default().limit(PAGE).labels(&scope.labels);
        parameters.continue_token = token;
        self.call(context, |client| {
            let api = kind.api(client, scope.namespace.as_deref());
            let parameters = parameters.clone();
            async move {
                let list = api.list_metadata(&parameters).await?;
                let next = list.metadata.continue_.filter(|token| !token.is_empty());
                Ok((
                    list.items.into_iter().map(|item| Meta::from(item.metadata)).collect(),
                    next,
                ))
            }
            .boxed()
        })
        .await
    }

    /// The metadata of an object; `None` when it does not exist.
    pub(crate) async fn get_metadata(&self, context: &Context, at: At<'_>) -> Result<Option<Meta>> {
        if !may_be_name(at.name) {
            return Ok(None);
        }
        let found = self.call(context, |client| {
            let (api, name) = (at.kind.api(client, at.namespace), at.name.to_owned());
            async move { api.get_metadata_opt(&name).await }.boxed()
        });
        Ok(found.await?.map(|object| Meta::from(object.metadata)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use o2_core::ports::Ports;
    use o2_testkit::ManualClock;
    use o2_testkit::kubernetes::{ApiServer, ApiTrouble};
    use serde_json::json;

    use super::*;
    use crate::kube::{ClusterConfig, Clusters};

    const SECRETS: Kind = Kind::of_namespaces("", "v1", "Secret", "secrets");

    fn cluster(server: &ApiServer) -> Arc<Cluster> {
        let ports = Ports::new(ManualClock::new());
        let client = kube::Client::new(server.clone(), "default");
        ports.shared.get_or_default::<Clusters>().provide("test", client);
        Clusters::open(&ClusterConfig::of_client("test"), &ports).unwrap()
    }

    #[tokio::test]
    async fn metadata_is_read_without_the_rest() -> Result<()> {
        let server = ApiServer::new();
        for number in 0..3 {
            let labels = json!({"number": number.to_string()});
            server.put(json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "Yg=="},
                "metadata": {"name": format!("s-{number}"), "namespace": "n", "labels": labels}}));
        }
        let (cluster, context) = (cluster(&server), Context::new("test"));
        let scope = Scope::all().with_labels("number!=1");
        let names: Vec<_> = cluster
            .list_metadata(&context, &SECRETS, &scope)
            .await?
            .into_iter()
            .map(|m| m.name)
            .collect();
        assert_eq!(names, ["s-0", "s-2"]);
        let (cluster, context) = (&cluster, &context);
        let found = async |name| cluster.get_metadata(context, At::new(&SECRETS, Some("n"), name)).await;
        assert_eq!(found("s-1").await?.unwrap().label("number"), Some("1"));
        assert_eq!((found("s-7").await?, found("../x").await?), (None, None));
        server.set_trouble(Some(ApiTrouble::Down));
        assert!(found("s-1").await.unwrap_err().is(ErrorKind::Unavailable));
        Ok(())
    }
}
