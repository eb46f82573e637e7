//! Variables in values: `${NAME}` and `${NAME:-default}`; `$$` is a dollar sign. Done on the tree, after parsing, so
//! that what a variable holds is always text and never structure.

use super::problem::Problems;
use super::tree::{Node, Value};
use crate::error::Excerpt;

/// Finds what a variable holds.
pub(super) type Variables<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Replaces the variables in every value at and below `node`. Keys stay as they are.
pub(super) fn interpolate(node: &mut Node, variables: &Variables<'_>, problems: &Problems) {
    match &mut node.value {
        Value::Text { text, interpolated } => match expand(text, variables) {
            Ok(Some(expanded)) => {
                *text = expanded;
                *interpolated = true;
            }
            Ok(None) => {}
            Err(reason) => problems.push(node.place.clone(), reason),
        },
        Value::List(elements) => {
            for element in elements {
                interpolate(element, variables, problems);
            }
        }
        Value::Object(entries) => {
            for (_, value) in entries {
                interpolate(value, variables, problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with its variables replaced; `None` when there is nothing to replace. The error never repeats the text.
fn expand(text: &str, variables: &Variables<'_>) -> Result<Option<String>, String> {
    if !text.contains("${") && !text.contains("$$") {
        return Ok(None);
    }
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some(reference) = after.strip_prefix('{') {
            let (reference, after) = reference
                .split_once('}')
                .ok_or("'${' without '}'; write '$$' for a dollar sign")?;
            expanded.push_str(&resolve(reference, variables)?);
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded.push_str(rest);
    Ok(Some(expanded))
}

/// What stands between the braces: `NAME` or `NAME:-default`. The default also replaces an empty value.
fn resolve(reference: &str, variables: &Variables<'_>) -> Result<String, String> {
    let (name, default) = match reference.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (reference, None),
    };
    if !is_name(name) {
        return Err("a variable is written ${NAME} or ${NAME:-default}, the name in letters, digits and '_'".into());
    }
    if default.is_some_and(|default| default.contains("${")) {
        return Err(format!(
            "the default of variable '{}' contains another variable",
            Excerpt(name)
        ));
    }
    match (variables(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => {
            let name = Excerpt(name);
            Err(format!(
                "variable '{name}' is not set; set it or give a default: ${{{name}:-default}}"
            ))
        }
    }
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variables(name: &str) -> Option<String> {
        match name {
            "USER" => Some("ann".into()),
            "EMPTY" => Some(String::new()),
            "TRICKY" => Some("${USER}: [x]".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${USER}", "ann"),
            ("a-${USER}-${USER}", "a-ann-ann"),
            ("${NONE:-bob}", "bob"),
            ("${EMPTY:-bob}", "bob"),
            ("${EMPTY}", ""),
            ("${NONE:-}", ""),
            ("${NONE:-a:-b}", "a:-b"),
            ("${USER:-bob}", "ann"),
            ("$${USER}", "${USER}"),
            ("$$$${USER}", "$${USER}"),
            ("$$${USER}", "$ann"),
            ("pa$word", "pa$word"),
            ("$USER", "$USER"),
            ("5$", "5$"),
            ("${TRICKY}", "${USER}: [x]"),
        ] {
            let expanded = expand(text, &variables).unwrap();
            assert_eq!(expanded.as_deref().unwrap_or(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_explained_without_repeating_it() {
        for (text, expected) in [
            (
                "secret${NONE}",
                "variable 'NONE' is not set; set it or give a default: ${NONE:-default}",
            ),
            ("secret${USER", "'${' without '}'; write '$$' for a dollar sign"),
            ("${}", "a variable is written ${NAME}"),
            ("${9A}", "a variable is written ${NAME}"),
            ("${USER-secret}", "a variable is written ${NAME}"),
            ("${A:-${USER}}", "the default of variable 'A' contains another variable"),
        ] {
            let reason = expand(text, &variables).unwrap_err();
            assert!(reason.starts_with(expected), "{text}: {reason}");
            assert!(!reason.contains("secret"), "{reason}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[$\\{\\}:A_-]{0,20}", value in proptest::option::of("\\PC*")) {
            let _ = expand(&text, &|_| value.clone());
        }

        #[test]
        fn doubled_dollars_protect_any_text(text in "\\PC*") {
            let protected = text.replace('$', "$$");
            let expanded = expand(&protected, &|_| None).unwrap();
            prop_assert_eq!(expanded.unwrap_or(protected), text);
        }
    }
}
