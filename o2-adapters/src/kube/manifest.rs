//! Manifests: texts with the YAML documents of many objects, as they are given to `kubectl apply` and as Helm keeps them.

use serde_json::Value;

use crate::kit::yaml;

/// The most bytes of one document that is read.
const LARGEST: usize = 2 << 20;
/// The most documents of a manifest that are looked at.
const MOST: usize = 10_000;

/// The objects of a manifest whose kinds are `wanted`, in its order; those of lists one by one. A document that cannot be read
/// is left out: the API server would not have taken it.
pub(crate) fn objects(manifest: &str, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
    let mut objects = Vec::new();
    for document in documents(manifest).take(MOST) {
        // Most of a manifest is of no interest to anybody, and a line is sooner looked at than a document is read.
        if kind_line(document).is_some_and(|kind| !wanted(kind) && !kind.ends_with("List")) {
            continue;
        }
        if let Ok(object) = yaml::read(document, LARGEST) {
            take(object, &wanted, &mut objects);
        }
    }
    objects
}

/// All objects of a manifest, in its order.
///
/// # Errors
/// Says what is wrong with the first document that is no object. One without anything in it is none.
pub(crate) fn all_objects(manifest: &str) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for (number, document) in documents(manifest).enumerate() {
        if number >= MOST {
            return Err(format!("has more than {MOST} documents"));
        }
        let read: Value =
            yaml::read(document, LARGEST).map_err(|reason| format!("document {}: {reason}", number + 1))?;
        match read {
            Value::Null => {}
            object @ Value::Object(_) => take(object, &|_| true, &mut objects),
            _ => return Err(format!("document {}: is no object", number + 1)),
        }
    }
    Ok(objects)
}

fn take(object: Value, wanted: &impl Fn(&str) -> bool, into: &mut Vec<Value>) {
    let Value::Object(mut fields) = object else {
        return;
    };
    let Some(kind) = fields.get("kind").and_then(Value::as_str).map(str::to_owned) else {
        return;
    };
    match fields.remove("items") {
        Some(Value::Array(items)) if kind.ends_with("List") => {
            // Lists in lists are of no use, and one could go on like that.
            let items = items
                .into_iter()
                .filter(|item| wanted(item["kind"].as_str().unwrap_or_default()));
            into.extend(items.filter(Value::is_object));
        }
        items => {
            fields.extend(items.map(|items| ("items".to_owned(), items)));
            if wanted(&kind) {
                into.push(Value::Object(fields));
            }
        }
    }
}

/// What is between lines that begin with `---`.
fn documents(manifest: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(manifest);
    std::iter::from_fn(move || {
        let text = rest?;
        match separator(text) {
            Some(at) => {
                rest = Some(&text[at + 3..]);
                Some(&text[..at])
            }
            None => rest.take(),
        }
    })
}

