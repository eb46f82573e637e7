//! A gateway over a real cluster, and a subscriber that is told what happens there.
//!
//! The server is started by `tests/real/peers/kubernetes.sh start`; without it a line says that nothing was tried.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests against a server that really runs wait in real time, and end with the first surprise"
)]

mod cluster;
#[path = "../running/mod.rs"]
mod running;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::cluster::Cluster;
use self::running::{PATIENCE, Subscriber, World};

/// What operators are promised.
const SOON: Duration = Duration::from_secs(1);
const OUTAGE: Duration = Duration::from_secs(20);

/// As an operator would write it.
const CONFIG: &str = "
plugins:
  ims:
    - name: edge
      type: kubernetes
      config:
        cluster: { kubeconfig: KUBECONFIG, context: admin }
        nodeSelector: SELECTOR
";

/// A gateway over the nodes of one test.
fn gateway(cluster: &Cluster) -> World {
    let text = CONFIG.replace("KUBECONFIG", &cluster::kubeconfig().display().to_string());
    World::of(&text.replace("SELECTOR", &cluster.selector()))
}

#[tokio::test]
async fn a_subscriber_is_told_within_a_second() {
    let Some(cluster) = Cluster::find("notifications").await else {
        return;
    };
    let subscriber = Subscriber::listen().await;
    let world = gateway(&cluster);
    world.subscribe(&subscriber.url()).await;
    let work = async {
        let name = cluster.name("node");
        let began = Instant::now();
        cluster.add(&name).await;
        let told = subscriber
            .told(began, SOON, |told| is(told, "ResourceCreated", &name))
            .await;
        println!("added: told after {:?}", told - began);

        let began = Instant::now();
        cluster.cordon(&name).await;
        let cordoned = |told: &Value| {
            is(told, "ResourceUpdated", &name)
                && told["postObjectState"]["extensions"]["kubernetes.unschedulable"] == true
        };
        let told = subscriber.told(began, SOON, cordoned).await;
        println!("cordoned: told after {:?}", told - began);

        let began = Instant::now();
        cluster.remove(&name).await;
        let told = subscriber
            .told(began, SOON, |told| is(told, "ResourceDeleted", &name))
            .await;
        println!("removed: told after {:?}", told - began);
    };
    world.while_running(work).await;
}

#[tokio::test]
async fn an_outage_of_the_server_is_no_news_and_what_happens_after_it_is() {
    let Some(cluster) = Cluster::find("an outage, seen by a subscriber").await else {
        return;
    };
    let subscriber = Subscriber::listen().await;
    let world = gateway(&cluster);
    world.subscribe(&subscriber.url()).await;
    let work = async {
        let began = Instant::now();
        let kept = cluster.name("node");
        cluster.add(&kept).await;
        subscriber
            .told(began, PATIENCE, |told| is(told, "ResourceCreated", &kept))
            .await;
        cluster::tell(&["kill-api"]);
        tokio::time::sleep(OUTAGE).await;
        cluster::tell(&["start"]);
        // Before the gateway has noticed that the server is back.
        cluster.cordon(&kept).await;
        let added = cluster.name("node");
        cluster.add(&added).await;
        let cordoned = |told: &Value| {
            is(told, "ResourceUpdated", &kept)
                && told["postObjectState"]["extensions"]["kubernetes.unschedulable"] == true
        };
        let over = Instant::now();
        subscriber.told(began, PATIENCE, cordoned).await;
        subscriber
            .told(began, PATIENCE, |told| is(told, "ResourceCreated", &added))
            .await;
        println!("after the outage: told after {:?}", over.elapsed());
        let all = subscriber.all();
        let deleted: Vec<_> = all.iter().filter(|told| of(told, "ResourceDeleted")).collect();
        assert!(deleted.is_empty(), "{deleted:?}");
        let created = all.iter().filter(|told| is(told, "ResourceCreated", &kept)).count();
        assert_eq!(created, 1, "{all:?}");
    };
    world.while_running(work).await;
    cluster.clear().await;
}

/// Whether a notification is of this kind, `ResourceCreated`.
fn of(told: &Value, kind: &str) -> bool {
    told["eventType"] == kind
}

/// Whether a notification is of this kind, and about the resource with this name.
fn is(told: &Value, kind: &str, name: &str) -> bool {
    let object = |part: &str| told[part]["name"] == json!(name);
    of(told, kind) && (object("postObjectState") || object("priorObjectState"))
}
