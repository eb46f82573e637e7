//! Addresses of packages, as callers give them and as they are shown.

use o2_core::{Error, Result};

/// The longest name and version of a package.
const LONGEST: usize = 253;

/// `https://user:password@host/path` as `https://host/path`; the user of SSH is no secret.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| *scheme != "ssh") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Whether there is a password in an address.
pub(crate) fn has_password(url: &str) -> bool {
    let host = url
        .split_once("://")
        .map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    host.is_some_and(|host| host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')))
}

/// Repository, name and version of the archive of a chart: `https://charts.example/stable/web-1.2.0.tgz`.
pub(crate) fn archive(url: &str) -> Option<(&str, &str, &str)> {
    let (repository, file) = url.strip_suffix(".tgz")?.rsplit_once('/')?;
    let mut dashes = file.match_indices('-');
    let at = dashes.find(|(at, _)| {
        file[at + 1..]
            .trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
    });
    let (at, _) = at?;
    Some((repository, &file[..at], &file[at + 1..]))
}

/// Registry, name and tag of what lies in a registry: `oci://registry.example/charts/web:1.2.0`. The registry has the scheme.
pub(crate) fn reference(url: &str) -> Option<(&str, &str, Option<&str>)> {
    let (registry, last) = url.rsplit_once('/').filter(|_| url.starts_with("oci://"))?;
    if registry == "oci:/" {
        return None;
    }
    match last.split_once(':') {
        Some((name, tag)) => Some((registry, name, Some(tag))),
        None => Some((registry, last, None)),
    }
}

/// Checks the name or the version of a package.
pub(crate) fn check_name(attribute: &str, text: &str) -> Result<String> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST || text.chars().any(char::is_control) {
        let reason = format!("must have 1 to {LONGEST} characters, not {length}, and not only blanks");
        return Err(Error::violation(attribute, reason));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_addresses_are_not_shown() {
        for (url, shown, password) in [
            ("https://git.example/a.git", "https://git.example/a.git", false),
            (
                "https://bot:hunter2@git.example/a@b.git",
                "https://git.example/a@b.git",
                true,
            ),
            ("https://token@git.example", "https://git.example", false),
            ("ssh://git@git.example/a.git", "ssh://git@git.example/a.git", false),
            ("git@git.example:a.git", "git@git.example:a.git", false),
            ("registry.example/charts", "registry.example/charts", false),
        ] {
            assert_eq!(
                (without_credentials(url).as_str(), has_password(url)),
                (shown, password)
            );
        }
    }

    #[test]
    fn charts_are_recognised() {
        assert_eq!(
            archive("https://c.example/stable/o2-demo-v0.2.0-rc.1.tgz"),
            Some(("https://c.example/stable", "o2-demo", "v0.2.0-rc.1"))
        );
        assert_eq!(archive("https://c.example/stable/o2-demo.tgz"), None);
        assert_eq!(
            reference("oci://r.example:5000/charts/web:1.2.0"),
            Some(("oci://r.example:5000/charts", "web", Some("1.2.0")))
        );
        assert_eq!(reference("oci://r.example/web"), Some(("oci://r.example", "web", None)));
        assert_eq!(reference("oci://web"), None);
        assert_eq!(reference("https://r.example/web:1"), None);
    }

    #[test]
    fn names_are_texts() {
        assert!(check_name("name", "größe 1").is_ok());
        for wrong in ["", "  ", "a\nb", &"x".repeat(254)] {
            assert!(check_name("name", wrong).is_err(), "{wrong:?}");
        }
    }
}
