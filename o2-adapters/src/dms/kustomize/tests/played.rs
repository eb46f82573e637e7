//! [`PlayedKustomize`]: kustomize, as far as the packages of the tests need it.
//!
//! It reads the files that it is given, like the real one: paths lead from folder to folder, one kustomization above another.
//! What it does not know it refuses.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::Result;
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use serde_json::{Map, Value, json};

use crate::kube::all_objects;

/// The program.
#[derive(Debug)]
pub(super) struct PlayedKustomize;

type Files = BTreeMap<String, Bytes>;

impl ProcessRunner for PlayedKustomize {
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        assert!(request.environment.is_empty(), "{:?}", request.environment);
        let arguments: Vec<_> = request.arguments.iter().map(String::as_str).collect();
        let (code, stdout, stderr) = match arguments[..] {
            ["version"] => (0, "v5.4.3\n".to_owned(), String::new()),
            ["build", "--load-restrictor=LoadRestrictionsRootOnly", folder] => match build(&request.files, folder) {
                Ok(objects) => (0, text(&objects), String::new()),
                Err(reason) => (1, String::new(), format!("Error: {reason}\n")),
            },
            _ => (1, String::new(), format!("Error: unknown command {arguments:?}\n")),
        };
        ready(Ok(ProcessOutput::new(Some(code), stdout.into(), stderr.into()))).boxed()
    }
}

fn text(objects: &[Value]) -> String {
    let documents: Vec<_> = objects.iter().map(Value::to_string).collect();
    documents.join("\n---\n")
}

/// What is built in a folder.
fn build(files: &Files, folder: &str) -> Result<Vec<Value>, String> {
    let folder = resolve("", folder);
    let path = join(&folder, "kustomization.yaml");
    let content = files
        .get(&path)
        .ok_or(format!("unable to find kustomization in '{folder}'"))?;
    let kustomization: Map<String, Value> = serde_json::from_slice(content).map_err(|error| error.to_string())?;
    let mut objects = Vec::new();
    for resource in list(&kustomization, "resources") {
        let path = resolve(&folder, resource.as_str().unwrap_or_default());
        match files.get(&path) {
            Some(content) => objects.extend(all_objects(std::str::from_utf8(content).unwrap())?),
            None => objects.extend(build(files, &path)?),
        }
    }
    for (field, value) in &kustomization {
        match field.as_str() {
            "apiVersion" | "kind" | "resources" | "namespace" | "namePrefix" | "nameSuffix" | "labels" => {}
            "configMapGenerator" => value
                .as_array()
                .unwrap()
                .iter()
                .try_for_each(|of| generate(&mut objects, of))?,
            "replicas" => value
                .as_array()
                .unwrap()
                .iter()
                .try_for_each(|of| set_replicas(&mut objects, of))?,
            "images" => value
                .as_array()
                .unwrap()
                .iter()
                .for_each(|of| set_image(&mut objects, of)),
            "patches" => value
                .as_array()
                .unwrap()
                .iter()
                .try_for_each(|of| patch(&mut objects, of))?,
            other => return Err(format!("invalid Kustomization: json: unknown field \"{other}\"")),
        }
    }
    for object in &mut objects {
        finish(object, &kustomization);
    }
    Ok(objects)
}

fn list<'v>(kustomization: &'v Map<String, Value>, field: &str) -> &'v [Value] {
    kustomization
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Names, namespace and labels.
fn finish(object: &mut Value, kustomization: &Map<String, Value>) {
    let affix = |field: &str| kustomization.get(field).and_then(Value::as_str).unwrap_or_default();
    let name = object["metadata"]["name"].as_str().unwrap();
    let name = format!("{}{name}{}", affix("namePrefix"), affix("nameSuffix"));
    object["metadata"]["name"] = json!(name);
    let is_of_cluster =
        ["Namespace", "ClusterRole", "CustomResourceDefinition"].contains(&object["kind"].as_str().unwrap());
    if let Some(namespace) = kustomization.get("namespace").filter(|_| !is_of_cluster) {
        object["metadata"]["namespace"] = namespace.clone();
    }
    for labels in list(kustomization, "labels") {
        for (key, value) in labels["pairs"].as_object().unwrap() {
            set(object, &["metadata", "labels", key], value);
            if labels["includeSelectors"] == true {
                select(object, key, value);
            }
        }
    }
}

