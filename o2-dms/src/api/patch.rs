//! Merge patches in which some fields have two names.

use o2_core::{Error, Result};
use serde_json::Value;

/// netweave's names of fields, and ours.
const OTHER_NAMES: [(&str, &str); 2] = [("nfDeploymentDescriptorId", "packageId"), ("parameterValues", "values")];

/// The patch with our names: it is merged into an object that has those.
pub(super) fn canonical(mut patch: Value) -> Result<Value> {
    let Some(fields) = patch.as_object_mut() else {
        return Ok(patch);
    };
    for (other, name) in OTHER_NAMES {
        let Some(value) = fields.remove(other) else { continue };
        if fields.contains_key(name) {
            return Err(Error::violation(
                format!("body.{other}"),
                format!("is the same as {name}; give one of them"),
            ));
        }
        fields.insert(name.to_owned(), value);
    }
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_has_one_name() {
        let patch = canonical(json!({"parameterValues": {"a": null}, "description": "x"})).unwrap();
        assert_eq!(patch, json!({"values": {"a": null}, "description": "x"}));
        assert_eq!(canonical(json!([1])).unwrap(), json!([1]));
        let both = canonical(json!({"nfDeploymentDescriptorId": "a", "packageId": "b"})).unwrap_err();
        assert_eq!(both.violations()[0].at, "body.nfDeploymentDescriptorId");
    }
}
