//! Where services are reached: as the catalog says, or as the configuration or a `clouds.yaml` does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse, Ports, Secret, SecretSource};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, PluginInfo, Result};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use super::example;
use super::played::Cloud;
use super::way::Way;

/// A way to the cloud that knows where it was asked for.
#[derive(Debug)]
struct Noted {
    way: Way,
    hosts: Mutex<BTreeSet<String>>,
}

impl HttpClient for Noted {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let host = request.request.uri().host().unwrap().to_owned();
        self.hosts.lock().unwrap().insert(host);
        self.way.send(request)
    }
}

/// The only secret there is.
#[derive(Debug)]
struct File(String);

impl SecretSource for File {
    fn secret<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Secret>> {
        ready(Ok(Secret::new(self.0.clone()))).boxed()
    }
}

fn built(config: &Value, file: &str) -> Result<(Arc<dyn IMSPlugin>, Arc<Noted>)> {
    let (cloud, clock) = (Cloud::new(), ManualClock::auto());
    let noted = Arc::new(Noted {
        way: Way {
            cloud,
            clock: clock.clone(),
        },
        hosts: Mutex::default(),
    });
    let ports = Ports::new(clock)
        .with_http(noted.clone())
        .with_secrets(Arc::new(File(file.to_owned())));
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
    Ok(((BACKEND.build)(info, config, &ports)?, noted))
}

/// The hosts that are asked for resources and types.
async fn asked(config: &Value, file: &str) -> BTreeSet<String> {
    let (plugin, noted) = built(config, file).unwrap();
    let (context, query) = (Context::new("test"), ListQuery::new());
    let resources = plugin.list_resources(&context, &query).await.unwrap();
    assert!(!resources.items.is_empty());
    plugin.list_resource_types(&context, &query).await.unwrap();
    noted.hosts.lock().unwrap().clone()
}

/// A file with an account and what else is said of the cloud.
fn file(more: &[&str]) -> String {
    let account = "clouds:\n  edge:\n    auth: {auth_url: 'https://keystone', username: o2, password: secret, project_name: o2}\n";
    let lines = more.iter().map(|line| format!("    {line}\n"));
    format!("{account}    region_name: RegionOne\n{}", lines.collect::<String>())
}

#[tokio::test]
async fn services_are_where_the_catalog_says_unless_somebody_knows_better() {
    let catalog = ["cinder", "keystone.example.com", "nova", "placement"];
    let mut config = example().unwrap();
    assert!(asked(&config, "").await.iter().eq(&catalog));
    config["endpoints"] = json!({
        "compute": "https://a/v2.1", "placement": "https://b/placement",
        "blockStorage": "https://c/v3/a6944d763bf64ee6a275f1263fae0352",
    });
    assert!(
        asked(&config, "")
            .await
            .iter()
            .eq(&["a", "b", "c", "keystone.example.com"])
    );

    let mut config = json!({"clouds": {"secret": "file", "cloud": "edge"}});
    let words = [
        "compute_endpoint_override: https://nova-nearby/v2.1",
        "placement_endpoint_override: https://p/placement",
    ];
    let hosts = asked(&config, &file(&words)).await;
    assert!(
        hosts.iter().eq(&["cinder", "keystone", "nova-nearby", "p"]),
        "{hosts:?}"
    );
    config["endpoints"] = json!({"placement": "https://b/placement"});
    let hosts = asked(&config, &file(&words)).await;
    assert!(
        hosts.iter().eq(&["b", "cinder", "keystone", "nova-nearby"]),
        "{hosts:?}"
    );
}

#[tokio::test]
async fn places_that_are_none_are_named() {
    let mut config = example().unwrap();
    config["endpoints"] = json!({"blockStorage": "cinder"});
    let error = built(&config, "").unwrap_err();
    assert!(
        error
            .message()
            .starts_with("endpoints.blockStorage: must be an absolute"),
        "{error}"
    );
    config["endpoints"] = json!({"network": "https://neutron"});
    assert!(built(&config, "").unwrap_err().is(ErrorKind::Config));

    let config = json!({"clouds": {"secret": "file", "cloud": "edge"}});
    let (plugin, _) = built(&config, &file(&["placement_endpoint_override: nowhere"])).unwrap();
    let listed = plugin.list_resources(&Context::new("test"), &ListQuery::new()).await;
    let error = listed.unwrap_err();
    let says = error
        .message()
        .starts_with("clouds.secret 'file'.placement: must be an absolute");
    assert!(error.is(ErrorKind::Config) && says, "{error}");
}
