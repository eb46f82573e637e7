//! Screening: what a package may ask of kustomize.
//!
//! A build of somebody else's kustomization may fetch what lies elsewhere and run what lies there: kustomize takes URLs
//! wherever it takes paths, clones repositories, and runs plugins and Helm. So every kustomization of a package is read
//! before anything is built, only fields that are known here are let through, and what they refer to has to be in the
//! package. Then it is written anew, as it was understood here: whatever kustomize's own reader would have made of the
//! text, it finds what was screened.

use bytes::Bytes;
use o2_core::error::Excerpt;
use serde_json::{Map, Value};

use super::flaw::Flaw;
use super::reference::Place;
use super::tree::{NAMES, Tree, folder, join};
use crate::kit::yaml;

/// The largest kustomization.
const LARGEST: usize = 1 << 20;

/// What a field of a kustomization may hold.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// Nothing that is loaded.
    Plain,
    /// Paths of files or of folders with a kustomization.
    Parts,
    /// Paths of files.
    Files,
    /// Objects of which this member, if it is there, is the path of a file.
    Members(&'static str),
    /// Paths of files, or the patches themselves.
    Merges,
    /// What ConfigMaps and Secrets are made of.
    Sources,
    /// One object with the path of a file.
    Schema,
    /// Never, because of this.
    Refused(&'static str),
}

const PLUGINS: &str = "runs plugins, which packages may not bring";
const HELM: &str = "runs Helm, which packages may not ask for";

/// The fields of a `Kustomization` and a `Component`, as kustomize 5 has them.
const FIELDS: [(&str, Field); 35] = [
    ("apiVersion", Field::Plain),
    ("kind", Field::Plain),
    ("metadata", Field::Plain),
    ("openapi", Field::Schema),
    ("namePrefix", Field::Plain),
    ("nameSuffix", Field::Plain),
    ("namespace", Field::Plain),
    ("commonLabels", Field::Plain),
    ("labels", Field::Plain),
    ("commonAnnotations", Field::Plain),
    ("patchesStrategicMerge", Field::Merges),
    ("patchesJson6902", Field::Members("path")),
    ("patches", Field::Members("path")),
    ("images", Field::Plain),
    ("imageTags", Field::Plain),
    ("replacements", Field::Members("path")),
    ("replicas", Field::Plain),
    ("vars", Field::Plain),
    ("sortOptions", Field::Plain),
    ("resources", Field::Parts),
    ("components", Field::Parts),
    ("crds", Field::Files),
    ("bases", Field::Parts),
    ("configMapGenerator", Field::Sources),
    ("secretGenerator", Field::Sources),
    ("helmGlobals", Field::Refused(HELM)),
    ("helmCharts", Field::Refused(HELM)),
    ("helmChartInflationGenerator", Field::Refused(HELM)),
    ("generatorOptions", Field::Plain),
    ("configurations", Field::Files),
    ("generators", Field::Refused(PLUGINS)),
    ("transformers", Field::Refused(PLUGINS)),
    ("validators", Field::Refused(PLUGINS)),
    ("inventory", Field::Refused("is no longer a part of kustomize")),
    ("buildMetadata", Field::Plain),
];

/// Checks every kustomization of a package, whether something refers to it or not, and writes it anew.
pub(in super::super) fn screen(tree: &mut Tree) -> Result<(), Flaw> {
    for path in tree.kustomizations() {
        let screened = screened(tree, &path).map_err(|flaw| Flaw::of(&Excerpt(&path).to_string(), flaw.reason()))?;
        tree.replace(&path, screened);
    }
    Ok(())
}

fn screened(tree: &Tree, path: &str) -> Result<Bytes, Flaw> {
    let folder = folder(path);
    if NAMES
        .iter()
        .filter(|name| tree.get(&join(folder, name)).is_some())
        .count()
        > 1
    {
        return Err(Flaw::new("is not the only kustomization of its folder"));
    }
    let content = tree.get(path).map(AsRef::as_ref).unwrap_or_default();
    let text = std::str::from_utf8(content).map_err(|_| Flaw::new("is not UTF-8"))?;
    let read: Value = yaml::read(text, LARGEST).map_err(Flaw::new)?;
    let Value::Object(fields) = read else {
        return Err(Flaw::new("is no kustomization"));
    };
    let place = Place { tree, folder };
    for (name, value) in &fields {
        check(place, name, value).map_err(|flaw| Flaw::of(&Excerpt(name).to_string(), flaw.reason()))?;
    }
    serde_json::to_vec(&fields)
        .map(Bytes::from)
        .map_err(|_| Flaw::new("cannot be written anew"))
}

fn check(place: Place<'_>, name: &str, value: &Value) -> Result<(), Flaw> {
    let field = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
    let Some(field) = field else {
        return Err(Flaw::new("is not known here, and so cannot be judged"));
    };
    match field {
        Field::Plain => Ok(()),
        Field::Parts => each(value, |item| place.part(text(item)?)),
        Field::Files => each(value, |item| place.file(text(item)?)),
        Field::Members(member) => each(value, |item| path_in(place, object(item)?, member)),
        Field::Merges => each(value, |item| merge(place, text(item)?)),
        Field::Sources => each(value, |item| sources(place, object(item)?)),
        Field::Schema => path_in(place, object(value)?, "path"),
        Field::Refused(reason) => Err(Flaw::new(reason)),
    }
}

fn each(value: &Value, check: impl Fn(&Value) -> Result<(), Flaw>) -> Result<(), Flaw> {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items.iter().try_for_each(check),
        _ => Err(Flaw::new("must be a list")),
    }
}

