//! One gateway over all clouds, and a memory backend beside them: rules say where new pools go, lists show all of them, and one
//! that is down takes away no more than what is its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::line::Line;
use crate::moto::{Moto, TEMPLATE};
use crate::peers::{MOTO, NOVA, OPENSTACK, PLACEMENT, VSPHERE, held, name};
use crate::pool::Pool;
use crate::site::{POOLS, Site, made_here, text, until};

const REGION: &str = "sa-east-1";
/// The rules are of the kinds that operators write: by label, by location, by what an extension says, and one for the rest.
const CONFIG: &str = "
plugins:
  ims:
    - name: lab
      type: memory
      default: true
    - name: aws-cloud
      type: aws
      collect: {interval: 500ms}
      config:
        regions: [REGION]
        endpoint: http://127.0.0.1:MOTO
        credentials: {accessKeyId: test, secretAccessKey: test}
    - name: vsphere-edge
      type: vsphere
      config:
        endpoint: http://127.0.0.1:VSPHERE
        username: o2ims
        password: pa<ss&word
        watchSeconds: 2
    - name: openstack-nfv
      type: openstack
      collect: {interval: 2s}
      config:
        auth:
          authUrl: http://127.0.0.1:OPENSTACK/v3
          username: o2
          password: o2
          projectName: admin
        endpoints: {compute: http://127.0.0.1:NOVA/v2.1, placement: http://127.0.0.1:PLACEMENT}
routing:
  ims:
    rules:
      - name: openstack-nfv-resources
        priority: 100
        plugin: openstack-nfv
        resourceType: '*'
        conditions:
          labels:
            infrastructure.type: openstack
      - name: cloud-pools
        priority: 95
        plugin: aws-cloud
        resourceType: resourcePool
        conditions:
          extensions:
            type: cloud
      - name: edge-pools
        priority: 90
        plugin: vsphere-edge
        resourceType: resourcePool
        conditions:
          location:
            prefix: DC
      - name: default-lab
        priority: 1
        plugin: lab
        resourceType: '*'
resilience:
  circuitBreaker: {openFor: 500ms}
collectors:
  maxBackoff: 1s
";

/// All peers, each of which can be cut off.
struct Together {
    site: Site,
    moto: Moto,
    /// The ways to what each plugin talks to.
    lines: BTreeMap<&'static str, Vec<Line>>,
}

impl Together {
    async fn new() -> Self {
        let moto = Moto::new(REGION).await;
        let (mut config, mut lines) = (CONFIG.replace("REGION", REGION), BTreeMap::new());
        for (plugin, peer, called) in [
            ("aws-cloud", MOTO, "MOTO"),
            ("vsphere-edge", VSPHERE, "VSPHERE"),
            ("openstack-nfv", OPENSTACK, "OPENSTACK"),
            ("openstack-nfv", NOVA, "NOVA"),
            ("openstack-nfv", PLACEMENT, "PLACEMENT"),
        ] {
            let line = Line::to(&peer).await;
            config = config.replace(&format!("127.0.0.1:{called}"), &format!("127.0.0.1:{}", line.port()));
            lines.entry(plugin).or_insert_with(Vec::new).push(line);
        }
        let site = Site::new(&config).await;
        Self { site, moto, lines }
    }

    async fn ids(&self) -> Vec<String> {
        let listed = self.site.get(POOLS).await;
        assert_eq!(listed.header("o2-partial"), "");
        listed.items("resourcePoolId")
    }

    fn cut(&self, plugin: &str) {
        self.lines[plugin].iter().for_each(Line::cut);
    }

    /// Mends all lines, and waits until all plugins answer again.
    async fn mend(&self) {
        self.lines.values().flatten().for_each(Line::mend);
        until("all plugins answer again", async || {
            // One that was found unhealthy is left alone until it is checked again, or when somebody wants it.
            for plugin in self.lines.keys() {
                let check = format!("/admin/v1/plugins/ims/{plugin}/health");
                self.site.get(&check).await.expect(200);
            }
            let answers = [self.site.get(POOLS).await, self.site.remembered(POOLS).await];
            answers.iter().all(|answer| answer.header("o2-partial").is_empty())
        })
        .await;
    }

    /// One pool at each, where the rules say it goes. Their names tell the order.
    async fn create(&self, run: &str) -> Vec<Pool<'_>> {
        let mut labels = made_here();
        labels["run"] = json!(run);
        let new = |what: &str, labels: &Value| json!({"name": format!("{run}-{what}"), "labels": labels});
        let mut at_aws = new("a", &labels);
        at_aws["location"] = json!(format!("{REGION}a"));
        at_aws["replicas"] = json!(1);
        at_aws["extensions"] = json!({"type": "cloud", "aws.launchTemplate": {"name": TEMPLATE}, "aws.maxSize": 5});
        let mut at_vsphere = new("b", &labels);
        at_vsphere["location"] = json!("DC1");
        let in_lab = new("c", &labels);
        labels["infrastructure.type"] = json!("openstack");
        let at_openstack = new("d", &labels);

        let mut pools = Vec::new();
        for (body, plugin) in [
            (at_aws, "aws-cloud"),
            (at_vsphere, "vsphere-edge"),
            (in_lab, "lab"),
            (at_openstack, "openstack-nfv"),
        ] {
            let pool = Pool::created(&self.site, &body).await;
            assert_eq!(owner(&pool.id), plugin);
            pools.push(pool);
        }
        pools
    }
}

