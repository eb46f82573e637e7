//! [`Lenient`]: reads a list item by item, so that one item of a kind nobody has thought of does not take the others away.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use o2_core::error::Excerpt;
use o2_core::{Error, ErrorKind, Fault, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::redact::complaint;

/// So many ids are remembered as having been complained about.
const REMEMBERED: usize = 1024;

/// What of a list could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Items<T> {
    /// What could be read, in the order of the list.
    pub items: Vec<T>,
    /// How many could not. If it is not zero, nothing can be concluded from the absence of an item.
    pub skipped: usize,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            skipped: 0,
        }
    }
}

/// Reads lists item by item. An item that cannot be read is left out, counted, and logged with its id: at `warn` for the
/// first time, at `debug` from then on. Keep one value per list, since it remembers.
///
/// ```
/// use o2_adapters::kit::lenient::Lenient;
/// use serde_json::json;
///
/// let servers = Lenient::new("server");
/// let read = servers.read::<(u32, u32)>(vec![json!([1, 2]), json!({"id": "odd"})]);
/// assert_eq!((read.items, read.skipped), (vec![(1, 2)], 1));
/// ```
#[derive(Debug)]
pub struct Lenient {
    what: &'static str,
    id_at: &'static str,
    known: Mutex<BTreeSet<String>>,
}

impl Lenient {
    /// Calls an item `what` in logs, and its member `id` its id.
    #[must_use]
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            id_at: "/id",
            known: Mutex::default(),
        }
    }

    /// Finds the id at this JSON pointer of an item.
    #[must_use]
    pub fn with_id_at(mut self, pointer: &'static str) -> Self {
        self.id_at = pointer;
        self
    }

    /// Reads what can be read.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, list: Vec<Value>) -> Items<T> {
        let mut read = Items::default();
        for item in list {
            let id = id_of(&item, self.id_at);
            match serde_path_to_error::deserialize::<_, T>(item) {
                Ok(item) => read.items.push(item),
                Err(error) => {
                    read.skipped += 1;
                    let reason = format!("{}: {}", error.path(), complaint(error.inner()));
                    self.log(&id, &reason);
                }
            }
        }
        read
    }

    fn log(&self, id: &str, reason: &str) {
        let what = self.what;
        if self.is_news(id) {
            tracing::warn!(what, id, reason, "an item of a list cannot be read and is left out");
        } else {
            tracing::debug!(what, id, reason, "an item of a list cannot be read and is left out");
        }
    }

    fn is_news(&self, id: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.len() < REMEMBERED && known.insert(id.to_owned())
    }
}

fn id_of(item: &Value, pointer: &str) -> String {
    match item.pointer(pointer) {
        Some(Value::String(id)) => Excerpt(id).to_string(),
        Some(Value::Number(id)) => id.to_string(),
        _ => "(without id)".to_owned(),
    }
}

/// Takes the list at this JSON pointer out of an answer. An envelope without it is wrong as a whole.
///
/// # Errors
/// `Internal` with the backend's fault when there is no list.
pub fn take_list(answer: &mut Value, pointer: &str) -> Result<Vec<Value>> {
    match answer.pointer_mut(pointer).map(Value::take) {
        Some(Value::Array(list)) => Ok(list),
        _ => {
            let error = Error::new(
                ErrorKind::Internal,
                "the backend's answer has no list where one should be",
            );
            Err(error.with_fault(Fault::Backend).with_detail(format!("at '{pointer}'")))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Server {
        id: String,
        cores: u32,
    }

    #[test]
    fn what_can_be_read_is_read() {
        let list = vec![
            json!({"id": "a", "cores": 1}),
            json!({"id": "b", "cores": "many"}),
            json!(null),
            json!({"id": "c", "cores": 3, "new": true}),
        ];
        let read = Lenient::new("server").read::<Server>(list);
        let ids: Vec<_> = read.items.iter().map(|server| server.id.as_str()).collect();
        assert_eq!((ids, read.skipped), (vec!["a", "c"], 2));
    }

    #[test]
    fn an_id_is_news_once_and_memory_is_bounded() {
        let lenient = Lenient::new("server");
        assert!(lenient.is_news("a") && !lenient.is_news("a") && lenient.is_news("b"));
        for number in 0..2 * REMEMBERED {
            lenient.is_news(&number.to_string());
        }
        assert_eq!(lenient.known.lock().unwrap().len(), REMEMBERED);
        assert!(!lenient.is_news("one more"));
    }

    #[test]
    fn ids_are_found_where_they_are() {
        for (item, pointer, id) in [
            (json!({"id": "a"}), "/id", "a"),
            (json!({"id": 7}), "/id", "7"),
            (json!({"metadata": {"uid": "u"}}), "/metadata/uid", "u"),
            (json!({"id": "a\nb"}), "/id", "a\u{fffd}b"),
            (json!([]), "/id", "(without id)"),
        ] {
            assert_eq!(id_of(&item, pointer), id);
        }
    }

    #[test]
    fn an_envelope_without_a_list_is_wrong() {
        assert_eq!(take_list(&mut json!({"servers": [1]}), "/servers").unwrap(), [json!(1)]);
        assert_eq!(take_list(&mut json!([1]), "").unwrap(), [json!(1)]);
        for answer in [
            json!({}),
            json!({"servers": null}),
            json!({"servers": {}}),
            json!("servers"),
        ] {
            let error = take_list(&mut answer.clone(), "/servers").unwrap_err();
            assert!(
                error.is(ErrorKind::Internal) && error.fault() == Fault::Backend,
                "{answer}: {error:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_without_being_counted(list in proptest::collection::vec(any::<Option<u16>>(), 0..40)) {
            let good: Vec<u16> = list.iter().flatten().copied().collect();
            let values = list.iter().map(|item| item.map_or(json!("odd"), |number| json!(number))).collect();
            let read = Lenient::new("number").read::<u16>(values);
            prop_assert_eq!(read.skipped, list.len() - good.len());
            prop_assert_eq!(read.items, good);
        }
    }
}
