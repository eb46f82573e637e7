//! [`Position`]: what a marker says about where a page starts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::query::{Marker, Query, SortKey};
use crate::{ErrorKind, Result};

/// Where a page starts. Names the plugins, so that plugins that come and go during a walk neither shift nor repeat what
/// others list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    /// The plugins that have been listed completely; only kept where duplicates are left out.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) listed: Vec<String>,
    /// The plugins still to be asked, in order.
    #[serde(rename = "p")]
    pub(super) plugins: Vec<String>,
    /// How far the walk is.
    #[serde(rename = "a")]
    pub(super) at: At,
    /// How many objects there are in all pages together, if that is known.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
    /// The plugins whose objects come from what is known of them, and why they were not asked if that is the reason.
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) kept: BTreeMap<String, Option<ErrorKind>>,
    /// The plugins some of whose objects belong on earlier pages and were not there, and why.
    #[serde(rename = "m", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) missing: BTreeMap<String, ErrorKind>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum At {
    /// In the first plugin's own order: its marker, and how many objects of that page have been seen.
    #[serde(rename = "w")]
    Walk { marker: Option<String>, skip: usize },
    /// After the object with this sort key and id.
    #[serde(rename = "s")]
    After(SortKey, String),
}

impl Position {
    /// What the marker of `query` says, if it has one.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query.
    pub(super) fn of(query: &Query, binding: u64) -> Result<Option<Self>> {
        let marker = query.marker.as_deref();
        marker.map(|text| Marker::decode(text, binding)).transpose()
    }
}
