//! [`Source`]: what an Application deploys, where several sources make one deployment the one that matters.

use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use serde_json::{Map, Value, json};

use crate::kube::deployed::fingerprint;

/// The part of `spec` that says what is deployed, as it can be changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    place: Place,
    /// `source` or all of `sources`.
    whole: Value,
}

/// Where the source that matters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Single,
    Among(usize),
}

/// A package: a chart of a repository or a directory of one, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coordinates {
    pub(super) repo_url: String,
    pub(super) what: What,
    /// A version, a range of versions, a tag, a branch or a commit.
    pub(super) target_revision: String,
}

/// What of a repository is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Chart(String),
    Path(String),
}

impl Source {
    /// Of the `spec` of an Application, or of an entry of its history. `None` when it says nothing.
    pub(super) fn of(spec: &Value) -> Option<Self> {
        if let Some(sources) = spec
            .get("sources")
            .and_then(Value::as_array)
            .filter(|sources| !sources.is_empty())
        {
            // A source with a `ref` alone only lends files to the others.
            let makes = |source: &Value| source.get("chart").is_some() || source.get("path").is_some();
            let at = sources.iter().position(makes).unwrap_or(0);
            return Some(Self {
                place: Place::Among(at),
                whole: Value::Array(sources.clone()),
            });
        }
        let source = spec.get("source").filter(|source| source.is_object())?;
        Some(Self {
            place: Place::Single,
            whole: source.clone(),
        })
    }

    /// A new one.
    pub(super) fn new(coordinates: &Coordinates) -> Self {
        let mut source = Self {
            place: Place::Single,
            whole: json!({}),
        };
        source.deploy(coordinates);
        source
    }

    /// The source that matters.
    pub(super) fn one(&self) -> &Value {
        match self.place {
            Place::Single => &self.whole,
            Place::Among(at) => self.whole.get(at).unwrap_or(&Value::Null),
        }
    }

    /// Changes the source that matters.
    pub(super) fn edit(&mut self, edit: impl FnOnce(&mut Map<String, Value>)) {
        let one = match (self.place, &mut self.whole) {
            (Place::Among(at), Value::Array(sources)) if at < sources.len() => &mut sources[at],
            (_, whole) => whole,
        };
        let mut members = match one.take() {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        edit(&mut members);
        *one = Value::Object(members);
    }

    pub(super) fn text(&self, member: &str) -> &str {
        self.one().get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// Which package it deploys.
    pub(super) fn coordinates(&self) -> Coordinates {
        let what = match self.text("chart") {
            "" => What::Path(self.text("path").to_owned()),
            chart => What::Chart(chart.to_owned()),
        };
        Coordinates {
            repo_url: self.text("repoURL").to_owned(),
            what,
            target_revision: self.text("targetRevision").to_owned(),
        }
    }

    /// Deploys this package instead; everything else stays.
    pub(super) fn deploy(&mut self, coordinates: &Coordinates) {
        let (taken, given, name) = match &coordinates.what {
            What::Chart(name) => ("path", "chart", name),
            What::Path(path) => ("chart", "path", path),
        };
        self.edit(|one| {
            one.remove(taken);
            one.insert(given.to_owned(), json!(name));
            one.insert("repoURL".to_owned(), json!(coordinates.repo_url));
            one.insert("targetRevision".to_owned(), json!(coordinates.target_revision));
        });
    }

    /// Deploys what this name of a version, a tag or a branch stood for.
    pub(super) fn pin(&mut self, revision: &str) {
        self.edit(|one| {
            one.insert("targetRevision".to_owned(), json!(revision));
        });
    }

    /// The revision that it was found to be, of the list that Argo CD has for several sources.
    pub(super) fn found<'r>(&self, revision: &'r str, revisions: &'r [String]) -> Option<&'r str> {
        let found = match self.place {
            Place::Single => Some(revision),
            Place::Among(at) => revisions.get(at).map(String::as_str),
        };
        found.filter(|revision| !revision.is_empty())
    }

    /// The members of `spec` that say it.
    pub(super) fn members(&self) -> (&'static str, &Value) {
        match self.place {
            Place::Single => ("source", &self.whole),
            Place::Among(_) => ("sources", &self.whole),
        }
    }

    /// As it is put aside.
    pub(super) fn spec(&self) -> Value {
        let (member, value) = self.members();
        json!({member: value})
    }

    /// By which it is seen whether package or values are still the same.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.whole)
    }
}

impl Coordinates {
    /// By which it is seen whether a package is still the same.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.value())
    }

    /// The name of the package, where nobody has given one: that of the chart, or the last part of the path.
    pub(super) fn name(&self) -> &str {
        let last = |text: &str| -> Option<usize> { text.trim_end_matches('/').rfind('/').map(|at| at + 1) };
        let path = match &self.what {
            What::Chart(chart) => return chart,
            What::Path(path) if !matches!(path.as_str(), "" | "." | "./") => path,
            What::Path(_) => &self.repo_url,
        };
        let path = path.trim_end_matches('/');
        path[last(path).unwrap_or(0)..].trim_end_matches(".git")
    }

