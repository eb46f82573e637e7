//! Changes out of caches, on a played API server that is in every kind of trouble.

mod slow;

use futures::StreamExt;
use futures::future::{Either, select};
use kube::Client;
use kube::api::DynamicObject;
use o2_core::model::ChangeKind;
use o2_core::ports::Ports;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, ApiTrouble};
use serde_json::json;

use super::*;
use crate::kube::{Cache, Cached, Cluster, ClusterConfig, Clusters, Kind, Meta, Scope};

const CONFIG_MAPS: Kind = Kind::of_namespaces("", "v1", "ConfigMap", "configmaps");
const NODES: Kind = Kind::of_cluster("", "v1", "Node", "nodes");
const MISSING: Kind = Kind::of_cluster("example.com", "v1", "Thing", "things");

/// An object, as far as it is shown.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    meta: Meta,
    value: String,
}

impl Cached for Shown {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let mut meta = Meta::from(object.metadata);
        meta.resource_version.clear();
        let value = object.data.pointer("/data/value")?.as_str()?.to_owned();
        Some(Self { meta, value })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Watched for Shown {
    fn object(&self) -> &'static str {
        "shown"
    }

    fn id(&self) -> &str {
        &self.meta.uid
    }
}

/// Everything of some kinds, the first of which is needed.
struct All(Vec<Arc<Cache<Shown>>>);

impl Drawing<Shown> for All {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        self.0
            .iter()
            .map(|cache| Arc::clone(cache) as Arc<dyn Source>)
            .collect()
    }

    fn needed(&self) -> usize {
        1
    }

    fn draw(&mut self) -> Vec<Shown> {
        let each = self
            .0
            .iter()
            .map(|cache| cache.look(|objects| objects.values().map(|shown| (**shown).clone()).collect()));
        each.collect::<Vec<Vec<_>>>().concat()
    }
}

struct World {
    server: ApiServer,
    clock: Arc<ManualClock>,
    cluster: Arc<Cluster>,
}

type Stream = BoxStream<'static, Result<Change<Shown>>>;

impl World {
    fn new() -> Self {
        let clock = ManualClock::auto();
        let server = ApiServer::with_clock(clock.clone());
        let ports = Ports::new(clock.clone());
        ports
            .shared
            .get_or_default::<Clusters>()
            .provide("test", Client::new(server.clone(), "default"));
        let cluster = Clusters::open(&ClusterConfig::of_client("test"), &ports).unwrap();
        Self { server, clock, cluster }
    }

    fn changes(&self, kinds: &[Kind]) -> Arc<Changes<Shown>> {
        let caches = kinds
            .iter()
            .map(|kind| self.cluster.cache(kind, &Scope::all()))
            .collect();
        Arc::new(Changes::new(All(caches), self.clock.clone()))
    }

    fn put(&self, name: &str, value: &str) {
        self.server.put(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"},
            "data": {"value": value},
        }));
    }

    /// What is told until nothing has been for a minute, and how it ended if it did.
    async fn told(&self, stream: &mut Stream) -> (Vec<String>, Option<ErrorKind>) {
        let mut told = Vec::new();
        loop {
            let silence = self.clock.sleep(Duration::from_secs(60));
            match select(stream.next(), silence).await {
                Either::Left((Some(Ok(change)), _)) => told.push(words(&change)),
                Either::Left((Some(Err(error)), _)) => return (told, Some(error.kind())),
                Either::Left((None, _)) | Either::Right(_) => return (told, None),
            }
        }
    }

    fn count(&self, part: &str) -> usize {
        let seen = self.server.requests();
        seen.iter()
            .filter(|request| format!("{request:?}").contains(part))
            .count()
    }
}

fn words(change: &Change<Shown>) -> String {
    let sign = match change.kind {
        ChangeKind::Created => '+',
        ChangeKind::Updated => '~',
        _ => '-',
    };
    let object = change.object().unwrap();
    format!("{sign}{}={}", object.meta.name, object.value)
}

async fn watch(changes: &Arc<Changes<Shown>>) -> Result<Stream> {
    Arc::clone(changes)
        .watch(&Context::new("test"), None, |_, _| true)
        .await
}

