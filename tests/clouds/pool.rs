//! [`Pool`]: a pool that was made through the gateway, and what is done with it and told of it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::site::{POOLS, Site, text, until};

/// A pool that was made through the gateway.
pub(crate) struct Pool<'s> {
    site: &'s Site,
    pub(crate) id: String,
    pub(crate) path: String,
}

impl<'s> Pool<'s> {
    /// A new one, of which the subscriber was told.
    pub(crate) async fn created(site: &'s Site, body: &Value) -> Self {
        let began = Instant::now();
        let answer = site.post(POOLS, body).await;
        let made = answer.expect(201);
        let pool = Self {
            site,
            id: text(&made, "resourcePoolId"),
            path: answer.header("location").to_owned(),
        };
        for attribute in body.as_object().unwrap().keys().filter(|key| *key != "extensions") {
            assert_eq!(made[attribute], body[attribute], "{attribute}: {made}");
        }
        assert_eq!(pool.shown().await["name"], body["name"]);
        pool.told(began, "ResourcePoolCreated", |told| told["name"] == body["name"])
            .await;
        pool
    }

    /// As the backend shows it, alone and in the list.
    pub(crate) async fn shown(&self) -> Value {
        let pool = self.site.get(&self.path).await.expect(200);
        let filter = format!("{POOLS}?filter=(eq,resourcePoolId,'{}')", self.id);
        let listed = self.site.get(&filter).await.expect(200);
        assert_eq!(listed["items"], json!([pool]));
        pool
    }

    async fn told(&self, began: Instant, kind: &str, wanted: impl Fn(&Value) -> bool) {
        let is_it = |told: &Value| told["resourcePoolId"] == *self.id && wanted(told);
        self.site.told(began, kind, is_it).await;
    }

    /// Changes parts of it; the subscriber was told of what is `shown` then.
    pub(crate) async fn patched(&self, patch: &Value, shown: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        let answered = self.site.patch(&self.path, patch).await.expect(200);
        assert!(shown(&answered), "{answered}");
        assert!(shown(&self.shown().await));
        self.told(began, "ResourcePoolUpdated", shown).await;
    }

    /// Replaces it with itself, but for this attribute.
    pub(crate) async fn replaced(&self, attribute: &str, value: &Value) {
        let mut body = self.shown().await;
        body[attribute] = value.clone();
        let began = Instant::now();
        let answered = self.site.put(&self.path, &body).await.expect(200);
        assert_eq!(answered[attribute], *value);
        assert_eq!(self.shown().await[attribute], *value);
        self.told(began, "ResourcePoolUpdated", |told| told[attribute] == *value)
            .await;
    }

    pub(crate) async fn resources(&self) -> Vec<String> {
        let listed = self.site.get(&format!("{}/resources", self.path)).await;
        assert!(listed.items("resourcePoolId").iter().all(|pool| *pool == self.id));
        listed.items("resourceId")
    }

    /// Waits until the subscriber was told this about `count` resources of the pool.
    pub(crate) async fn resources_told(&self, kind: &str, count: usize) -> Vec<String> {
        let told = || self.site.resources_told(kind, &self.id);
        until(&format!("{count} times {kind}"), async || told().len() >= count).await;
        let told = told();
        assert_eq!(told.len(), count, "{kind}: {told:?}");
        told
    }

    /// What has resources goes with force only.
    pub(crate) async fn kept_without_force(&self) {
        let problem = self.site.delete(&self.path).await.problem();
        assert_eq!((problem.status, problem.error.as_str()), (409, "conflict"));
        assert!(self.shown().await.is_object());
    }

    pub(crate) async fn deleted(self, force: bool) {
        let target = format!("{}?force={force}", self.path);
        let began = Instant::now();
        self.site.delete(&target).await.expect(204);
        let problem = self.site.get(&self.path).await.problem();
        assert_eq!((problem.status, problem.error.as_str()), (404, "notFound"));
        self.told(began, "ResourcePoolDeleted", |_| true).await;
    }

    /// This change is refused, because of this part of the request.
    pub(crate) async fn refuses(&self, patch: &Value, at: &str) {
        let problem = self.site.patch(&self.path, patch).await.problem();
        assert_eq!(
            (problem.status, problem.error.as_str()),
            (400, "invalidInput"),
            "{patch}"
        );
        assert_eq!(problem.at, [at], "{}", problem.detail);
    }

    /// What no backend of a cloud knows of a pool.
    pub(crate) async fn has_no_metrics_and_events(&self, plugin: &str) {
        for (what, operation) in [
            ("metrics", "get_resource_pool_metrics"),
            ("events", "list_resource_pool_events"),
        ] {
            let problem = self.site.get(&format!("{}/{what}", self.path)).await.problem();
            assert_eq!((problem.status, problem.error.as_str()), (501, "unsupported"), "{what}");
            assert_eq!(problem.plugin.as_deref(), Some(plugin));
            assert_eq!(problem.operation.as_deref(), Some(operation));
        }
    }
}
