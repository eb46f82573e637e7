//! Records as Secrets: their names, labels and data.

use std::collections::BTreeMap;

use bytes::Bytes;
use k8s_openapi::ByteString;
use kube::api::DynamicObject;
use o2_core::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Of, Record};
use crate::kube::kind::Kind;
use crate::kube::meta::Meta;

pub(super) static SECRETS: Kind = Kind::of_namespaces("", "v1", "Secret", "secrets");
/// The label with the uid of the object whose past it is.
pub(super) const OF: &str = "o2ims.oran.org/revision-of";
/// The label with the number, for people who look.
const NUMBER: &str = "o2ims.oran.org/revision";
const TYPE: &str = "o2ims.oran.org/revision";
/// The key of the record itself in the data; the others are its attachments.
const RECORD: &str = "record";

/// The name of a record. A uid is never given again, so neither is the name.
pub(super) fn name(of: Of<'_>, number: u32) -> String {
    format!("o2.{}.v{number}", of.meta.uid)
}

/// The Secret of a record.
pub(super) fn secret(of: Of<'_>, tenant_label: &str, record: &Record) -> Result<Value> {
    let body = serde_json::to_vec(record)
        .map_err(|source| Error::internal("a revision cannot be written down").with_source(source))?;
    let attachments = record.attachments.iter();
    let mut data: BTreeMap<&str, ByteString> = attachments
        .map(|(key, content)| (key.as_str(), ByteString(content.to_vec())))
        .collect();
    data.insert(RECORD, ByteString(body));
    let mut labels = BTreeMap::from([
        (OF, of.meta.uid.clone()),
        (NUMBER, record.number.to_string()),
        ("app.kubernetes.io/managed-by", "o2".to_owned()),
    ]);
    if let Some(tenant) = of.meta.label(tenant_label) {
        labels.insert(tenant_label, tenant.to_owned());
    }
    Ok(json!({
        "apiVersion": SECRETS.api_version(),
        "kind": SECRETS.name,
        "metadata": {
            "name": name(of, record.number),
            "namespace": of.namespace,
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": of.kind.api_version(),
                "kind": of.kind.name,
                "name": of.meta.name,
                "uid": of.meta.uid,
            }],
        },
        "type": TYPE,
        "data": data,
    }))
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    data: BTreeMap<String, ByteString>,
}

/// The record in a Secret; `None` when it cannot be understood, because a later release has written it, for instance.
pub(super) fn read(_: &Kind, object: DynamicObject) -> Option<Record> {
    let found = serde_json::from_value::<Data>(object.data).map(|found| found.data);
    let record = found.and_then(|mut data| {
        let body = data.remove(RECORD).unwrap_or_default();
        let mut record: Record = serde_json::from_slice(&body.0)?;
        let attachments = data.into_iter();
        record.attachments = attachments
            .map(|(key, content)| (key, Bytes::from(content.0)))
            .collect();
        Ok(record)
    });
    record
        .inspect_err(|error| {
            let path = Meta::from(object.metadata).path();
            tracing::warn!(path, %error, "a revision cannot be read; it is left out");
        })
        .ok()
}
