//! What kustomize complains about, without what the folders of this machine are called.

use o2_core::error::Excerpt;

use super::builder::FOLDER;

/// The complaint in what kustomize, or kubectl, wrote, for who made the package.
pub(super) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // Warnings come first.
    let last = lines
        .rev()
        .find(|line| !line.starts_with('#'))
        .unwrap_or("no reason given");
    let bare = ["Error: ", "error: "].iter().find_map(|word| last.strip_prefix(word));
    let said = bare.or_else(|| logged(last)).unwrap_or(last);
    Excerpt(&without_folders(said)).to_string()
}

/// The error in a line as kubectl logs it.
fn logged(line: &str) -> Option<&str> {
    let (_, error) = line.split_once("err=\"")?;
    Some(error.strip_suffix('"').unwrap_or(error))
}

/// A text in which paths of this machine begin where the package does.
fn without_folders(text: &str) -> String {
    const ENDS: [char; 8] = [' ', '\'', '"', ':', ',', '(', ')', '`'];
    text.split_inclusive(ENDS).map(without_folder).collect()
}

fn without_folder(word: &str) -> &str {
    if !word.starts_with('/') {
        return word;
    }
    let package = word.find(&format!("/{FOLDER}")).map(|at| at + 1);
    let last = word.rfind('/').map(|at| at + 1);
    package.or(last).map_or(word, |at| &word[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_told_without_folders() {
        for (stderr, expected) in [
            ("Error: json: unknown field \"foo\"\n", "json: unknown field \"foo\""),
            (
                "# Warning: 'bases' is deprecated.\nError: invalid Kustomization\n",
                "invalid Kustomization",
            ),
            (
                "E1126 22:36:00.1 123 run.go:72] \"command failed\" err=\"resource with name web does not match\"",
                "resource with name web does not match",
            ),
            (
                "error: accumulating resources: '/tmp/o2-1/package/base': no such file",
                "accumulating resources: 'package/base': no such file",
            ),
            ("Error: open /tmp/o2-1/x.yaml: denied", "open x.yaml: denied"),
            ("", "no reason given"),
        ] {
            assert_eq!(complaint(stderr.as_bytes()), expected);
        }
    }
}
