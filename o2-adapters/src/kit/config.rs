//! Strict reading of a plugin's own configuration.

use o2_core::capability::Word;
use o2_core::{Capabilities, Error, Operation, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the configuration of a plugin; nothing at all is read as an empty object.
///
/// # Errors
/// `Config` naming the field, and what would be right.
pub fn read_config<T: DeserializeOwned>(config: &Value) -> Result<T> {
    let empty = Value::Object(serde_json::Map::new());
    let config = if config.is_null() { &empty } else { config };
    serde_path_to_error::deserialize(config).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        if path == "." {
            Error::config(reason.to_string())
        } else {
            Error::config(format!("{path}: {reason}"))
        }
    })
}

/// The capabilities that the configuration's words stand for, or all when it has no such list.
///
/// # Errors
/// `Config` naming the unknown word.
pub fn read_capabilities(
    words: Option<&[String]>,
    vocabulary: &'static [Word],
    all: &[&'static Operation],
) -> Result<Capabilities> {
    match words {
        Some(words) => Capabilities::parse(words.iter().map(String::as_str), vocabulary)
            .map_err(|error| Error::config(format!("capabilities: {error}"))),
        None => Ok(Capabilities::new(all.iter().copied())),
    }
}
