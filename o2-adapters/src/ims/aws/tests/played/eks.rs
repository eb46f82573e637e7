//! One cluster with two node groups, which have the Auto Scaling groups `pool-a` and `pool-b`; in JSON, name by name.

use std::collections::BTreeSet;

use serde_json::json;

use super::Reply;

pub(super) fn refusal(code: &str, message: &str) -> String {
    json!({"__type": code, "message": message}).to_string()
}

/// What is at the path after `/clusters`.
pub(super) fn answer(path: &str, gone: &BTreeSet<&'static str>) -> Reply {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let described = match parts[..] {
        [] => json!({"clusters": ["edge"], "nextToken": null}),
        ["edge", "node-groups"] => json!({"nodegroups": ["ng-a", "ng-b"]}),
        ["edge", "node-groups", name @ ("ng-a" | "ng-b")] if !gone.contains(name) => {
            let group = name.replace("ng-", "pool-");
            json!({"nodegroup": {
                "nodegroupName": name, "clusterName": "edge", "status": "ACTIVE",
                "nodegroupArn": format!("arn:aws:eks:eu-west-1:123456789012:nodegroup/edge/{name}/17346ce1"),
                "scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 1},
                "resources": {"autoScalingGroups": [{"name": group}]},
            }})
        }
        _ => return (404, json!({"message": "No node group found for name"}).to_string()),
    };
    (200, described.to_string())
}