fn select(object: &mut Value, key: &str, value: &Value) {
    match object["kind"].as_str().unwrap() {
        "Service" => set(object, &["spec", "selector", key], value),
        "Deployment" => {
            set(object, &["spec", "selector", "matchLabels", key], value);
            set(object, &["spec", "template", "metadata", "labels", key], value);
        }
        _ => {}
    }
}

fn set(object: &mut Value, path: &[&str], value: &Value) {
    let place = path.iter().fold(object, |place, part| {
        if !place.is_object() {
            *place = json!({});
        }
        &mut place[*part]
    });
    *place = value.clone();
}

/// ConfigMaps get a suffix that depends on what is in them; the real one is another one.
fn generate(objects: &mut Vec<Value>, generator: &Value) -> Result<(), String> {
    let name = generator["name"].as_str().unwrap();
    let merged = generator["behavior"] == "merge";
    let prefix = format!("{name}-");
    let known = objects.iter().position(|object| {
        object["kind"] == "ConfigMap" && object["metadata"]["name"].as_str().unwrap().starts_with(&prefix)
    });
    let mut data = match (merged, known) {
        (true, None) => {
            return Err(format!(
                "merging from generator: id {name} does not exist; cannot merge or replace"
            ));
        }
        (true, Some(at)) => objects.remove(at)["data"].clone(),
        (false, _) => json!({}),
    };
    for literal in generator["literals"].as_array().into_iter().flatten() {
        let (key, value) = literal.as_str().unwrap().split_once('=').unwrap();
        data[key] = json!(value);
    }
    let hash = data
        .to_string()
        .bytes()
        .fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    objects.push(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("{name}-{:010x}", hash & 0xff_ffff_ffff)}, "data": data,
    }));
    Ok(())
}

fn set_replicas(objects: &mut [Value], replicas: &Value) -> Result<(), String> {
    let mut matching = objects
        .iter_mut()
        .filter(|object| object["kind"] == "Deployment" && object["metadata"]["name"] == replicas["name"]);
    match matching.next() {
        Some(object) => object["spec"]["replicas"] = replicas["count"].clone(),
        None => {
            return Err(format!(
                "resource with name {} does not match a config with the following GVK",
                replicas["name"]
            ));
        }
    }
    Ok(())
}

fn set_image(objects: &mut [Value], image: &Value) {
    let name = image["name"].as_str().unwrap();
    for object in objects {
        let Some(containers) = object
            .pointer_mut("/spec/template/spec/containers")
            .and_then(Value::as_array_mut)
        else {
            continue;
        };
        for container in containers {
            let known = container["image"].as_str().unwrap().to_owned();
            if let Some(tag) = known.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')) {
                let name = image["newName"].as_str().unwrap_or(name);
                let tag = image["newTag"].as_str().unwrap_or(tag);
                container["image"] = json!(format!("{name}:{tag}"));
            }
        }
    }
}

/// Merges an object into the one of its kind and name.
fn patch(objects: &mut [Value], patch: &Value) -> Result<(), String> {
    let text = patch["patch"].as_str().unwrap();
    let patch: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let same = |object: &&mut Value| {
        object["kind"] == patch["kind"] && object["metadata"]["name"] == patch["metadata"]["name"]
    };
    let object = objects
        .iter_mut()
        .find(same)
        .ok_or("no matches for Id; failed to find unique target for patch")?;
    merge(object, &patch);
    Ok(())
}

fn merge(target: &mut Value, patch: &Value) {
    match patch {
        Value::Object(fields) if target.is_object() => {
            for (key, value) in fields {
                merge(&mut target[key.as_str()], value);
            }
        }
        other => *target = other.clone(),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
