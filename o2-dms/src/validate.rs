//! What the service checks before a plugin is asked.

use o2_core::validate::{description, dns_label, extensions, name};
use o2_core::{Error, Labels, Result};

use crate::model::{
    DeploymentRequest, DesiredDeployment, HealRequest, PackageUpload, ScaleRequest, UpgradeRequest,
    canonical_package_type,
};

/// More replicas than any deployment has.
const MOST_REPLICAS: u32 = 10_000;
const MOST_LABELS: usize = 100;
const LONGEST_URL: usize = 2048;

/// Checks a package to upload, and gives its type the one word for it.
pub(crate) fn upload(upload: &mut PackageUpload) -> Result<()> {
    name("body.packageType", &upload.package_type)?;
    upload.package_type = canonical_package_type(&upload.package_type).to_owned();
    optional(upload.name.as_deref(), "body.name", name)?;
    optional(upload.version.as_deref(), "body.version", name)?;
    description("body.description", &upload.description)?;
    extensions("body.extensions", &upload.extensions)?;
    optional(upload.checksum.as_deref(), "body.checksum", checksum)?;
    optional(upload.package_url.as_deref(), "body.packageUrl", url)?;
    match (&upload.package_url, &upload.content) {
        (None, None) => Err(Error::violation(
            "body.packageUrl",
            "either packageUrl or content is required",
        )),
        (Some(_), Some(_)) => Err(Error::violation(
            "body.content",
            "only one of packageUrl and content may be given",
        )),
        (None, Some(content)) if content.is_empty() => Err(Error::violation("body.content", "must not be empty")),
        _ => Ok(()),
    }
}

/// Checks a new deployment.
pub(crate) fn new_deployment(request: &DeploymentRequest) -> Result<()> {
    dns_label("body.name", &request.name)?;
    description("body.description", &request.description)?;
    name("body.packageId", request.package_id.as_str())?;
    optional(request.namespace.as_deref(), "body.namespace", dns_label)?;
    optional(request.resource_pool_id.as_deref(), "body.resourcePoolId", name)?;
    labels("body.labels", &request.labels)?;
    extensions("body.extensions", &request.extensions)
}

/// Checks the new state of a deployment.
pub(crate) fn desired(desired: &DesiredDeployment) -> Result<()> {
    optional(
        desired.package_id.as_ref().map(o2_core::Id::as_str),
        "body.packageId",
        name,
    )?;
    optional(desired.description.as_deref(), "body.description", description)?;
    desired
        .labels
        .as_ref()
        .map_or(Ok(()), |given| labels("body.labels", given))?;
    let given = desired.extensions.as_ref();
    given.map_or(Ok(()), |given| extensions("body.extensions", given))
}

/// Checks a number of replicas.
pub(crate) fn scale(request: &ScaleRequest) -> Result<()> {
    if request.replicas > MOST_REPLICAS {
        return Err(Error::violation(
            "body.replicas",
            format!("must be at most {MOST_REPLICAS}"),
        ));
    }
    Ok(())
}

/// Checks an upgrade.
pub(crate) fn upgrade(request: &UpgradeRequest) -> Result<()> {
    name("body.packageId", request.package_id.as_str())
}

/// Checks a repair.
pub(crate) fn heal(request: &HealRequest) -> Result<()> {
    optional(request.cause.as_deref(), "body.cause", description)?;
    optional(request.component.as_deref(), "body.component", name)
}

/// Labels are at most 100, and their keys and values are short texts.
pub(crate) fn labels(at: &str, labels: &Labels) -> Result<()> {
    if labels.len() > MOST_LABELS {
        let reason = format!("has {} keys, at most {MOST_LABELS} are allowed", labels.len());
        return Err(Error::violation(at, reason));
    }
    for (key, value) in labels {
        name(at, key)?;
        if !value.is_empty() {
            name(&format!("{at}.{}", o2_core::error::Excerpt(key)), value)?;
        }
    }
    Ok(())
}

/// Checks what need not be given.
pub(crate) fn optional(text: Option<&str>, at: &str, check: impl FnOnce(&str, &str) -> Result<()>) -> Result<()> {
    text.map_or(Ok(()), |text| check(at, text))
}

fn checksum(at: &str, text: &str) -> Result<()> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Error::violation(at, "must be sha256: and 64 hexadecimal digits"))
}