/// Whose the object with this id is: those of the default plugin have plain ids.
fn owner(id: &str) -> &str {
    id.split_once('~').map_or("lab", |(plugin, _)| plugin)
}

/// The items of a list, a few at a time, and who is down, as the pages say it.
async fn walked(target: &str, limit: usize, get: impl AsyncFn(&str) -> Answer) -> (Vec<String>, BTreeSet<String>) {
    let (mut ids, mut partial) = (Vec::new(), BTreeSet::new());
    let mut target = format!("{target}limit={limit}");
    loop {
        let page = get(&target).await;
        let found = page.items("resourcePoolId");
        let count = found.len();
        ids.extend(found);
        partial.extend(Some(page.header("o2-partial").to_owned()).filter(|missing| !missing.is_empty()));
        match page.expect(200)["pagination"]["nextPage"].as_str() {
            None => return (ids, partial),
            Some(next) => {
                assert_eq!(count, limit, "{target}");
                next.clone_into(&mut target);
            }
        }
    }
}

#[tokio::test]
async fn new_pools_go_where_the_rules_say_and_lists_show_all() {
    let peers = [&MOTO, &VSPHERE, &OPENSTACK];
    let Some(_held) = held("all clouds behind one gateway", &peers).await else {
        return;
    };
    let together = Together::new().await;
    let work = async {
        let run = name("run");
        let pools = together.create(&run).await;
        lists_show_all(&together, &run, &pools).await;
        who_is_asked_for_one_pool(&together, &pools).await;
        let ask = "category=ims&object=resourcePool&operation=create_resource_pool&location=DC1";
        let explained = together.site.get(&format!("/admin/v1/routing/explain?{ask}")).await;
        let decision = json!({"plugin": "vsphere-edge", "by": "rule", "rule": "edge-pools"});
        assert_eq!(explained.expect(200)["decision"], decision);
        for pool in pools {
            pool.deleted(true).await;
        }
    };
    together.site.world.while_running(work).await;
}