async fn resume(changes: &Arc<Changes<Shown>>, mark: &str) -> Result<Stream> {
    Arc::clone(changes)
        .watch(&Context::new("test"), Some(mark), |_, _| true)
        .await
}

#[tokio::test]
async fn every_change_is_told_and_nothing_that_was_there() {
    let world = World::new();
    world.put("old", "1");
    let mut stream = watch(&world.changes(&[CONFIG_MAPS])).await.unwrap();
    world.put("a", "1");
    world.put("a", "2");
    world.server.remove("ConfigMap", "default", "a");
    world.put("old", "2");
    let (told, end) = world.told(&mut stream).await;
    assert_eq!((told.join(" "), end), ("+a=1 ~a=2 -a=2 ~old=2".to_owned(), None));
}

#[tokio::test]
async fn who_reads_the_same_kind_shares_one_watch() {
    let world = World::new();
    let (one, other) = (world.changes(&[CONFIG_MAPS]), world.changes(&[CONFIG_MAPS]));
    let mut streams = [
        watch(&one).await.unwrap(),
        watch(&one).await.unwrap(),
        watch(&other).await.unwrap(),
    ];
    world.put("a", "1");
    for stream in &mut streams {
        assert_eq!(world.told(stream).await.0, ["+a=1"]);
    }
    assert_eq!(
        (world.count("watch=true"), world.count("limit=500")),
        (1, 1),
        "{:?}",
        world.server.requests()
    );
}

#[tokio::test]
async fn who_stops_reading_stops_nobody_else() {
    let world = World::new();
    let changes = world.changes(&[CONFIG_MAPS]);
    let (mut left, mut stays) = (watch(&changes).await.unwrap(), watch(&changes).await.unwrap());
    assert_eq!(world.told(&mut left).await.0.len(), 0);
    drop(left);
    world.put("a", "1");
    assert_eq!(world.told(&mut stays).await.0, ["+a=1"]);
}

#[tokio::test]
async fn what_happens_while_a_watch_is_broken_is_caught_up_with() {
    type Break = fn(&ApiServer);
    let breaks: [(&str, Break); 3] = [
        ("ended", |server| server.disconnect_watches()),
        ("broken", |server| server.break_watches()),
        ("expired", |server| {
            server.disconnect_watches();
            server.forget();
        }),
    ];
    for (how, break_it) in breaks {
        let world = World::new();
        world.put("gone", "1");
        world.put("kept", "1");
        let mut stream = watch(&world.changes(&[CONFIG_MAPS])).await.unwrap();
        break_it(&world.server);
        world.put("new", "1");
        world.server.remove("ConfigMap", "default", "gone");
        if how == "expired" {
            world.server.forget();
        }
        let (mut told, end) = world.told(&mut stream).await;
        told.sort();
        assert_eq!((told.join(" "), end), ("+new=1 -gone=1".to_owned(), None), "{how}");
    }
}

#[tokio::test]
async fn an_outage_is_told_deletes_nothing_and_can_be_resumed() {
    let world = World::new();
    let changes = world.changes(&[CONFIG_MAPS]);
    let mut stream = watch(&changes).await.unwrap();
    world.put("a", "1");
    let first = stream.next().await.unwrap().unwrap();
    world.server.set_trouble(Some(ApiTrouble::Down));
    assert_eq!(
        world.told(&mut stream).await,
        (Vec::new(), Some(ErrorKind::Unavailable))
    );
    let refused = resume(&changes, &first.resume).await;
    assert_eq!(refused.err().map(|error| error.kind()), Some(ErrorKind::Unavailable));

    world.put("b", "1");
    world.server.set_trouble(None);
    let mut stream = resume(&changes, &first.resume).await.unwrap();
    assert_eq!(world.told(&mut stream).await, (vec!["+b=1".to_owned()], None));
}

#[tokio::test]
async fn an_outage_is_over_when_the_server_answers_though_nothing_happens() {
    let world = World::new();
    world.put("a", "1");
    let cache = world.cluster.cache::<Shown>(&CONFIG_MAPS, &Scope::all());
    let changes = Arc::new(Changes::new(All(vec![Arc::clone(&cache)]), world.clock.clone()));
    let mut stream = watch(&changes).await.unwrap();
    world.server.set_trouble(Some(ApiTrouble::Down));
    assert_eq!(
        world.told(&mut stream).await,
        (Vec::new(), Some(ErrorKind::Unavailable))
    );
    world.server.set_trouble(None);
    let mut stream = watch(&changes).await.unwrap();
    assert_eq!(world.told(&mut stream).await, (Vec::new(), None));
    assert!(
        matches!(cache.status(), crate::kube::cache::Status::Current),
        "{:?}",
        cache.status()
    );
}

