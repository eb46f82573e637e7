//! Scaffolding of backends: the folder, and the single lines elsewhere that `tests/tidy` looks for.
//!
//! Everything is read, checked and made in memory first; a repository in which something is not as expected stays as it is.

mod category;
mod edit;
mod name;
mod plan;
mod template;
#[cfg(test)]
mod tests;

use std::path::Path;

use category::Category;
use name::Name;
use plan::Plan;

/// Adds a backend to the repository; returns what to do next.
pub(crate) fn run(root: &Path, category: &str, kind: &str) -> Result<String, String> {
    let (category, name) = (Category::parse(category)?, Name::parse(kind)?);
    let plan = plan(root, category, &name)?;
    plan.write(root)?;
    Ok(next(category, &name, &plan))
}

/// What is to be written.
fn plan(root: &Path, category: Category, name: &Name) -> Result<Plan, String> {
    let mut plan = Plan::new(root);
    for (file, text) in template::files(category, name) {
        plan.create(&format!("{}/{file}", folder(category, name)), text)?;
    }
    let kind = name.kind();
    plan.change("o2-adapters/Cargo.toml", |text| {
        let text = edit::with_optional_dependency(text, "http")?;
        let about = format!("{kind}: {} (http)", category.about());
        edit::with_feature(&text, kind, &about, r#"["dep:http"]"#)
    })?;
    plan.change("Cargo.toml", |text| {
        let about = format!("{kind}: {}", category.about());
        edit::with_feature(text, kind, &about, &format!(r#"["o2-adapters/{kind}"]"#))
    })?;
    plan.change(&format!("o2-adapters/src/{}/mod.rs", category.folder()), |text| {
        edit::with_backend(text, name)
    })?;
    plan.change("o2-adapters/src/lib.rs", |text| {
        let module = format!("`{}::{}`", category.folder(), name.module());
        let row = format!("//! | `{kind}` | {module}: {} | http |", category.about());
        edit::with_row(text, "//! | feature |", &row)
    })?;
    plan.change("README.md", |text| {
        edit::with_row(
            text,
            "| feature |",
            &format!("| `{kind}` | no | {kind}: {} |", category.about()),
        )
    })?;
    plan.change("docs/backends.md", |text| {
        edit::with_row(
            text,
            "| kind |",
            &format!("| `{kind}` | {} | {} |", category.title(), category.about()),
        )
    })?;
    plan.change("tests/tidy/backends.rs", |text| {
        Ok(edit::without_line(text, &format!("    \"{kind}\",")))
    })?;
    Ok(plan)
}

fn folder(category: Category, name: &Name) -> String {
    format!("o2-adapters/src/{}/{}", category.folder(), name.module())
}

fn next(category: Category, name: &Name, plan: &Plan) -> String {
    let written = plan.paths().map(|path| format!("  {path}\n")).collect::<String>();
    let (kind, module, folder) = (name.kind(), name.module(), folder(category, name));
    let category = category.folder();
    format!(
        "written:\n{written}\nnext:\n  1. {folder}/README.md: decide what the table asks for\n  \
         2. cargo test -p o2-adapters --features {kind} {category}::{module}\n     \
         its last test fails until the backend has operations, and says how to go on\n  \
         3. cargo fmt --all, cargo test --test tidy\n\ndocs/adding-a-backend.md explains every step."
    )
}
