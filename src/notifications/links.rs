//! [`ApiLinks`]: where the objects of notifications can be read.

use o2_core::delivery::{Links, Shape};
use o2_core::http::path;
use url::Url;

/// Objects and the collections they are in.
const COLLECTIONS: [(&str, &str); 7] = [
    ("deploymentManager", "/o2ims/v1/deploymentManagers"),
    ("resourcePool", "/o2ims/v1/resourcePools"),
    ("resource", "/o2ims/v1/resources"),
    ("resourceType", "/o2ims/v1/resourceTypes"),
    ("alarm", "/o2ims/v1/alarms"),
    ("deployment", "/o2dms/v1/deployments"),
    ("deploymentPackage", "/o2dms/v1/deploymentPackages"),
];

/// Links into the gateway's own API.
#[derive(Debug)]
pub(super) struct ApiLinks {
    base: String,
}

impl ApiLinks {
    /// Links that begin with `base`; relative ones without it.
    pub(super) fn new(base: Option<&Url>) -> Self {
        let base = base.map(|base| base.as_str().trim_end_matches('/').to_owned());
        Self {
            base: base.unwrap_or_default(),
        }
    }
}

impl Links for ApiLinks {
    fn link(&self, _: Shape, object: &str, id: &str) -> Option<String> {
        let (_, collection) = COLLECTIONS.iter().find(|(known, _)| *known == object)?;
        Some(format!("{}{collection}/{}", self.base, path::encode(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_api() {
        let base = Url::parse("https://o2.example.com/edge/").unwrap();
        for (base, object, id, link) in [
            (
                Some(&base),
                "resourcePool",
                "p1",
                Some("https://o2.example.com/edge/o2ims/v1/resourcePools/p1"),
            ),
            (None, "deployment", "a b/c", Some("/o2dms/v1/deployments/a%20b%2Fc")),
            (None, "nothing", "x", None),
        ] {
            let found = ApiLinks::new(base).link(Shape::Product, object, id);
            assert_eq!(found.as_deref(), link);
        }
    }
}
