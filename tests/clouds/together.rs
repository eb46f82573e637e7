//! One gateway over all clouds, and a memory backend beside them: rules say where new pools go, lists show all of them, and one
//! that is down takes away no more than what is its own.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use crate::line::Line;
use crate::moto::{Moto, TEMPLATE};
use crate::peers::{MOTO, OPENSTACK, VSPHERE, held, name};
use crate::site::{POOLS, Pool, Site, encoded, made_here, text, until};

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
const CLOUDS: [&str; 3] = ["aws-cloud", "openstack-nfv", "vsphere-edge"];

/// All peers, two of which can be cut off.
struct Together {
    site: Site,
    moto: Moto,
    to_moto: Line,
    to_vsphere: Line,
}

impl Together {
    async fn new() -> Self {
        let moto = Moto::new(REGION).await;
        let (to_moto, to_vsphere) = (Line::to(&MOTO).await, Line::to(&VSPHERE).await);
        let ports = [
            ("MOTO", to_moto.port()),
            ("VSPHERE", to_vsphere.port()),
            ("OPENSTACK", OPENSTACK.port()),
        ];
        let config = CONFIG.replace("REGION", REGION);
        let config = ports.iter().fold(config, |text, (peer, port)| {
            text.replace(&format!("127.0.0.1:{peer}"), &format!("127.0.0.1:{port}"))
        });
        let site = Site::new(&config).await;
        Self {
            site,
            moto,
            to_moto,
            to_vsphere,
        }
    }

    async fn ids(&self) -> Vec<String> {
        let listed = self.site.get(POOLS).await;
        assert_eq!(listed.header("o2-partial"), "");
        listed.items("resourcePoolId")
    }

    /// One pool at each, where the rules say it goes. Names tell the order in which they are given.
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
            (at_aws, "aws-cloud~"),
            (at_vsphere, "vsphere-edge~"),
            (in_lab, ""),
            (at_openstack, "openstack-nfv~"),
        ] {
            let pool = Pool::created(&self.site, &body).await;
            assert_eq!(prefix(&pool.id), plugin);
            pools.push(pool);
        }
        pools
    }
}

/// What the id of an object begins with that is not the default plugin's.
fn prefix(id: &str) -> &str {
    id.find('~').map_or("", |end| &id[..=end])
}

/// The items of a list, a few at a time.
async fn walked(site: &Site, target: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = Some(format!("{target}limit={limit}"));
    while let Some(target) = next {
        let page = site.get(&target).await;
        let found = page.items("resourcePoolId");
        next = page.expect(200)["pagination"]["nextPage"].as_str().map(str::to_owned);
        assert!(found.len() == limit || next.is_none(), "{target}: {found:?}");
        ids.extend(found);
    }
    ids
}

#[tokio::test]
async fn new_pools_go_where_the_rules_say_and_lists_show_all() {
    let peers = [&MOTO, &VSPHERE, &OPENSTACK];
    let Some(_held) = held("all clouds behind one gateway", &peers).await else {
        return;
    };
    let together = Together::new().await;
    let work = async {
        let site = &together.site;
        let run = name("run");
        let pools = together.create(&run).await;
        let made: Vec<_> = pools.iter().map(|pool| pool.id.clone()).collect();

        let all = together.ids().await;
        let of: BTreeSet<_> = all.iter().map(|id| prefix(id)).collect();
        assert_eq!(
            of,
            BTreeSet::from(["", "aws-cloud~", "openstack-nfv~", "vsphere-edge~"])
        );
        for limit in [1, 2, 5] {
            assert_eq!(walked(site, &format!("{POOLS}?"), limit).await, all, "limit {limit}");
        }
        let of_run = format!("{POOLS}?filter=(eq,labels/run,{run})&sort=-name&");
        let mut backwards = made.clone();
        backwards.reverse();
        for limit in [1, 3, 4] {
            assert_eq!(walked(site, &of_run, limit).await, backwards, "limit {limit}");
        }
        let resources = site.get("/o2ims/v2/resources").await.items("resourceId");
        let of: BTreeSet<_> = resources.iter().map(|id| prefix(id)).collect();
        assert_eq!(of.len(), 4, "{of:?}");

        who_is_asked_for_one_pool(&together, &pools).await;
        let explained = site
            .get("/admin/v1/routing/explain?category=ims&object=resourcePool&operation=create_resource_pool&location=DC1")
            .await;
        let decision = json!({"plugin": "vsphere-edge", "by": "rule", "rule": "edge-pools"});
        assert_eq!(explained.expect(200)["decision"], decision);
        for pool in pools {
            pool.deleted(true).await;
        }
    };
    together.site.world.while_running(work).await;
}

