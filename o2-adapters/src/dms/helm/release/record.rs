//! [`Record`]: what Helm writes into a Secret about one revision, as far as it is used.
//!
//! It is JSON, gzipped, in base64, in what Kubernetes puts into base64 once more. Helm itself also takes it without gzip.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use o2_core::{Extensions, Timestamp};
use serde::{Deserialize, Deserializer};

use super::{Manifested, Release, ReleaseStatus};
use crate::dms::helm::chart::Metadata;
use crate::kit::redact::without_secrets_of;
use crate::kube::{Meta, or_default};

/// The most bytes that a record may have when it is unpacked. A Secret has 1 MiB at most.
const LARGEST: u64 = 64 << 20;
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// One revision.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) version: u32,
    pub(crate) info: Info,
    #[serde(default)]
    chart: Option<Chart>,
    #[serde(default)]
    config: Option<Extensions>,
    #[serde(default, deserialize_with = "or_default")]
    manifest: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Info {
    #[serde(default, deserialize_with = "time")]
    first_deployed: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    last_deployed: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) status: String,
    /// Since Helm 4; zero when it is no rollback.
    #[serde(default, deserialize_with = "or_default")]
    rollback_revision: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Chart {
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    values: Option<Extensions>,
}

/// A time; none is written as an empty text, as null, or as the year 1.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let time = text.and_then(|text| Timestamp::parse(&text).ok());
    Ok(time.filter(|time| *time > Timestamp::UNIX_EPOCH))
}

impl Record {
    /// Reads what a Secret holds under `release`, which the API server shows in base64.
    ///
    /// # Errors
    /// Says what it is not.
    pub(crate) fn read(data: &str) -> Result<Self, String> {
        let not = |what: &str| format!("a release is not {what}");
        let text = STANDARD.decode(data.trim()).map_err(|_| not("in base64"))?;
        let packed = STANDARD
            .decode(text.trim_ascii())
            .map_err(|_| not("in base64, twice"))?;
        let json = if packed.starts_with(&GZIP) {
            unpack(&packed).ok_or_else(|| not("a gzip of a reasonable size"))?
        } else {
            packed
        };
        serde_json::from_slice(&json).map_err(|error| not(&format!("as Helm writes it: {:?}", error.classify())))
    }

    /// The release, with what its Secret says besides.
    pub(crate) fn release(self, meta: Meta) -> Release {
        let chart = self.chart.unwrap_or(Chart {
            metadata: None,
            values: None,
        });
        let values = self.config.unwrap_or_default();
        let rolled_back = (self.info.rollback_revision > 0).then_some(self.info.rollback_revision);
        Release {
            meta,
            runs: Manifested::read(&self.manifest, &self.namespace),
            namespace: self.namespace,
            name: self.name,
            revision: self.version,
            status: ReleaseStatus::read(&self.info.status),
            rolled_back_to: rolled_back.or_else(|| rollback_of(&self.info.description)),
            // Why something failed may repeat values that the chart did not like.
            description: without_secrets_of(&self.info.description, &values),
            first_deployed: self.info.first_deployed,
            last_deployed: self.info.last_deployed,
            chart: chart.metadata.unwrap_or_default(),
            defaults: chart.values.unwrap_or_default(),
            values,
        }
    }
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut json = Vec::new();
    let read = GzDecoder::new(packed).take(LARGEST + 1).read_to_end(&mut json).ok()?;
    (read as u64 <= LARGEST).then_some(json)
}