fn text(value: &Value) -> Result<&str, Flaw> {
    value.as_str().ok_or_else(|| Flaw::new("must hold texts"))
}

fn object(value: &Value) -> Result<&Map<String, Value>, Flaw> {
    value.as_object().ok_or_else(|| Flaw::new("must hold objects"))
}

fn path_in(place: Place<'_>, object: &Map<String, Value>, member: &str) -> Result<(), Flaw> {
    match object.get(member) {
        None | Some(Value::Null) => Ok(()),
        Some(path) => match text(path)? {
            "" => Ok(()),
            path => place.file(path),
        },
    }
}

/// A patch, or the path of one. What cannot be a path is a patch, as kustomize has it.
fn merge(place: Place<'_>, text: &str) -> Result<(), Flaw> {
    let is_patch = text.contains('\n') || text.trim_start().starts_with('{');
    if is_patch { Ok(()) } else { place.file(text) }
}

/// Keys with the files that they are read from: `file` or `key=file`.
fn sources(place: Place<'_>, object: &Map<String, Value>) -> Result<(), Flaw> {
    for (name, value) in object {
        match name.as_str() {
            "name" | "namespace" | "behavior" | "literals" | "options" | "type" => {}
            "files" => each(value, |item| {
                let text = text(item)?;
                place.file(text.split_once('=').map_or(text, |(_, file)| file))
            })?,
            "envs" => each(value, |item| place.file(text(item)?))?,
            "env" => path_in(place, object, "env")?,
            other => {
                return Err(Flaw::of(
                    &Excerpt(other).to_string(),
                    "is not known here, and so cannot be judged",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn tree(kustomization: &str) -> Tree {
        let files = [
            ("overlay/kustomization.yaml", kustomization),
            ("base/kustomization.yaml", "resources: [web.yaml]"),
            ("base/web.yaml", "kind: Service"),
            ("overlay/web.yaml", "kind: Service"),
            ("overlay/patch.yaml", "kind: Service"),
            ("overlay/a.env", "a=b"),
            ("overlay/github.com/org/repo/kustomization.yaml", "resources: []"),
            ("overlay/x_git/y/kustomization.yaml", "resources: []"),
            ("empty/readme.txt", ""),
        ];
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned())));
        Tree::of(files.collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn what_lies_in_the_package_may_be_used() {
        for good in [
            "",
            "{}",
            "resources: [../base, web.yaml, ./web.yaml]\nnamespace: edge\nlabels: [{pairs: {a: b}}]",
            "bases: [../base]\npatches: [{path: patch.yaml, target: {kind: Service}}, {patch: 'kind: x'}]",
            "patchesStrategicMerge: [patch.yaml, \"kind: Service\\nmetadata: {name: x}\"]",
            "patchesJson6902: [{path: patch.yaml}]\ncrds: [web.yaml]\nconfigurations: [web.yaml]\nopenapi: {path: web.yaml}",
            "configMapGenerator: [{name: x, files: [a.env, k=a.env], envs: [a.env], env: a.env, literals: ['a=https://x']}]",
            "secretGenerator: [{name: x, behavior: merge, type: Opaque, options: {disableNameSuffixHash: true}}]",
            "images: [{name: nginx, newName: registry.example/nginx}]\nreplicas: [{name: web, count: 3}]\nvars: []",
            "replacements: [{path: patch.yaml}, {source: {kind: x}}]\ncomponents: [../base]\nresources: null",
        ] {
            let mut tree = tree(if good.is_empty() { "{}" } else { good });
            assert_eq!(screen(&mut tree), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_lies_elsewhere_or_runs_something_is_refused() {
        for (bad, reason) in [
            ("resources: ['https://evil.example/x.yaml']", "not in the package"),
            ("resources: ['http://169.254.169.254/latest']", "not in the package"),
            ("resources: ['git@github.com:org/repo']", "not in the package"),
            ("resources: ['git::https://x/y']", "not in the package"),
            ("resources: ['ssh://host/repo']", "not in the package"),
            ("resources: ['github.com/org/repo']", "name of a host"),
            ("resources: ['GitHub.com/org/repo']", "name of a host"),
            ("resources: ['./github.com/org/repo']", "name of a host"),
            ("resources: ['../base?ref=main']", "not in the package"),
            ("resources: ['../base/.git']", "name of a repository"),
            ("resources: ['x_git/y']", "name of a repository"),
            ("resources: [/etc/passwd]", "not in the package"),
            ("resources: [../../x]", "leads out of the package"),
            ("resources: [missing.yaml]", "not in the package"),
            ("resources: [../empty]", "not in the package"),
            ("resources: ['']", "not in the package"),
            ("resources: ['file:///etc/passwd']", "not in the package"),
            ("resources: ['web\\yaml']", "not in the package"),
            ("resources: {a: b}", "must be a list"),
            ("resources: [{a: b}]", "must hold texts"),
            ("bases: ['https://x/y']", "not in the package"),
            ("components: ['https://x/y']", "not in the package"),
            ("crds: ['https://x/y']", "not in the package"),
            ("configurations: ['https://x/y']", "not in the package"),
            ("openapi: {path: 'https://x/y'}", "not in the package"),
            ("patches: [{path: 'https://x/y'}]", "not in the package"),
            (
                "patchesJson6902: [{path: ../../../etc/passwd}]",
                "leads out of the package",
            ),
            ("patchesStrategicMerge: ['https://x/y']", "not in the package"),
            ("replacements: [{path: 'https://x/y'}]", "not in the package"),
            (
                "configMapGenerator: [{name: x, files: ['k=https://x/y']}]",
                "not in the package",
            ),
            (
                "configMapGenerator: [{name: x, files: [/etc/passwd]}]",
                "not in the package",
            ),
            (
                "configMapGenerator: [{name: x, envs: ['https://x/y']}]",
                "not in the package",
            ),
            ("secretGenerator: [{name: x, env: 'https://x/y'}]", "not in the package"),
            (
                "secretGenerator: [{name: x, kvSources: []}]",
                "kvSources: is not known here",
            ),
            ("generators: [x.yaml]", "plugins"),
            ("transformers: [\"kind: X\\n\"]", "plugins"),
            ("validators: [x.yaml]", "plugins"),
            ("helmCharts: [{name: x, repo: 'https://x'}]", "Helm"),
            ("helmGlobals: {chartHome: x}", "Helm"),
            ("helmChartInflationGenerator: [{chartName: x}]", "Helm"),
            ("exec: x", "exec: is not known here"),
            ("- a", "is no kustomization"),
            ("resources: [", "cannot be read as YAML"),
            ("resources: []\n---\nresources: ['https://x']", "too large"),
        ] {
            let flaw = screen(&mut tree(bad)).unwrap_err();
            assert!(flaw.reason().contains(reason), "{bad}: {flaw:?}");
            assert!(flaw.reason().starts_with("overlay/kustomization.yaml: "), "{flaw:?}");
        }
    }

    #[test]
    fn kustomize_finds_what_was_screened() {
        // Which of two keys counts, and what an anchor stands for, is not left to another reader.
        let mut screened = tree(
            "resources: ['https://x']\nx: &a [web.yaml]\nresources: *a\n"
                .replace("x: &a", "crds: &a")
                .as_str(),
        );
        screen(&mut screened).unwrap();
        let text = screened.get("overlay/kustomization.yaml").unwrap();
        let read: Value = serde_json::from_slice(text).unwrap();
        assert_eq!(
            read,
            serde_json::json!({"crds": ["web.yaml"], "resources": ["web.yaml"]})
        );
    }

    #[test]
    fn a_folder_has_one_kustomization() {
        let mut files = BTreeMap::new();
        for path in ["kustomization.yaml", "Kustomization", "x"] {
            files.insert(path.to_owned(), Bytes::from_static(b"{}"));
        }
        let flaw = screen(&mut Tree::of(files)).unwrap_err();
        assert!(flaw.reason().contains("not the only kustomization"), "{flaw:?}");
    }
}