#[tokio::test]
async fn who_keeps_reading_through_a_short_outage_knows_when_it_is_over() {
    let world = World::new();
    world.put("a", "1");
    let cache = world.cluster.cache::<Shown>(&CONFIG_MAPS, &Scope::all());
    let changes = Arc::new(Changes::new(All(vec![Arc::clone(&cache)]), world.clock.clone()));
    let mut stream = watch(&changes).await.unwrap();
    world.server.break_watches();
    world.server.fail_next(
        2,
        |request| request.method == "GET",
        o2_testkit::kubernetes::Status::service_unavailable("starting"),
    );
    assert_eq!(world.told(&mut stream).await, (Vec::new(), None));
    assert!(
        matches!(cache.status(), crate::kube::cache::Status::Current),
        "{:?}",
        cache.status()
    );
}

#[tokio::test]
async fn a_short_outage_is_told_to_nobody() {
    let world = World::new();
    let mut stream = watch(&world.changes(&[CONFIG_MAPS])).await.unwrap();
    world.server.break_watches();
    world.server.fail_next(
        2,
        |request| request.method == "GET",
        o2_testkit::kubernetes::Status::too_many_requests(1),
    );
    world.put("a", "1");
    assert_eq!(world.told(&mut stream).await, (vec!["+a=1".to_owned()], None));
}

#[tokio::test]
async fn what_may_not_be_seen_is_left_out_unless_it_is_needed() {
    let world = World::new();
    world.put("a", "1");
    world.server.deny("nodes", &["list", "watch"]);
    let mut stream = watch(&world.changes(&[CONFIG_MAPS, NODES, MISSING])).await.unwrap();
    world.put("b", "1");
    assert_eq!(world.told(&mut stream).await.0, ["+b=1"]);
    let needed = watch(&world.changes(&[NODES, CONFIG_MAPS])).await;
    assert_eq!(
        needed.err().map(|error| error.kind()),
        Some(ErrorKind::PermissionDenied)
    );
}

#[tokio::test]
async fn a_permission_that_is_taken_away_deletes_nothing() {
    let world = World::new();
    world.put("a", "1");
    let mut stream = watch(&world.changes(&[NODES, CONFIG_MAPS])).await.unwrap();
    world.server.deny("configmaps", &["list", "watch"]);
    world.server.forget();
    world.server.break_watches();
    assert_eq!(world.told(&mut stream).await, (Vec::new(), None));
}

#[tokio::test]
async fn what_may_be_listed_but_not_watched_is_listed_again_and_again() {
    let world = World::new();
    world.server.deny("configmaps", &["watch"]);
    let mut stream = watch(&world.changes(&[CONFIG_MAPS])).await.unwrap();
    world.put("a", "1");
    assert_eq!(world.told(&mut stream).await, (vec!["+a=1".to_owned()], None));
}

#[tokio::test]
async fn a_watch_that_nobody_read_begins_anew_with_what_is_there() {
    let world = World::new();
    let changes = world.changes(&[CONFIG_MAPS]);
    drop(watch(&changes).await.unwrap());
    world.put("a", "1");
    world.clock.sleep(Duration::from_secs(3)).await;
    let mut stream = watch(&changes).await.unwrap();
    world.put("b", "1");
    assert_eq!(
        world.told(&mut stream).await.0,
        ["+b=1"],
        "what was before is no change from now on"
    );
}

#[tokio::test]
async fn a_closed_plugin_has_no_changes() {
    let world = World::new();
    let changes = world.changes(&[CONFIG_MAPS]);
    let mut stream = watch(&changes).await.unwrap();
    changes.close();
    assert!(stream.next().await.is_none());
    assert_eq!(
        watch(&changes).await.err().map(|error| error.kind()),
        Some(ErrorKind::Unavailable)
    );
}