async fn lists_show_all(together: &Together, run: &str, pools: &[Pool<'_>]) {
    let site = &together.site;
    let get = async |target: &str| site.get(target).await;
    let everybody = BTreeSet::from(["aws-cloud", "lab", "openstack-nfv", "vsphere-edge"]);
    let owners = |ids: &[String]| ids.iter().map(|id| owner(id).to_owned()).collect::<BTreeSet<_>>();

    let all = together.ids().await;
    assert!(owners(&all).iter().eq(&everybody), "{all:?}");
    for limit in [1, 2, 5] {
        let every = walked(&format!("{POOLS}?"), limit, get).await;
        assert_eq!(every, (all.clone(), BTreeSet::new()), "limit {limit}");
    }
    let of_run = format!("{POOLS}?filter=(eq,labels/run,{run})&sort=-name&");
    let backwards: Vec<_> = pools.iter().rev().map(|pool| pool.id.clone()).collect();
    for limit in [1, 3, 4] {
        let sorted = walked(&of_run, limit, get).await;
        assert_eq!(sorted, (backwards.clone(), BTreeSet::new()), "limit {limit}");
    }
    let resources = site.get("/o2ims/v2/resources").await.items("resourceId");
    assert!(owners(&resources).iter().eq(&everybody), "{resources:?}");
}

/// Its plugin, and nobody else: that others are down does not matter.
async fn who_is_asked_for_one_pool(together: &Together, pools: &[Pool<'_>]) {
    let site = &together.site;
    for pool in pools {
        let plugin = owner(&pool.id);
        let others = together.lines.keys().filter(|name| **name != plugin);
        others.for_each(|other| together.cut(other));
        let before = site.asked_for_a_pool().await;
        site.get(&pool.path).await.expect(200);
        let mut expected = before.clone();
        *expected.entry(plugin.to_owned()).or_default() += 1;
        assert_eq!(site.asked_for_a_pool().await, expected, "{plugin} was {before:?}");
        together.mend().await;
    }
}

#[tokio::test]
async fn one_that_is_down_is_named_and_nothing_of_the_others_is_missing() {
    let peers = [&MOTO, &VSPHERE, &OPENSTACK];
    let Some(_held) = held("one of several clouds is down", &peers).await else {
        return;
    };
    let together = Together::new().await;
    let work = async {
        let pools = together.create(&name("run")).await;
        for plugin in together.lines.keys() {
            let pool = pools.iter().find(|pool| owner(&pool.id) == *plugin).unwrap();
            down(&together, plugin, pool).await;
        }
        changes_amid_an_outage_are_told(&together, &pools[0]).await;
        for pool in pools {
            pool.deleted(true).await;
        }
    };
    together.site.world.while_running(work).await;
}

async fn down(together: &Together, plugin: &str, pool: &Pool<'_>) {
    let site = &together.site;
    let all = together.ids().await;
    let others: Vec<_> = all.iter().filter(|id| owner(id) != plugin).cloned().collect();
    let (every, partial) = (format!("{POOLS}?"), format!("{plugin}=unavailable"));

    together.cut(plugin);
    let began = Instant::now();
    let listed = site.get(POOLS).await;
    println!("{plugin} is down: listed after {:?}", began.elapsed());
    assert_eq!(listed.header("o2-partial"), partial);
    assert_eq!(listed.items("resourcePoolId"), others);
    let warnings = listed.expect(200)["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 1);
    assert_eq!(warnings[0]["plugin"], plugin);
    let problem = site.get(&pool.path).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (503, "unavailable"));
    assert_eq!(problem.plugin.as_deref(), Some(plugin));
    let get = async |target: &str| site.get(target).await;
    assert_eq!(
        walked(&every, 2, get).await,
        (others, BTreeSet::from([partial.clone()]))
    );

    // Whoever takes what the gateway remembers sees all of them.
    noticed(site, &partial).await;
    let remembered = async |target: &str| site.remembered(target).await;
    let (mut known, missing) = walked(&every, 2, remembered).await;
    // Plugins that are known to be down come last.
    known.sort();
    let mut expected = all.clone();
    expected.sort();
    assert_eq!((known, missing), (expected, BTreeSet::from([partial])));
    let shown = site.remembered(&pool.path).await;
    assert_eq!(shown.expect(200)["resourcePoolId"], *pool.id);

    let began = Instant::now();
    together.mend().await;
    println!("{plugin} is back: complete after {:?}", began.elapsed());
    assert_eq!(together.ids().await, all);
}

/// Waits until what the gateway remembers is too old, so that the plugin is asked, and does not answer.
async fn noticed(site: &Site, partial: &str) {
    until("the outage is noticed", async || {
        let remembered = site.remembered(POOLS).await;
        let age = remembered.header("age").parse().unwrap_or(0);
        age >= 2 && remembered.header("o2-partial") == partial
    })
    .await;
}

/// Once it is over; and the outage itself is no news.
async fn changes_amid_an_outage_are_told(together: &Together, pool: &Pool<'_>) {
    let site = &together.site;
    let group = text(&pool.shown().await, "name");
    together.cut("aws-cloud");
    let began = Instant::now();
    together.moto.resize(&group, 3).await;
    noticed(site, "aws-cloud=unavailable").await;
    together.mend().await;
    let resized = |shown: &Value| shown["name"] == *group && shown["replicas"] == 3;
    site.told(began, "ResourcePoolUpdated", resized).await;
    let all = site.subscriber.all();
    let is_gone = |told: &&Value| text(told, "eventType").ends_with("Deleted");
    let gone: Vec<_> = all.iter().filter(is_gone).collect();
    assert!(gone.is_empty(), "{gone:?}");
}
