//! A backend is one folder and a few lines elsewhere; these rules find the line that was forgotten.

use std::collections::BTreeSet;

use crate::none;
use crate::repository::{exists, files, folders, packages, read, with_extension};

/// The categories that have backends; each is a folder of `o2-adapters/src`.
const CATEGORIES: [&str; 4] = ["ims", "dms", "smo", "observability"];

/// What belongs to every backend.
const PARTS: [&str; 5] = ["README.md", "example.yaml", "config.rs", "plugin.rs", "tests"];

/// What also belongs to a backend that speaks to another system, that is, has a client.
const REMOTE: [&str; 2] = ["wire.rs", "map.rs"];

/// Backends that the catalogs announce and that are still to come; each leaves the list with its feature.
const TO_COME: &[&str] = &[
    "azure",
    "camunda",
    "cloudify",
    "custom",
    "dtias",
    "equinix",
    "gcp",
    "jaeger",
    "loki",
    "onap",
    "onap-lcm",
    "osm",
    "osm-lcm",
    "prometheus",
];

#[derive(Debug)]
struct Backend {
    category: &'static str,
    folder: String,
}

impl Backend {
    fn path(&self) -> String {
        format!("o2-adapters/src/{}/{}", self.category, self.folder)
    }

    /// As configuration names it.
    fn kind(&self) -> String {
        self.folder.replace('_', "-")
    }

    /// The feature that compiles it in: its own, or the one that the in-memory backends of all categories share.
    fn feature(&self) -> String {
        self.kind()
    }

    /// The text of the category's module.
    fn category_module(&self) -> String {
        read(&format!("o2-adapters/src/{}/mod.rs", self.category))
    }

    /// Whether it has a file or folder; a module is either.
    fn has(&self, part: &str) -> bool {
        let module = part.trim_end_matches(".rs");
        [part, module, &format!("{module}.rs")]
            .into_iter()
            .any(|name| exists(&format!("{}/{name}", self.path())))
    }
}

fn backends() -> Vec<Backend> {
    let of = |category: &'static str| {
        let folders = folders(&format!("o2-adapters/src/{category}"));
        folders.into_iter().map(move |folder| Backend { category, folder })
    };
    CATEGORIES.into_iter().flat_map(of).collect()
}

/// Names every backend that does not hold to a rule.
fn each(rule: impl Fn(&Backend) -> Result<(), String>) {
    none(backends().iter().filter_map(|backend| {
        let broken = rule(backend).err()?;
        Some(format!("{}: {broken}", backend.path()))
    }));
}

fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn has_feature(package: &str, feature: &str) -> bool {
    let mut packages = packages().iter();
    let package = packages.find(|known| known["name"] == package).unwrap();
    package["features"].get(feature).is_some()
}

#[test]
fn every_backend_has_its_feature_in_both_crates() {
    each(|backend| {
        let feature = backend.feature();
        for package in ["o2-adapters", "oran-o2"] {
            demand(has_feature(package, &feature), || {
                format!("{package} has no feature '{feature}'")
            })?;
        }
        Ok(())
    });
}

#[test]
fn every_backend_has_its_mod_line_under_its_feature() {
    each(|backend| {
        let text = backend.category_module();
        let wanted = [
            format!("mod {};", backend.folder),
            format!("pub mod {};", backend.folder),
        ];
        let lines: Vec<_> = text.lines().collect();
        let at = lines.iter().position(|line| wanted.iter().any(|wanted| line == wanted));
        let at = at.ok_or_else(|| format!("its category has no line `{}`", wanted[1]))?;
        let condition = format!("#[cfg(feature = \"{}\")]", backend.feature());
        demand(at > 0 && lines[at - 1] == condition, || {
            format!("its `mod` line is not under `{condition}`")
        })
    });
}

#[test]
fn every_backend_is_in_the_catalog() {
    each(|backend| {
        let text = backend.category_module();
        let constant = format!("{}::BACKEND", backend.folder);
        demand(text.contains(&constant), || format!("the catalog has no `{constant}`"))?;
        let known = format!("kind: \"{}\"", backend.kind());
        demand(text.contains(&known), || format!("the known kinds have no `{known}`"))
    });
}

#[test]
fn the_catalogs_name_features_that_exist() {
    none(CATEGORIES.iter().flat_map(|category| {
        let path = format!("o2-adapters/src/{category}/mod.rs");
        let text = if exists(&path) { read(&path) } else { String::new() };
        let named: BTreeSet<_> = quoted_after(&text, "feature: \"").map(ToOwned::to_owned).collect();
        let missing = named.into_iter().filter(|feature| {
            let to_come = TO_COME.contains(&feature.as_str());
            !to_come && !has_feature("o2-adapters", feature)
        });
        missing
            .map(move |feature| format!("{path}: there is no feature '{feature}'"))
            .collect::<Vec<_>>()
    }));
    let come = TO_COME.iter().filter(|feature| has_feature("o2-adapters", feature));
    none(come.map(|feature| format!("the feature '{feature}' is there; take it off the list of those to come")));
}

fn quoted_after<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_backend_is_documented() {
    each(|backend| {
        let name = format!("`{}`", backend.kind());
        let mut documents = with_extension("md").filter(|file| file.path.starts_with("docs/"));
        demand(documents.any(|file| file.text.contains(&name)), || {
            format!("no document mentions {name}")
        })
    });
}

#[test]
fn every_backend_has_the_usual_parts() {
    each(|backend| {
        let remote = if backend.has("client.rs") {
            REMOTE.as_slice()
        } else {
            &[]
        };
        let missing = PARTS.iter().chain(remote).find(|part| !backend.has(part));
        demand(missing.is_none(), || format!("has no {}", missing.unwrap_or(&"")))
    });
}

#[test]
fn backends_do_not_know_each_other() {
    let backends = backends();
    none(backends.iter().flat_map(|backend| {
        let own = format!("{}/", backend.path());
        let sources = files().iter().filter(move |file| file.path.starts_with(&own));
        let others = backends.iter().filter(|other| other.path() != backend.path());
        let uses: Vec<_> = others
            .map(|other| format!("crate::{}::{}::", other.category, other.folder))
            .collect();
        sources.flat_map(move |file| {
            let found: Vec<_> = uses.iter().filter(|used| file.text.contains(*used)).cloned().collect();
            found.into_iter().map(|used| format!("{}: uses {used}", file.path))
        })
    }));
}
