//! Changes of single lines. Each looks for its place and fails, naming it, when it is not there.

use super::name::Name;

/// A manifest with one feature more.
pub(super) fn with_feature(manifest: &str, feature: &str, about: &str, value: &str) -> Result<String, String> {
    let mut lines: Vec<_> = manifest.lines().collect();
    let (start, end) = section(&lines, "[features]")?;
    let taken = lines[start..end].iter().any(|line| key(line) == Some(feature));
    if taken {
        return Err(format!("has a feature '{feature}' already"));
    }
    let (about, line) = (format!("## {about}"), format!("{feature} = {value}"));
    lines.splice(end..end, [about.as_str(), line.as_str()]);
    Ok(joined(&lines))
}

/// A manifest that has this dependency of the workspace, optional.
pub(super) fn with_optional_dependency(manifest: &str, name: &str) -> Result<String, String> {
    let mut lines: Vec<_> = manifest.lines().collect();
    let (start, end) = section(&lines, "[dependencies]")?;
    let known = lines[start..end].iter().find(|line| key(line) == Some(name));
    if let Some(line) = known {
        let optional = line.contains("optional = true");
        let otherwise = || format!("depends on '{name}' always; a feature cannot turn it on");
        return if optional {
            Ok(manifest.to_owned())
        } else {
            Err(otherwise())
        };
    }
    let after = lines[start..end]
        .iter()
        .position(|line| key(line).is_some_and(|known| known > name));
    let at = after.map_or(end, |after| start + after);
    let line = format!("{name} = {{ workspace = true, optional = true }}");
    lines.insert(at, &line);
    Ok(joined(&lines))
}

/// Where the lines of a section begin and end, without the empty ones at its end.
fn section(lines: &[&str], title: &str) -> Result<(usize, usize), String> {
    let start = lines.iter().position(|line| *line == title);
    let start = start.ok_or_else(|| format!("has no line `{title}`"))? + 1;
    let rest = &lines[start..];
    let next = rest.iter().position(|line| line.starts_with('[')).unwrap_or(rest.len());
    let written = rest[..next].iter().rposition(|line| !line.is_empty());
    Ok((start, start + written.map_or(0, |last| last + 1)))
}

/// What a line of a manifest is about: `http` of `http.workspace = true` and of `http = {…}`.
fn key(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    name.trim().split('.').next()
}

/// The module of a category with one backend more.
pub(super) fn with_backend(module: &str, name: &Name) -> Result<String, String> {
    let (kind, path) = (name.kind(), name.module());
    refuse_other_names(module, kind)?;
    let mut lines: Vec<String> = module.lines().map(ToOwned::to_owned).collect();
    let condition = format!("#[cfg(feature = \"{kind}\")]");

    let catalog = place(&lines, |line| line.trim_start().starts_with("let backends:"))?;
    if let Some(opened) = lines[catalog].strip_suffix("];").map(ToOwned::to_owned) {
        lines.splice(catalog..=catalog, [opened, "    ];".to_owned()]);
    }
    let end = catalog + place(&lines[catalog..], |line| line == "    ];")?;
    lines.splice(
        end..end,
        [format!("        {condition}"), format!("        &{path}::BACKEND,")],
    );

    if !module.contains(&format!("kind: \"{kind}\"")) {
        let known = place(&lines, |line| line.starts_with("const KNOWN:"))?;
        let end = known + place(&lines[known..], |line| line == "];")?;
        let entry = format!(
            "    KnownBackend {{\n        kind: \"{kind}\",\n        aliases: &[],\n        feature: \"{kind}\",\n    }},"
        );
        lines.insert(end, entry);
    }

    declare(&mut lines, &path, &condition)?;
    Ok(lines.join("\n") + "\n")
}

/// Declares a module among the others, in order.
fn declare(lines: &mut Vec<String>, path: &str, condition: &str) -> Result<(), String> {
    let declaration = format!("{condition}\npub mod {path};");
    let declared = |line: &String| Some(line.strip_prefix("pub mod ")?.trim_end_matches(';').to_owned());
    let modules: Vec<_> = (0..lines.len())
        .filter_map(|at| Some((at, declared(&lines[at])?)))
        .collect();
    let after = modules.iter().rfind(|(_, module)| module.as_str() < path);
    match (after, modules.first()) {
        (Some((at, _)), _) => lines.insert(at + 1, declaration),
        // Each stands below its condition.
        (None, Some((first, _))) => lines.insert(first.saturating_sub(1), declaration),
        (None, None) => {
            let uses = place(lines, |line| line.starts_with("use "))?;
            lines.insert(uses, declaration + "\n");
        }
    }
    Ok(())
}

/// Refuses a kind that is compiled in, or that is another name of one.
fn refuse_other_names(module: &str, kind: &str) -> Result<(), String> {
    if module.contains(&format!("#[cfg(feature = \"{kind}\")]")) {
        return Err(format!("has a backend '{kind}' already"));
    }
    let quoted = format!("\"{kind}\"");
    let alias = module
        .lines()
        .any(|line| line.trim_start().starts_with("aliases:") && line.contains(&quoted));
    if alias {
        return Err(format!("'{kind}' is another name of a backend"));
    }
    Ok(())
}

fn place(lines: &[String], is_it: impl Fn(&str) -> bool) -> Result<usize, String> {
    let found = lines.iter().position(|line| is_it(line));
    found.ok_or_else(|| "the list of backends is not where it is expected".to_owned())
}

/// A document with one row more at the end of the table that begins like this.
pub(super) fn with_row(document: &str, header: &str, row: &str) -> Result<String, String> {
    let mut lines: Vec<_> = document.lines().collect();
    let header_at = lines.iter().position(|line| line.starts_with(header));
    let header_at = header_at.ok_or_else(|| format!("has no table that begins with `{header}`"))?;
    let prefix = header.split_inclusive('|').next().unwrap_or(header);
    let rows = lines[header_at..]
        .iter()
        .take_while(|line| line.starts_with(prefix))
        .count();
    lines.insert(header_at + rows, row);
    Ok(joined(&lines))
}

/// A text without the lines that are equal to this one.
pub(super) fn without_line(text: &str, unwanted: &str) -> String {
    let lines: Vec<_> = text.lines().filter(|line| *line != unwanted).collect();
    joined(&lines)
}

fn joined(lines: &[&str]) -> String {
    lines.join("\n") + "\n"
}