    /// A repository that says no revision is at its newest.
    pub(super) fn version(&self) -> &str {
        match (self.target_revision.as_str(), &self.what) {
            ("", What::Chart(_)) => "*",
            ("", What::Path(_)) => "HEAD",
            (revision, _) => revision,
        }
    }

    pub(super) fn value(&self) -> Value {
        let (member, name) = match &self.what {
            What::Chart(name) => ("chart", name),
            What::Path(path) => ("path", path),
        };
        json!({"repoURL": self.repo_url, member: name, "targetRevision": self.target_revision})
    }

    /// From what [`Self::value`] has made.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let text = |member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        let what = match text("chart") {
            Some(chart) => What::Chart(chart),
            None => What::Path(text("path")?),
        };
        Some(Self {
            repo_url: text("repoURL").filter(|url| !url.is_empty())?,
            what,
            target_revision: text("targetRevision").unwrap_or_default(),
        })
    }

    /// `helm-chart` or `git-repo`.
    pub(super) fn package_type(&self) -> &'static str {
        match &self.what {
            What::Chart(_) => "helm-chart",
            What::Path(_) if self.repo_url.starts_with("oci://") => "helm-chart",
            What::Path(_) => "git-repo",
        }
    }

    /// Checks that Argo CD can make something of it.
    pub(super) fn check(&self) -> Result<()> {
        let blank = |text: &str| text.chars().any(|c| c.is_whitespace() || c.is_control());
        if self.repo_url.is_empty() || blank(&self.repo_url) {
            let reason = format!("'{}' is no address of a repository", Excerpt(&self.repo_url));
            return Err(Error::violation("packageUrl", reason));
        }
        match &self.what {
            What::Chart(name) if name.is_empty() || blank(name) => {
                Err(Error::violation("name", "the name of a chart is missing"))
            }
            What::Path(path) if path.starts_with('/') || path.split('/').any(|part| part == "..") => Err(
                Error::violation("extensions.argocd.path", "must be within the repository"),
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape is that of the example in `docs/operator-manual/application.yaml` of Argo CD 3.5.
    #[test]
    fn the_source_that_matters_makes_objects() {
        for (spec, chart, path) in [
            (
                json!({"source": {"repoURL": "https://charts.example", "chart": "web"}}),
                "web",
                "",
            ),
            (
                json!({"source": {"repoURL": "https://git.example/a.git", "path": "deploy"}}),
                "",
                "deploy",
            ),
            (
                json!({"sources": [
                    {"repoURL": "https://git.example/values.git", "ref": "values"},
                    {"repoURL": "https://charts.example", "chart": "web", "helm": {"valueFiles": ["$values/a.yaml"]}},
                ]}),
                "web",
                "",
            ),
        ] {
            let source = Source::of(&spec).unwrap();
            assert_eq!((source.text("chart"), source.text("path")), (chart, path), "{spec}");
            assert_eq!(source.spec(), spec);
        }
        assert!(Source::of(&json!({"project": "default"})).is_none());
        assert!(Source::of(&json!({"source": null, "sources": []})).is_none());
    }

    #[test]
    fn another_package_leaves_everything_else() {
        let spec = json!({"source": {
            "repoURL": "https://git.example/a.git", "path": "deploy", "targetRevision": "main",
            "helm": {"releaseName": "a", "valueFiles": ["x.yaml"]},
        }});
        let mut source = Source::of(&spec).unwrap();
        source.deploy(&Coordinates {
            repo_url: "https://charts.example".to_owned(),
            what: What::Chart("web".to_owned()),
            target_revision: "1.0.0".to_owned(),
        });
        assert_eq!(
            source.spec(),
            json!({"source": {
                "repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.0.0",
                "helm": {"releaseName": "a", "valueFiles": ["x.yaml"]},
            }})
        );
    }

    #[test]
    fn packages_have_names() {
        let of = |value: Value| Coordinates::of(&value).unwrap();
        for (value, name, version) in [
            (
                json!({"repoURL": "https://c.example", "chart": "web", "targetRevision": "1"}),
                "web",
                "1",
            ),
            (json!({"repoURL": "https://c.example", "chart": "web"}), "web", "*"),
            (
                json!({"repoURL": "https://git.example/nf/vdu.git", "path": "."}),
                "vdu",
                "HEAD",
            ),
            (
                json!({"repoURL": "https://git.example/nf/vdu.git", "path": "overlays/edge/"}),
                "edge",
                "HEAD",
            ),
            (
                json!({"repoURL": "git@git.example:vdu", "path": "./"}),
                "git@git.example:vdu",
                "HEAD",
            ),
        ] {
            let coordinates = of(value);
            assert_eq!((coordinates.name(), coordinates.version()), (name, version));
            assert_eq!(of(coordinates.value()), coordinates);
        }
    }
}