/// Where the first line begins that is a separator.
fn separator(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(after) = line.strip_prefix("---")
            && after.chars().next().is_none_or(char::is_whitespace)
        {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The kind that a line of its own names; `None` when the document is written in another way.
fn kind_line(document: &str) -> Option<&str> {
    let line = document.lines().find_map(|line| line.strip_prefix("kind:"))?;
    let word = line.split('#').next().unwrap_or_default().trim();
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn names(manifest: &str, wanted: &[&str]) -> Vec<String> {
        let objects = objects(manifest, |kind| wanted.contains(&kind));
        let name = |object: &Value| format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"]);
        objects.iter().map(|object| name(object).replace('"', "")).collect()
    }

    /// As Helm 3.17.3 keeps it (helm-release-decoded.json of the captured samples).
    const HELM: &str = "---\n# Source: o2demo/templates/deployment.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: demo\n  labels: {app.kubernetes.io/instance: demo}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: demo}}\n  template:\n    metadata: {labels: {app: demo}}\n    spec: {containers: [{name: main, image: \"registry.example/o2demo:1.0\"}]}\n";

    #[test]
    fn the_wanted_objects_are_found() {
        let two = format!(
            "{HELM}---\n# Source: x\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  text: |\n    --- no\n    kind: Job\n"
        );
        for (manifest, wanted, found) in [
            (HELM, &["Deployment"][..], &["Deployment/demo"][..]),
            (
                &two,
                &["Deployment", "ConfigMap", "Job"],
                &["Deployment/demo", "ConfigMap/c"],
            ),
            (&two, &["ConfigMap"], &["ConfigMap/c"]),
            ("", &["Pod"], &[]),
            ("---\n---\n# nothing\n---\n", &["Pod"], &[]),
            (
                "--- {kind: Pod, metadata: {name: flow}}\n---   \nkind: Pod # of ours\nmetadata:\n  name: b\n",
                &["Pod"],
                &["Pod/flow", "Pod/b"],
            ),
            ("{kind: Pod, metadata: {name: a}}\n----\n", &["Pod"], &[]),
            (
                "kind: \"Pod\"\nmetadata: {name: quoted}\r\n---\r\nkind: Pod\r\nmetadata: {name: dos}\r\n",
                &["Pod"],
                &["Pod/quoted", "Pod/dos"],
            ),
            (
                "kind: [\n---\nkind: Pod\nmetadata: {name: after}\n",
                &["Pod"],
                &["Pod/after"],
            ),
            (
                "kind: List\nitems:\n- {kind: Pod, metadata: {name: a}}\n- {kind: Job, metadata: {name: j}}\n- text\n---\nkind: PodList\nitems: [{kind: Pod, metadata: {name: b}}]\n",
                &["Pod"],
                &["Pod/a", "Pod/b"],
            ),
            (
                "kind: AccessList\nmetadata: {name: own}\nspec: {}\n",
                &["AccessList"],
                &["AccessList/own"],
            ),
            ("- kind: Pod\n", &["Pod"], &[]),
        ] {
            assert_eq!(names(manifest, wanted), found, "{manifest}");
        }
    }

    #[test]
    fn all_objects_are_there_or_what_is_wrong() {
        let names = |manifest: &str| {
            let objects = all_objects(manifest)?;
            Ok::<_, String>(
                objects
                    .iter()
                    .map(|object| object["metadata"]["name"].clone())
                    .collect::<Value>(),
            )
        };
        let two = "---\n# nothing\n---\nkind: Pod\nmetadata: {name: a}\n---\nkind: PodList\nitems: [{kind: Pod, metadata: {name: b}}]\n";
        assert_eq!(names(two), Ok(json!(["a", "b"])));
        assert_eq!(names(""), Ok(json!([])));
        for (wrong, reason) in [
            ("kind: Pod\n---\nkind: [\n", "document 2: cannot be read as YAML"),
            ("- kind: Pod\n", "document 1: is no object"),
            ("text", "document 1: is no object"),
        ] {
            let error = all_objects(wrong).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn values_are_those_that_kubernetes_reads() {
        let text = "kind: Pod\nspec: {a: yes, b: 0x10, c: 1.5, d: ~, e: 'no', f: 2026-01-01, 7: x, m: {<<: {n: 1}}}\n";
        let object = &objects(text, |_| true)[0];
        assert_eq!(object["spec"]["c"], json!(1.5));
        assert_eq!(object["spec"]["e"], json!("no"));
        assert_eq!(
            (&object["spec"]["d"], &object["spec"]["7"]),
            (&json!(null), &json!("x"))
        );
        assert_eq!(object["spec"]["m"]["n"], json!(1));
        assert!(object["spec"]["f"].is_string());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[-a-z:{}\\[\\]&*|>!%@#\"' \n]{0,200}") {
            let _ = objects(&text, |_| true);
        }

        #[test]
        fn every_document_is_found(names in proptest::collection::vec("[a-z]{1,8}", 0..20)) {
            let text: String = names.iter().map(|name| format!("---\n# s\nkind: Pod\nmetadata:\n  name: x{name}\n")).collect();
            let found = objects(&text, |kind| kind == "Pod");
            let found: Vec<_> = found.iter().map(|object| object["metadata"]["name"].as_str().unwrap()[1..].to_owned()).collect();
            prop_assert_eq!(found, names);
        }
    }
}
