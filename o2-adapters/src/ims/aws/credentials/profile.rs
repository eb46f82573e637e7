//! Profiles in the files of AWS's own tools.

use std::collections::BTreeMap;
use std::path::Path;

use o2_core::{Error, Result};

use super::Ambient;

/// What a profile says.
pub(super) type Profile = BTreeMap<String, String>;

/// The profile of this name, from both files; what the file of credentials says counts more. `None` when neither has it.
pub(super) fn read(ambient: &Ambient, name: &str) -> Result<Option<Profile>> {
    let mut found: Option<Profile> = None;
    for (variable, usual, prefix) in [
        ("AWS_CONFIG_FILE", "config", "profile "),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", ""),
    ] {
        let Some(path) = ambient.file(variable, usual) else {
            continue;
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(&path, error)),
        };
        let section = if name == "default" {
            name.to_owned()
        } else {
            format!("{prefix}{name}")
        };
        if let Some(profile) = section_of(&text, &section) {
            found.get_or_insert_default().extend(profile);
        }
    }
    Ok(found)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::config(format!("credentials: the file {} cannot be read", path.display())).with_source(error)
}

/// The settings below `[section]`. Nested ones, which are indented, mean other services.
fn section_of(text: &str, section: &str) -> Option<Profile> {
    let mut found: Option<Profile> = None;
    let mut inside = false;
    for line in text.lines() {
        let bare = line.trim();
        if let Some(title) = bare.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = title.split_whitespace().eq(section.split_whitespace());
            if inside {
                found.get_or_insert_default();
            }
        } else if inside
            && !bare.starts_with(['#', ';'])
            && !line.starts_with([' ', '\t'])
            && let (Some((key, value)), Some(found)) = (bare.split_once('='), &mut found)
        {
            found.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_told_apart() {
        let text = "[default]\naws_access_key_id = A\n# x = y\n[profile  edge]\nrole_arn=arn:r\ns3 =\n  max = 4\n[edge2]\nx=1\n";
        let keys = |section: &str| section_of(text, section).map(|found| found.into_iter().collect::<Vec<_>>());
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(keys("default"), Some(vec![pair("aws_access_key_id", "A")]));
        assert_eq!(
            keys("profile edge"),
            Some(vec![pair("role_arn", "arn:r"), pair("s3", "")])
        );
        assert_eq!(keys("edge"), None);
    }
}
