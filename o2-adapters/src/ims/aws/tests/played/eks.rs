//! One cluster, `edge`, whose node groups have Auto Scaling groups: two of them `pool-a` and `pool-b`; in JSON, name by name.
//! What went wrong is said in a header, as EKS does.

use std::collections::BTreeMap;

use http::Method;
use o2_testkit::conformance::Trouble;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::State;

/// A status, a body, and the code of what went wrong.
pub(super) type Told = (u16, String, Option<&'static str>);

/// A node group; its sizes are those of its Auto Scaling group.
#[derive(Debug)]
pub(super) struct Node {
    /// Its Auto Scaling group.
    pub(super) group: String,
    pub(super) arn: String,
    /// What is said of it as it was asked for.
    said: Map<String, Value>,
    tags: BTreeMap<String, String>,
    pub(super) status: &'static str,
}

pub(super) fn refusal(status: u16, code: &'static str, message: &str) -> Told {
    (status, json!({"message": message}).to_string(), Some(code))
}

fn unknown() -> Told {
    refusal(404, "ResourceNotFoundException", "No node group found for name")
}

fn done(answer: &Value) -> Told {
    (200, answer.to_string(), None)
}

/// The call of this method and path.
fn action(method: &Method, parts: &[&str]) -> &'static str {
    match (method.as_str(), parts) {
        ("GET", ["clusters"]) => "ListClusters",
        ("GET", ["clusters", _, "node-groups"]) => "ListNodegroups",
        ("GET", ["clusters", _, "node-groups", _]) => "DescribeNodegroup",
        ("POST", ["clusters", _, "node-groups"]) => "CreateNodegroup",
        ("DELETE", ["clusters", _, "node-groups", _]) => "DeleteNodegroup",
        ("POST", ["clusters", _, "node-groups", _, "update-config"]) => "UpdateNodegroupConfig",
        ("POST", ["clusters", _, "node-groups", _, "update-version"]) => "UpdateNodegroupVersion",
        ("POST", ["tags", _]) => "TagResource",
        ("DELETE", ["tags", _]) => "UntagResource",
        _ => "nothing",
    }
}

impl State {
    /// A node group with this Auto Scaling group.
    pub(super) fn add_node(&mut self, name: &str, group: &str) -> &mut Node {
        self.counter += 1;
        let arn = format!(
            "arn:aws:eks:eu-west-1:123456789012:nodegroup/edge/{name}/{:08x}",
            self.counter
        );
        let node = Node {
            group: group.to_owned(),
            arn,
            said: Map::new(),
            tags: BTreeMap::new(),
            status: "ACTIVE",
        };
        self.nodes.insert(name.to_owned(), node);
        self.nodes.get_mut(name).unwrap()
    }

