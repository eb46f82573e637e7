//! Queries: filters, selections, paths, query strings and markers.

use o2_core::model::Version;
use o2_core::query::{Filter, Marker, PageLimits, Params, Path, Query, Selected, Selection};
use o2_ims::{Resource, ResourcePool};
use serde_json::{Value, json};

use super::blames_the_input;

fn sample() -> ResourcePool {
    let mut pool = ResourcePool::new("pool-1", "Pool 1");
    pool.location = Some("dallas".to_owned());
    pool.replicas = Some(3);
    pool.labels.insert("a".to_owned(), "x".to_owned());
    pool.extensions
        .insert("memory.deep".to_owned(), json!({"list": [1, "two", {"three": null}]}));
    pool.version = Some(Version::new("1"));
    pool
}

/// A filter that is parsed is printed as what it is, and a filter that is bound can be evaluated.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let filter = match Filter::parse(text) {
        Ok(filter) => filter,
        Err(error) => return blames_the_input(&error, text),
    };
    let printed = filter.to_string();
    let again = Filter::parse(&printed).unwrap_or_else(|error| panic!("{text:?} is printed as {printed:?}: {error}"));
    assert_eq!(again, filter, "{text:?} is printed as {printed:?}");
    match filter.bind::<ResourcePool>() {
        Ok(matcher) => drop(matcher.matches(&sample())),
        Err(error) => blames_the_input(&error, text),
    }
    if let Err(error) = filter.bind::<Resource>() {
        blames_the_input(&error, text);
    }
}

/// A selection shows nothing that is not there.
pub fn selection(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = Params::parse(text).and_then(|params| Selection::parse::<ResourcePool>(&params));
    match parsed {
        Ok(selection) => {
            let (whole, pool) = (json!(sample()), sample());
            let shown = json!(Selected::new(&pool, &selection));
            assert!(is_part_of(&shown, &whole), "{text:?} shows {shown}");
        }
        Err(error) => blames_the_input(&error, text),
    }
}

fn is_part_of(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let mut entries = part.iter();
            entries.all(|(key, value)| whole.get(key).is_some_and(|whole| is_part_of(value, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len() && part.iter().zip(whole).all(|(part, whole)| is_part_of(part, whole))
        }
        (part, whole) => part == whole,
    }
}

/// A path that is parsed is printed as what it is.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Path::parse(text) {
        Ok(path) => {
            let printed = path.to_string();
            let again = Path::parse(&printed).unwrap_or_else(|error| panic!("{text:?} as {printed:?}: {error}"));
            assert_eq!(again, path, "{text:?} is printed as {printed:?}");
        }
        Err(error) => blames_the_input(&error, text),
    }
}

/// A query string is read or refused, and its pages have a size that is allowed.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let limits = PageLimits::default();
    match Params::parse(text).and_then(|params| Query::parse::<ResourcePool>(&params, limits)) {
        Ok(query) => {
            assert!((1..=limits.max).contains(&limits.page_size(query.limit)), "{text:?}");
            if !query.filter.is_empty() {
                let printed = query.filter.to_string();
                assert_eq!(Filter::parse(&printed).ok(), Some(query.filter), "{text:?}");
            }
        }
        Err(error) => blames_the_input(&error, text),
    }
}

/// A marker is refused, unless it was made for this list; one that was made comes back, and for no other list.
pub fn marker(bytes: &[u8]) {
    const BINDING: u64 = 7;
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Marker::decode::<(String, u32)>(text, BINDING) {
        blames_the_input(&error, text);
    }
    let made = Marker::encode(BINDING, &text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(Marker::decode::<String>(&made, BINDING).ok().as_deref(), Some(text));
    assert!(
        Marker::decode::<String>(&made, BINDING + 1).is_err(),
        "{made} belongs to two lists"
    );
}
