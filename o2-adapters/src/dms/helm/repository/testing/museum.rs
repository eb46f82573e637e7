//! A ChartMuseum: an index, archives, and an API to add and remove some.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use o2_core::Timestamp;
use o2_core::ports::HttpResponse;
use serde_json::json;

use super::{Asked, json as json_reply, reply, with};
use crate::dms::helm::chart::{Chart, digest};

#[derive(Default)]
pub(crate) struct Museum {
    charts: BTreeMap<(String, String), (Bytes, Timestamp)>,
    changes: usize,
}

impl Museum {
    pub(super) fn add(&mut self, archive: &Bytes, now: Timestamp) -> bool {
        let chart = Chart::read(archive.clone()).unwrap();
        let named = (chart.metadata.name, chart.metadata.version);
        let added = !self.charts.contains_key(&named);
        if added {
            self.charts.insert(named, (archive.clone(), now));
            self.changes += 1;
        }
        added
    }

    pub(super) fn answer(&mut self, asked: &Asked, odd: bool) -> HttpResponse {
        let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        match (&asked.method, parts.as_slice()) {
            (&Method::GET, ["stable", "index.yaml"]) => self.index(asked, odd),
            (&Method::GET, ["stable", "charts", file]) => self.archive(file),
            (&Method::POST, ["api", "stable", "charts"]) if Chart::read(asked.body.clone()).is_err() => {
                json_reply(400, &json!({"error": "no chart"}))
            }
            (&Method::POST, ["api", "stable", "charts"]) => {
                if self.add(&asked.body, asked.now) {
                    json_reply(201, &json!({"saved": true}))
                } else {
                    json_reply(409, &json!({"error": "file already exists"}))
                }
            }
            (&Method::DELETE, ["api", "stable", "charts", name, version]) => {
                self.changes += 1;
                match self.charts.remove(&((*name).to_owned(), (*version).to_owned())) {
                    Some(_) => json_reply(200, &json!({"deleted": true})),
                    None => json_reply(404, &json!({"error": "not found"})),
                }
            }
            _ => json_reply(404, &json!({"error": "not found"})),
        }
    }

    fn index(&self, asked: &Asked, odd: bool) -> HttpResponse {
        let mark = format!("\"{}-{odd}\"", self.changes);
        if asked.header("if-none-match") == Some(&mark) {
            return reply(304, "");
        }
        let mut index = "apiVersion: v1\nentries:\n".to_owned();
        for ((name, version), (archive, created)) in &self.charts {
            let chart = Chart::read(archive.clone()).unwrap();
            let mut entry = serde_json::to_value(&chart.metadata).unwrap();
            entry["digest"] = digest(archive).into();
            entry["urls"] = json!([format!("charts/{name}-{version}.tgz")]);
            entry["created"] = created.to_string().into();
            index = merge(index, name, &entry.to_string());
        }
        if odd {
            index.push_str("  odd: [7, {name: odd}]\n");
        }
        with(reply(200, index), "etag", &mark)
    }

    fn archive(&self, file: &str) -> HttpResponse {
        let named = |(name, version): &(String, String)| format!("{name}-{version}.tgz") == file;
        let found = self.charts.iter().find(|(key, _)| named(key));
        found.map_or_else(|| reply(404, ""), |(_, (archive, _))| reply(200, archive.clone()))
    }
}

/// Adds an entry to those of its name.
fn merge(index: String, name: &str, entry: &str) -> String {
    let line = format!("  {name}:\n");
    if index.contains(&line) {
        index.replace(&line, &format!("{line}  - {entry}\n"))
    } else {
        format!("{index}{line}  - {entry}\n")
    }
}