/// The revision that Helm 3 says it went back to. Its words have been the same since Helm 2.
fn rollback_of(description: &str) -> Option<u32> {
    description.strip_prefix("Rollback to ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::dms::helm::release::WorkloadKind;
    use crate::dms::helm::release::testing::{gzipped, plain};

    /// `data.release` of a Secret that Helm 3.17.3 has written (helm-release-secret.json of the captured samples).
    const CAPTURED: &str = include_str!("captured.b64");

    #[test]
    fn what_helm_has_written_is_read() {
        let release = Record::read(CAPTURED).unwrap().release(Meta::default());
        assert_eq!(
            (release.namespace.as_str(), release.name.as_str(), release.revision),
            ("edge-a", "demo", 3)
        );
        assert_eq!(release.status, ReleaseStatus::Deployed);
        assert_eq!(release.description, "Rollback to 1");
        assert_eq!(release.rolled_back_to, Some(1));
        assert_eq!(
            release.first_deployed.unwrap().to_string(),
            "2026-11-20T08:37:49.300312485Z"
        );
        assert_eq!(
            release.last_deployed.unwrap().to_string(),
            "2026-11-20T08:38:01.381504761Z"
        );
        assert_eq!(
            (release.chart.name.as_str(), release.chart.version.as_str()),
            ("o2demo", "0.1.0")
        );
        assert_eq!(Value::Object(release.values.clone()), json!({"replicaCount": 2}));
        let effective = json!({"image": "registry.example/o2demo:1.0", "replicaCount": 2});
        assert_eq!(Value::Object(release.effective()), effective);
        let workload = &release.runs.workloads[0];
        assert_eq!(
            (workload.kind, workload.name.as_str(), workload.replicas),
            (WorkloadKind::Deployment, "demo", Some(2))
        );
    }

    fn record(change: impl FnOnce(&mut Value)) -> Value {
        let mut record = json!({"name": "demo", "namespace": "a", "version": 1, "info": {"status": "deployed"}});
        change(&mut record);
        record
    }

    #[test]
    fn what_is_missing_null_or_new_is_no_trouble() {
        let bare = record(|_| ());
        let release = Record::read(&gzipped(&bare)).unwrap().release(Meta::default());
        assert!(release.values.is_empty() && release.runs.workloads.is_empty() && release.first_deployed.is_none());
        assert_eq!(Record::read(&plain(&bare)), Record::read(&gzipped(&bare)));
        let nulls = record(|r| {
            for field in ["config", "chart", "manifest", "hooks", "labels"] {
                r[field] = Value::Null;
            }
            r["info"] = json!({"status": null, "description": null, "first_deployed": null, "deleted": "", "last_deployed": "0001-01-01T00:00:00Z"});
            r["apply_method"] = json!("ssa");
        });
        let release = Record::read(&gzipped(&nulls)).unwrap().release(Meta::default());
        assert_eq!((release.status, release.last_deployed), (ReleaseStatus::Unknown, None));
        for (info, expected) in [
            (json!({"description": "Rollback to 12"}), Some(12)),
            (json!({"description": "Rollback \"demo\" failed: x"}), None),
            (json!({"description": "Rollback to the roots"}), None),
            (json!({"description": "mine", "rollback_revision": 4}), Some(4)),
            (json!({"description": "Upgrade complete", "rollback_revision": 0}), None),
        ] {
            let record = record(|r| r["info"] = info.clone());
            let release = Record::read(&gzipped(&record)).unwrap().release(Meta::default());
            assert_eq!(release.rolled_back_to, expected, "{info}");
        }
    }

    #[test]
    fn what_is_no_release_is_refused() {
        let empty_gzip = STANDARD.encode(STANDARD.encode([0x1f, 0x8b, 0x08, 0, 0]));
        for (data, reason) in [
            ("", "as Helm writes it"),
            ("%", "in base64"),
            (&STANDARD.encode("%%%"), "in base64, twice"),
            (&empty_gzip, "a gzip"),
            (&plain(&json!([])), "as Helm writes it"),
            (&plain(&record(|r| r["version"] = json!("one"))), "as Helm writes it"),
            (&plain(&record(|r| r["info"] = Value::Null)), "as Helm writes it"),
        ] {
            let refused = Record::read(data).unwrap_err();
            assert!(refused.contains(reason), "{data}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn no_data_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Record::read(&STANDARD.encode(STANDARD.encode(&bytes)));
            let _ = Record::read(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn a_written_release_is_read(revision: u32, status in "[a-z-]{1,20}", text in ".{0,40}") {
            let record = record(|r| {
                r["version"] = revision.into();
                r["info"] = json!({"status": status, "description": text});
            });
            let read = Record::read(&gzipped(&record)).unwrap();
            prop_assert_eq!((read.version, &read.info.status, &read.info.description), (revision, &status, &text));
        }
    }
}
