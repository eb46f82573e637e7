//! What the files of a new backend begin with.

use super::category::Category;
use super::name::Name;

/// The files that are the same for every category but for the words between `{{` and `}}`.
const FILES: &[(&str, &str)] = &[
    ("README.md", include_str!("../../templates/README.md.tmpl")),
    ("example.yaml", include_str!("../../templates/example.yaml.tmpl")),
    ("mod.rs", include_str!("../../templates/mod.rs.tmpl")),
    ("config.rs", include_str!("../../templates/config.rs.tmpl")),
    ("client.rs", include_str!("../../templates/client.rs.tmpl")),
    ("wire.rs", include_str!("../../templates/wire.rs.tmpl")),
    ("map.rs", include_str!("../../templates/map.rs.tmpl")),
    ("plugin.rs", include_str!("../../templates/plugin.rs.tmpl")),
    ("tests/mod.rs", include_str!("../../templates/tests.rs.tmpl")),
    (
        "tests/conformance.rs",
        include_str!("../../templates/conformance.rs.tmpl"),
    ),
];

/// The files of a backend, by their path in its folder.
pub(super) fn files(category: Category, name: &Name) -> Vec<(&'static str, String)> {
    FILES
        .iter()
        .map(|(path, template)| (*path, filled(template, category, name)))
        .collect()
}

fn filled(template: &str, category: Category, name: &Name) -> String {
    let (module, plugin) = category.plugin();
    let words = [
        ("{{kind}}", name.kind()),
        ("{{module}}", &name.module()),
        ("{{Type}}", &name.type_name()),
        ("{{category}}", category.folder()),
        ("{{Category}}", category.variant()),
        ("{{about}}", category.about()),
        ("{{plugin_module}}", module),
        ("{{Plugin}}", plugin),
    ];
    words
        .iter()
        .fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
}