fn url(at: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.len() > LONGEST_URL || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let reason = format!("must be 1 to {LONGEST_URL} bytes without blanks and control characters");
        return Err(Error::violation(at, reason));
    }
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    // Everybody who may read the package reads its URL.
    if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return Err(Error::violation(at, "must not contain a password"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(result: Result<()>, at: Option<&str>) {
        let found = result.err();
        assert_eq!(found.as_ref().map(|error| error.violations()[0].at.as_str()), at);
        if let Some(error) = found {
            assert!(!error.message().contains("secret"), "{error}");
        }
    }

    #[test]
    fn uploads_are_checked() {
        let good = || PackageUpload {
            checksum: Some(format!("sha256:{}", "aB".repeat(32))),
            ..PackageUpload::at("helm", "oci://registry/vdu:2.1")
        };
        let mut canonical = good();
        check(upload(&mut canonical), None);
        assert_eq!(canonical.package_type, "helm-chart");

        let case = |change: fn(&mut PackageUpload), at| {
            let mut package = good();
            change(&mut package);
            check(upload(&mut package), at);
        };
        case(|p| p.package_type = " ".into(), Some("body.packageType"));
        case(|p| p.name = Some(String::new()), Some("body.name"));
        case(|p| p.version = Some("\n".into()), Some("body.version"));
        case(|p| p.description = "x".repeat(1001), Some("body.description"));
        case(|p| p.package_url = None, Some("body.packageUrl"));
        case(|p| p.package_url = Some("a b".into()), Some("body.packageUrl"));
        case(|p| p.content = Some("x".into()), Some("body.content"));
        for content in ["", "x"] {
            let mut package = PackageUpload {
                package_url: None,
                content: Some(content.into()),
                ..good()
            };
            check(upload(&mut package), content.is_empty().then_some("body.content"));
        }
    }

    #[test]
    fn checksums_are_sha256() {
        for bad in [
            "",
            "sha256:",
            "md5:0",
            &"a".repeat(64),
            &format!("sha256:{}", "g".repeat(64)),
            &format!("sha256:{}", "a".repeat(63)),
        ] {
            check(checksum("body.checksum", bad), Some("body.checksum"));
        }
    }

    #[test]
    fn urls_carry_no_password() {
        for good in [
            "https://git@host/x",
            "git@host:x/y.git",
            "https://h/x?user:secret@y",
            "oci://r:5000/x",
        ] {
            check(url("u", good), None);
        }
        check(url("u", "https://user:secret@host/x"), Some("u"));
        check(url("u", "https://a:secret@b@host/x"), Some("u"));
        check(url("u", &format!("https://h/{}", "x".repeat(2048))), Some("u"));
    }

    #[test]
    fn new_deployments_are_checked() {
        let case = |change: fn(&mut DeploymentRequest), at| {
            let mut request = DeploymentRequest::new("vdu-1", "helm~vdu-2.1.0");
            change(&mut request);
            check(new_deployment(&request), at);
        };
        case(|_| {}, None);
        case(|r| r.name = "Vdu_1".into(), Some("body.name"));
        case(|r| r.name = "a".repeat(64), Some("body.name"));
        case(|r| r.package_id = "".into(), Some("body.packageId"));
        case(|r| r.namespace = Some("a.b".into()), Some("body.namespace"));
        case(
            |r| r.resource_pool_id = Some(String::new()),
            Some("body.resourcePoolId"),
        );
        case(|r| r.resource_pool_id = Some("aws~p1".into()), None);
        case(|r| r.labels = [(String::new(), "x".into())].into(), Some("body.labels"));
        case(
            |r| r.labels = [("site".into(), "x".repeat(256))].into(),
            Some("body.labels.site"),
        );
        case(|r| r.labels = [("site".into(), String::new())].into(), None);
        case(
            |r| r.labels = (0..101).map(|n| (n.to_string(), String::new())).collect(),
            Some("body.labels"),
        );
        case(
            |r| r.extensions = o2_core::Extensions::from_iter([("k".into(), "x".repeat(5000).into())]),
            Some("body.extensions.k"),
        );
    }

    #[test]
    fn changes_are_checked() {
        for (replicas, good) in [(0, true), (10_000, true), (10_001, false), (u32::MAX, false)] {
            check(scale(&ScaleRequest::new(replicas)), (!good).then_some("body.replicas"));
        }
        check(upgrade(&UpgradeRequest::to("")), Some("body.packageId"));
        let healed = HealRequest {
            component: Some(String::new()),
            ..HealRequest::default()
        };
        check(heal(&healed), Some("body.component"));
        let wanted = DesiredDeployment {
            description: Some("x".repeat(1001)),
            ..DesiredDeployment::default()
        };
        check(desired(&wanted), Some("body.description"));
    }
}