/// Its plugin, and nobody else: that others are down does not matter.
async fn who_is_asked_for_one_pool(together: &Together, pools: &[Pool<'_>]) {
    let site = &together.site;
    for pool in pools {
        let plugin = match prefix(&pool.id) {
            "" => "lab",
            qualified => qualified.trim_end_matches('~'),
        };
        if plugin != "aws-cloud" {
            together.to_moto.cut();
        }
        if plugin != "vsphere-edge" {
            together.to_vsphere.cut();
        }
        let before = site.asked_for_a_pool().await;
        site.get(&pool.path).await.expect(200);
        let after = site.asked_for_a_pool().await;
        let asked: Vec<_> = after
            .iter()
            .filter(|(name, calls)| before.get(*name) != Some(calls))
            .collect();
        let once = before.get(plugin).copied().unwrap_or_default() + 1;
        assert_eq!(asked, [(&plugin.to_owned(), &once)]);
        together.to_moto.mend();
        together.to_vsphere.mend();
        until("all answer again", async || complete(site).await).await;
    }
}

async fn complete(site: &Site) -> bool {
    site.get(POOLS).await.header("o2-partial").is_empty()
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
        down(&together, "aws-cloud", &together.to_moto, &pools[0]).await;
        down(&together, "vsphere-edge", &together.to_vsphere, &pools[1]).await;

        // What happened meanwhile is told when it is back.
        let group = text(&pools[0].shown().await, "name");
        together.to_moto.cut();
        let began = Instant::now();
        together.moto.resize(&group, 3).await;
        until("the outage is noticed", async || {
            let remembered = together.site.remembered(POOLS).await;
            remembered.header("o2-partial") == "aws-cloud=unavailable"
        })
        .await;
        together.to_moto.mend();
        let resized = |pool: &Value| pool["name"] == *group && pool["replicas"] == 3;
        together.site.told(began, "ResourcePoolUpdated", resized).await;
        nothing_was_told_as_gone(&together.site);
        for pool in pools {
            pool.deleted(true).await;
        }
    };
    together.site.world.while_running(work).await;
}

async fn down(together: &Together, plugin: &str, line: &Line, pool: &Pool<'_>) {
    let site = &together.site;
    let all = together.ids().await;
    let own = format!("{plugin}~");
    let others: Vec<_> = all.iter().filter(|id| prefix(id) != own).cloned().collect();
    assert!(CLOUDS.contains(&plugin) && others.len() < all.len());

    line.cut();
    let began = Instant::now();
    let listed = site.get(POOLS).await;
    println!("{plugin} is down: listed after {:?}", began.elapsed());
    assert_eq!(listed.header("o2-partial"), format!("{plugin}=unavailable"));
    assert_eq!(listed.items("resourcePoolId"), others);
    let list = listed.expect(200);
    assert_eq!(
        (
            &list["warnings"][0]["plugin"],
            list["warnings"].as_array().unwrap().len()
        ),
        (&json!(plugin), 1)
    );
    let problem = site.get(&pool.path).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (503, "unavailable"));
    assert_eq!(problem.plugin.as_deref(), Some(plugin));
    let walked = walked(site, &format!("{POOLS}?"), 2).await;
    assert_eq!(walked, others);

    // Whoever takes what the gateway remembers sees all, and is told that it may be old.
    until("the gateway has noticed", async || {
        !site.remembered(POOLS).await.header("o2-partial").is_empty()
    })
    .await;
    let remembered = site.remembered(POOLS).await;
    assert_eq!(remembered.header("o2-partial"), format!("{plugin}=unavailable"));
    assert_eq!(remembered.items("resourcePoolId"), all);
    site.remembered(&format!("{POOLS}/{}", encoded(&pool.id)))
        .await
        .expect(200);

    line.mend();
    let began = Instant::now();
    until("all answer again", async || {
        complete(site).await && site.remembered(POOLS).await.header("o2-partial").is_empty()
    })
    .await;
    println!("{plugin} is back: complete after {:?}", began.elapsed());
    assert_eq!(together.ids().await, all);
}

fn nothing_was_told_as_gone(site: &Site) {
    let all = site.subscriber.all();
    let gone: Vec<_> = all
        .iter()
        .filter(|told| told["eventType"].as_str().is_some_and(|kind| kind.ends_with("Deleted")))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}