    /// What EKS answers.
    pub(super) fn eks(&mut self, request: &http::Request<bytes::Bytes>) -> Told {
        let parts: Vec<_> = request.uri().path().split('/').skip(1).collect();
        let action = action(request.method(), &parts);
        self.calls.push((action.to_owned(), None));
        if let Some((status, code)) = self.refused(action) {
            return refusal(status, code, "as the test says");
        }
        if let Some((_, name)) = self.vanishing.take_if(|(before, _)| *before == action) {
            self.nodes.remove(&name);
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match (action, &parts[1..]) {
            ("ListClusters", _) => done(&json!({"clusters": ["edge"], "nextToken": null})),
            ("TagResource" | "UntagResource", [arn]) => self.tag_node(arn, &body, request.uri().query()),
            (_, [cluster, ..]) if *cluster != "edge" => {
                refusal(404, "ResourceNotFoundException", "No cluster found for name")
            }
            ("ListNodegroups", _) => {
                let mut names: Vec<_> = self.nodes.keys().map(String::as_str).collect();
                names.extend(self.gone.iter().copied());
                if self.trouble == Some(Trouble::OddObject) {
                    names.insert(0, "odd");
                }
                done(&json!({"nodegroups": names}))
            }
            ("CreateNodegroup", _) => self.create_node(body),
            ("DescribeNodegroup", [_, _, "odd"]) => done(&json!({"nodegroup": "of a later release"})),
            (_, [_, _, name, ..]) if self.nodes.contains_key(*name) => self.on_node(action, name, &body),
            _ => unknown(),
        }
    }

    fn create_node(&mut self, body: Value) -> Told {
        let Value::Object(mut said) = body else {
            return refusal(400, "InvalidParameterException", "nothing was said");
        };
        let name = said["nodegroupName"].as_str().unwrap().to_owned();
        if self.nodes.contains_key(&name) {
            return refusal(409, "ResourceInUseException", "NodeGroup already exists with name");
        }
        let known_subnets = said["subnets"].as_array().is_some_and(|subnets| !subnets.is_empty());
        if !known_subnets || said["nodeRole"].as_str().is_none() {
            return refusal(400, "InvalidParameterException", "subnets and nodeRole are required");
        }
        let group = format!("eks-{name}-{}", self.counter);
        let mut form = sizes(&said.remove("scalingConfig").unwrap());
        form.insert("AutoScalingGroupName".to_owned(), group.clone());
        form.insert("AvailabilityZones.member.1".to_owned(), "eu-west-1a".to_owned());
        self.create(&form);
        let tags = serde_json::from_value(said.remove("tags").unwrap_or_default()).unwrap_or_default();
        said.remove("clientRequestToken");
        let node = self.add_node(&name, &group);
        (node.said, node.tags) = (said, tags);
        done(&json!({"nodegroup": self.node(&name)}))
    }

    fn on_node(&mut self, action: &str, name: &str, body: &Value) -> Told {
        let node = self.nodes.get_mut(name).unwrap();
        if action != "DescribeNodegroup" && node.status != "ACTIVE" {
            return refusal(409, "ResourceInUseException", "Nodegroup cannot be updated now");
        }
        match action {
            "DescribeNodegroup" => return done(&json!({"nodegroup": self.node(name)})),
            "DeleteNodegroup" => {
                let node = self.nodes.remove(name).unwrap();
                self.groups.remove(&node.group);
            }
            "UpdateNodegroupConfig" => {
                if let Some(labels) = body.get("labels") {
                    let at = node.said.entry("labels").or_insert_with(|| json!({}));
                    let at = at.as_object_mut().unwrap();
                    at.extend(labels["addOrUpdateLabels"].as_object().unwrap().clone());
                    at.retain(|key, _| !labels["removeLabels"].as_array().unwrap().contains(&json!(key)));
                }
                if let Some(scaling) = body.get("scalingConfig") {
                    let group = node.group.clone();
                    self.size(&group, &sizes(scaling));
                }
            }
            "UpdateNodegroupVersion" => {
                let Some(template) = node.said.get_mut("launchTemplate") else {
                    return refusal(400, "InvalidRequestException", "it was made without a template");
                };
                template["version"] = body["launchTemplate"]["version"].clone();
            }
            _ => return unknown(),
        }
        done(&json!({"update": {"id": "u-1", "status": "InProgress"}}))
    }

    fn tag_node(&mut self, arn: &str, body: &Value, query: Option<&str>) -> Told {
        let (arn, _) = form_urlencoded::parse(arn.as_bytes()).next().unwrap();
        let Some(node) = self.nodes.values_mut().find(|node| node.arn == arn) else {
            return refusal(404, "NotFoundException", "The specified resource could not be found");
        };
        for (key, value) in body["tags"].as_object().into_iter().flatten() {
            node.tags.insert(key.clone(), value.as_str().unwrap().to_owned());
        }
        for (_, key) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            node.tags.remove(key.as_ref());
        }
        done(&json!({}))
    }

    /// How a node group is described.
    fn node(&self, name: &str) -> Value {
        let node = &self.nodes[name];
        let (min, max, desired) = self.groups[&node.group].sizes();
        let mut described = Value::Object(node.said.clone());
        let own = json!({
            "nodegroupName": name, "clusterName": "edge", "status": node.status, "nodegroupArn": node.arn,
            "createdAt": 1_795_163_837.736, "tags": node.tags, "health": {"issues": []},
            "scalingConfig": {"minSize": min, "maxSize": max, "desiredSize": desired},
            "resources": {"autoScalingGroups": [{"name": node.group}]},
        });
        let own = own.as_object().unwrap().clone();
        described.as_object_mut().unwrap().extend(own);
        described
    }
}

/// Sizes as Auto Scaling takes them.
fn sizes(scaling: &Value) -> super::Form {
    [
        ("MinSize", "minSize"),
        ("MaxSize", "maxSize"),
        ("DesiredCapacity", "desiredSize"),
    ]
    .map(|(field, at)| (field.to_owned(), scaling[at].to_string()))
    .into()
}
