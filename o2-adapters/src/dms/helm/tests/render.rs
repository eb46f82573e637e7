//! What the templates of the charts of these tests become: the few actions that they have, done as Helm does them.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use o2_core::Extensions;
use serde_json::{Map, Value, json};

use crate::dms::helm::chart::Chart;
use crate::dms::helm::release::coalesce;

/// A rendered chart.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    /// What Helm keeps of the chart: not the charts in it.
    pub(super) kept: Value,
    pub(super) manifest: String,
}

/// Where templates are rendered to.
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
}

/// Renders an archive with values.
///
/// # Errors
/// Says what Helm says.
pub(super) fn render(archive: &[u8], values: &Extensions, place: &Place<'_>) -> Result<Rendered, String> {
    let chart = Chart::read(bytes::Bytes::copy_from_slice(archive)).map_err(|flaw| flaw.to_string())?;
    let files = files(archive);
    let name = chart.metadata.name.clone();
    let effective = coalesce(&chart.values, values);
    check_schema(&chart, &effective)?;
    let mut manifest = String::new();
    for (path, text) in &files {
        let parts: Vec<_> = path.split('/').collect();
        let values = match parts[..] {
            [_, "templates", _] => effective.clone(),
            [_, "charts", part, "templates", _] => part_values(&files, &name, part, &effective),
            _ => continue,
        };
        let rendered = expand(path, text, &Value::Object(values), place)?;
        manifest.push_str(&format!("---\n# Source: {path}\n{rendered}"));
    }
    let own = files
        .iter()
        .filter(|(path, _)| path.split('/').nth(1) == Some("templates"));
    let templates: Vec<_> = own
        .map(|(path, text)| json!({"name": path.split_once('/').unwrap().1, "data": STANDARD.encode(text)}))
        .collect();
    let kept = json!({
        "metadata": chart.metadata, "lock": null, "templates": templates, "values": chart.values, "schema": null, "files": null,
    });
    Ok(Rendered { kept, manifest })
}

fn files(archive: &[u8]) -> BTreeMap<String, String> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let entries = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (path, text)
    });
    entries.collect()
}

/// The values of a chart in a chart.
fn part_values(files: &BTreeMap<String, String>, name: &str, part: &str, parent: &Extensions) -> Extensions {
    let defaults = files
        .get(&format!("{name}/charts/{part}/values.yaml"))
        .map(|text| serde_saphyr::from_str::<Map<String, Value>>(text).unwrap())
        .unwrap_or_default();
    match parent.get(part) {
        Some(Value::Object(given)) => coalesce(&defaults, given),
        _ => defaults,
    }
}

/// The one rule that the schemas of these charts have.
fn check_schema(chart: &Chart, values: &Extensions) -> Result<(), String> {
    let replicas = &values.get("replicaCount").cloned().unwrap_or(json!(0));
    if !chart.has_schema || replicas.is_u64() {
        return Ok(());
    }
    Err(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{}:\n\
         - replicaCount: Must be greater than or equal to 0\n",
        chart.metadata.name
    ))
}

fn expand(path: &str, text: &str, values: &Value, place: &Place<'_>) -> Result<String, String> {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after
            .split_once("}}")
            .ok_or(format!("parse error at ({path}:1): unclosed action"))?;
        done.push_str(before);
        if action.contains("fail (printf") {
            let password = values["adminPassword"].as_str().unwrap_or_default();
            return Err(format!(
                "execution error at ({path}:1:6): the password {password} is refused"
            ));
        }
        done.push_str(&evaluate(action, values, place).ok_or(format!(
            "template: {path}:1:3: executing \"{path}\" at <{}>: nil pointer evaluating interface {{}}",
            action.trim()
        ))?);
        rest = after;
    }
    done.push_str(rest);
    Ok(done)
}

fn evaluate(action: &str, values: &Value, place: &Place<'_>) -> Option<String> {
    let mut parts = action.split('|').map(str::trim);
    let mut value = match parts.next()? {
        ".Release.Name" => json!(place.name),
        ".Release.Namespace" => json!(place.namespace),
        path => {
            let pointer = path.strip_prefix(".Values")?.replace('.', "/");
            values.pointer(&pointer)?.clone()
        }
    };
    for function in parts {
        value = match function {
            "quote" => json!(json!(plain(&value)).to_string()),
            "toJson" => json!(value.to_string()),
            _ => return None,
        };
    }
    Some(plain(&value))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
