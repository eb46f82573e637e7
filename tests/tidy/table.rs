//! Reads tables of Markdown documents.

/// The rows of all tables whose first column has this title, in any case, without the marks of code.
pub(crate) fn rows(text: &str, title: &str) -> Vec<Vec<String>> {
    let mut lines = text.lines();
    let is_header = |line: &str| {
        cells(line).is_some_and(|cells| cells.first().is_some_and(|cell| cell.eq_ignore_ascii_case(title)))
    };
    let mut rows = Vec::new();
    while lines.any(is_header) {
        rows.extend(lines.by_ref().skip(1).map_while(cells));
    }
    rows
}

/// The cells of one line of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells = inner.split('|').map(|cell| cell.trim().replace('`', ""));
    Some(cells.collect())
}

#[test]
fn a_table_ends_where_its_lines_end() {
    let text = "| A | B |\n|---|---|\n\n| Name | Note |\n|---|---|\n| `x` | first |\n| y | `se` cond |\n\n| z | - |\n\n\
                | Name |\n|---|\n| w |\n";
    assert_eq!(rows(text, "Name"), [&["x", "first"][..], &["y", "se cond"], &["w"]]);
    assert!(rows(text, "A").is_empty() && rows(text, "Nobody").is_empty());
}
