//! [`Tree`]: the files of a package, by their paths.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::flaw::Flaw;

/// The names under which kustomize looks for a kustomization in a folder.
pub(super) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Files by their paths, with `/` between the parts and without `.`, `..` and empty parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Tree {
    files: BTreeMap<String, Bytes>,
}

impl Tree {
    pub(super) fn of(files: BTreeMap<String, Bytes>) -> Self {
        Self { files }.unwrapped()
    }

    /// Without the one folder that everything is in, as most archives have it.
    fn unwrapped(self) -> Self {
        let Some(top) = self.files.keys().next().and_then(|path| path.split_once('/')) else {
            return self;
        };
        let prefix = format!("{}/", top.0);
        if !self.files.keys().all(|path| path.starts_with(&prefix)) {
            return self;
        }
        let files = self.files.into_iter();
        Self {
            files: files
                .map(|(path, content)| (path[prefix.len()..].to_owned(), content))
                .collect(),
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)
    }

    pub(super) fn replace(&mut self, path: &str, content: Bytes) {
        self.files.insert(path.to_owned(), content);
    }

    /// The paths of all kustomizations.
    pub(super) fn kustomizations(&self) -> Vec<String> {
        let named = |path: &&String| NAMES.contains(&name(path));
        self.files.keys().filter(named).cloned().collect()
    }

    /// Whether a folder, the empty path being the topmost, has a kustomization.
    pub(super) fn is_kustomized(&self, folder: &str) -> bool {
        NAMES.iter().any(|name| self.files.contains_key(&join(folder, name)))
    }

    /// The files as they lie below `folder`.
    pub(in super::super) fn below(&self, folder: &str) -> BTreeMap<String, Bytes> {
        let files = self.files.iter();
        files
            .map(|(path, content)| (join(folder, path), content.clone()))
            .collect()
    }
}

pub(super) fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

/// The folder of a file; empty for the topmost.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Where `relative` leads from `folder`; an error when it leads out of the tree.
pub(super) fn resolve(folder: &str, relative: &str) -> Result<String, Flaw> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                let out = || {
                    Flaw::new(format!(
                        "'{}' leads out of the package",
                        o2_core::error::Excerpt(relative)
                    ))
                };
                parts.pop().ok_or_else(out)?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        Tree::of(paths.iter().map(|path| ((*path).to_owned(), Bytes::new())).collect())
    }

    #[test]
    fn one_folder_around_everything_says_nothing() {
        for (paths, expected) in [
            (
                &["web/kustomization.yaml", "web/base/x"][..],
                &["base/x", "kustomization.yaml"][..],
            ),
            (&["kustomization.yaml", "base/x"], &["base/x", "kustomization.yaml"]),
            (&["a/kustomization.yaml", "b/x"], &["a/kustomization.yaml", "b/x"]),
            (&["web/base/x"], &["base/x"]),
            (&[], &[]),
        ] {
            let paths: Vec<_> = tree(paths).files.into_keys().collect();
            assert_eq!(paths, expected);
        }
    }

    #[test]
    fn kustomizations_are_found_by_their_names() {
        let tree = tree(&[
            "Kustomization",
            "a/kustomization.yml",
            "b/c/kustomization.yaml",
            "d/kustomization.json",
        ]);
        assert_eq!(
            tree.kustomizations(),
            ["Kustomization", "a/kustomization.yml", "b/c/kustomization.yaml"]
        );
        for (folder, expected) in [("", true), ("a", true), ("b", false), ("b/c", true), ("d", false)] {
            assert_eq!(tree.is_kustomized(folder), expected, "{folder}");
        }
        assert!(tree.below("package").contains_key("package/b/c/kustomization.yaml"));
    }

    #[test]
    fn paths_lead_somewhere_in_the_tree_or_nowhere() {
        for (folder, relative, expected) in [
            ("", "a/b", Some("a/b")),
            ("overlays/prod", "../../base", Some("base")),
            ("overlays/prod", ".", Some("overlays/prod")),
            ("a", "./b//c/", Some("a/b/c")),
            ("a", "..", Some("")),
            ("a", "../..", None),
            ("", "..", None),
        ] {
            assert_eq!(
                resolve(folder, relative).ok().as_deref(),
                expected,
                "{folder} {relative}"
            );
        }
    }
}
