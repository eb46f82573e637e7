//! Several deployments or packages in one request.

use serde_json::json;

use crate::world::{Answer, World};

fn statuses(answer: &Answer) -> Vec<u64> {
    let results = answer.body["results"].as_array().unwrap();
    results.iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn every_item_has_a_result_of_its_own() {
    for path in ["/batch/deployments", "/batch/nfDeployments"] {
        let world = World::new();
        let body = json!({"deployments": [
            {"name": "a", "packageId": "vdu-1.0"},
            {"name": "b", "packageId": "unknown"},
            {"name": "c", "nfDeploymentDescriptorId": "vdu-2.0"},
            {"name": "A", "packageId": "vdu-1.0"},
            {"name": "d", "packageId": "argo~repo"},
        ]});
        let answer = world.post(path, body).await.expect(207);
        assert_eq!(statuses(&answer), [202, 400, 202, 400, 202]);
        assert_eq!(answer.body["results"][0]["data"]["deploymentId"], "a");
        assert_eq!(answer.body["results"][4]["data"]["deploymentId"], "argo~d");
        assert_eq!(
            answer.body["results"][1]["error"]["violations"][0]["at"],
            "body.packageId"
        );
        assert_eq!(
            (&answer.body["successCount"], &answer.body["failureCount"]),
            (&json!(3), &json!(2))
        );
        world.pass(10);

        let scales = json!({"deployments": [{"deploymentId": "a", "replicas": 3}, {"nfDeploymentId": "argo~d", "replicas": 3}, {"deploymentId": "c", "replicas": 100_000}]});
        let answer = world.post(&format!("{path}/scale"), scales).await.expect(207);
        assert_eq!(statuses(&answer), [202, 501, 400]);
        world.pass(10);

        let ids = json!({"deploymentIds": ["a", "c", "x"]});
        let answer = world.post(&format!("{path}/delete"), ids).await.expect(207);
        assert_eq!(statuses(&answer), [202, 202, 404]);
        world.pass(10);
        let answer = world
            .post(&format!("{path}/delete"), json!({"nfDeploymentIds": ["argo~d"]}))
            .await;
        assert_eq!(statuses(&answer.expect(200)), [202]);
    }
}

#[tokio::test]
async fn packages_come_and_go_together() {
    for path in ["/batch/deploymentPackages", "/batch/nfDeploymentDescriptors"] {
        let world = World::new();
        let package = |name: &str| json!({"name": name, "packageType": "helm", "packageUrl": "oci://r/x"});
        let body = json!({"deploymentPackages": [package("a"), package("a"), package("b"), {"packageType": "helm"}]});
        let answer = world.post(path, body).await.expect(207);
        assert_eq!(statuses(&answer), [201, 409, 201, 400]);
        assert_eq!(answer.body["results"][2]["data"]["packageId"], "b-1.0");
        let answer = world
            .post(&format!("{path}/delete"), json!({"packageIds": ["a-1.0", "b-1.0"]}))
            .await;
        assert_eq!(statuses(&answer.expect(200)), [204, 204]);
        let aliased = json!({"nfDeploymentDescriptorIds": ["a-1.0"]});
        let answer = world.post(&format!("{path}/delete"), aliased).await;
        assert_eq!(statuses(&answer.expect(207)), [404]);
    }
}

#[tokio::test]
async fn batches_have_a_size_and_a_form() {
    let world = World::new();
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for (path, body, at) in [
        ("/batch/deployments", json!({"deployments": []}), "body"),
        ("/batch/deployments/delete", json!({"deploymentIds": many}), "body"),
        ("/batch/deployments/delete", json!({"ids": []}), "body.ids"),
        (
            "/batch/deployments",
            json!({"deployments": [{"name": "a"}]}),
            "body.deployments[0]",
        ),
        (
            "/batch/deployments",
            json!({"deployments": [], "atomic": true}),
            "body.atomic",
        ),
        (
            "/batch/deployments/scale",
            json!({"deployments": [{"deploymentId": "a", "replicas": -1}]}),
            "body.deployments[0].replicas",
        ),
        ("/batch/deployments?wait=1s", json!({"deployments": []}), "wait"),
    ] {
        world.post(path, body).await.expect_violation(at);
    }
}
