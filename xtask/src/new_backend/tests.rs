//! Scaffolds in memory, from this repository, and in a small copy of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::category::Category;
use super::name::Name;
use super::{plan, run, template};

/// The files that a backend changes.
const CHANGED: [&str; 10] = [
    "Cargo.toml",
    "README.md",
    "docs/backends.md",
    "o2-adapters/Cargo.toml",
    "o2-adapters/src/lib.rs",
    "o2-adapters/src/ims/mod.rs",
    "o2-adapters/src/dms/mod.rs",
    "o2-adapters/src/smo/mod.rs",
    "o2-adapters/src/observability/mod.rs",
    "tests/tidy/backends.rs",
];

/// A copy of those files, without anything else.
fn copy(name: &str) -> PathBuf {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/tmp/xtask")
        .join(name);
    if copy.exists() {
        fs::remove_dir_all(&copy).unwrap();
    }
    for path in CHANGED {
        fs::create_dir_all(copy.join(path).parent().unwrap()).unwrap();
        fs::copy(crate::root().join(path), copy.join(path)).unwrap();
    }
    copy
}

fn texts(root: &Path) -> Vec<String> {
    CHANGED.map(|path| fs::read_to_string(root.join(path)).unwrap()).into()
}

#[test]
fn every_line_is_written_in_every_category() {
    for category in Category::ALL {
        let name = Name::parse("bare-metal2").unwrap();
        let plan = plan(&crate::root(), category, &name).unwrap();
        let folder = category.folder();
        for (path, lines) in [
            ("Cargo.toml", "\nbare-metal2 = [\"o2-adapters/bare-metal2\"]\n"),
            ("o2-adapters/Cargo.toml", "\nbare-metal2 = [\"dep:http\"]\n"),
            (
                &format!("o2-adapters/src/{folder}/mod.rs"),
                "#[cfg(feature = \"bare-metal2\")]\npub mod bare_metal2;\n",
            ),
            (
                &format!("o2-adapters/src/{folder}/mod.rs"),
                "        #[cfg(feature = \"bare-metal2\")]\n        &bare_metal2::BACKEND,\n    ];",
            ),
            (
                &format!("o2-adapters/src/{folder}/mod.rs"),
                "kind: \"bare-metal2\",\n        aliases: &[],\n        feature: \"bare-metal2\",\n    },\n];",
            ),
            ("README.md", "| `bare-metal2` | no |"),
            ("docs/backends.md", "| `bare-metal2` |"),
            (
                "o2-adapters/src/lib.rs",
                &format!("\n//! | `bare-metal2` | `{folder}::bare_metal2`: "),
            ),
        ] {
            let text = plan.text(path).unwrap();
            assert_eq!(text.matches(lines).count(), 1, "{path}: {lines}\n{text}");
        }
    }
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    let name = Name::parse("bare-metal2").unwrap();
    for category in Category::ALL {
        for (path, text) in template::files(category, &name) {
            assert!(!text.contains("{{"), "{path}: {text}");
            assert!(path.ends_with(".rs") || text.contains("bare-metal2"), "{path}");
        }
    }
}

/// A kind that a catalog announces already is there only once, and no longer to come.
#[test]
fn an_announced_backend_fits_in() {
    let announced = fs::read_to_string(crate::root().join("o2-adapters/src/ims/mod.rs")).unwrap();
    let kinds = announced
        .split("kind: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let to_come = |kind: &&str| !announced.contains(&format!("#[cfg(feature = \"{kind}\")]"));
    let Some(kind) = kinds.into_iter().find(to_come) else {
        return;
    };
    let plan = plan(&crate::root(), Category::Ims, &Name::parse(kind).unwrap()).unwrap();
    let module = plan.text("o2-adapters/src/ims/mod.rs").unwrap();
    assert_eq!(module.matches(&format!("kind: \"{kind}\"")).count(), 1);
    let rules = plan.text("tests/tidy/backends.rs").unwrap();
    assert!(!rules.contains(&format!("    \"{kind}\",")), "{kind} is still to come");
}

#[test]
fn what_is_wrong_is_refused_and_nothing_is_written() {
    let root = copy("refused");
    let before = texts(&root);
    fs::create_dir_all(root.join("o2-adapters/src/smo/begun")).unwrap();
    for (category, kind, reason) in [
        ("ims", "memory", "already"),
        ("ims", "k8s", "is another name of a backend"),
        ("smo", "begun", "is there already"),
        ("smo", "rt-tokio", "has a feature 'rt-tokio' already"),
        ("cloud", "foo", "is no category"),
        ("ims", "Foo", "cannot be a kind"),
        ("ims", "", "cannot be a kind"),
        ("ims", "foo_bar", "cannot be a kind"),
        ("ims", "-foo", "cannot be a kind"),
        ("ims", "foo--bar", "cannot be a kind"),
        ("ims", "2foo", "cannot be a kind"),
        ("ims", "../foo", "cannot be a kind"),
        ("ims", "type", "means something else"),
        ("ims", &"x".repeat(41), "cannot be a kind"),
    ] {
        let error = run(&root, category, kind).unwrap_err();
        assert!(error.contains(reason), "{category} {kind}: {error}");
    }
    assert_eq!(texts(&root), before);
    // A place that is not where it was.
    fs::write(root.join("README.md"), "# no table\n").unwrap();
    let error = run(&root, "ims", "foo").unwrap_err();
    assert!(error.contains("README.md: has no table"), "{error}");
    assert!(!root.join("o2-adapters/src/ims/foo").exists());
}

#[test]
fn a_backend_is_written_once() {
    let root = copy("written");
    for category in Category::ALL {
        let kind = format!("new-{}", category.folder());
        let told = run(&root, category.folder(), &kind).unwrap();
        assert!(
            told.contains(&format!("cargo test -p o2-adapters --features {kind}")),
            "{told}"
        );
        let module = root.join(format!(
            "o2-adapters/src/{0}/new_{0}/tests/conformance.rs",
            category.folder()
        ));
        assert!(module.exists());
        let error = run(&root, category.folder(), &kind).unwrap_err();
        assert!(error.contains("already"), "{error}");
    }
}

/// The guide replaces files of the scaffold and adds none.
#[test]
fn the_guide_shows_files_that_are_written() {
    let guide = fs::read_to_string(crate::root().join("docs/adding-a-backend.md")).unwrap();
    let shown = guide
        .lines()
        .filter_map(|line| line.strip_prefix("### `lab/")?.strip_suffix('`'));
    let shown: Vec<_> = shown.collect();
    let files = template::files(Category::Ims, &Name::parse("lab").unwrap());
    assert!(shown.contains(&"plugin.rs"), "{shown:?}");
    for file in shown {
        assert!(
            files.iter().any(|(path, _)| *path == file),
            "the scaffold writes no {file}"
        );
    }
}
