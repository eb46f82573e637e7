//! Documents: configuration with variables, and problem documents of other services.

use http::StatusCode;
use o2_core::config::Config;
use o2_core::http::ProblemDetails;
use o2_core::{Error, ErrorKind, Result};
use serde_json::json;

/// What variables hold must not be told to whoever reads errors.
const HELD: &str = "hunter2-hunter2";

/// Variables are replaced or refused; an error tells nothing of what they hold; a text whose dollar signs are doubled
/// is the text.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(read) if !text.contains('$') => assert_eq!(read, text),
        Ok(_) => {}
        Err(error) => {
            assert!(error.is(ErrorKind::Config), "{error:?}");
            assert!(!error.message().contains(HELD), "{error}");
        }
    }
    let doubled = read(&text.replace('$', "$$"));
    assert_eq!(doubled.ok().as_deref(), Some(text), "when its dollar signs are doubled");
}

/// A description that goes through the configuration.
fn read(text: &str) -> Result<String> {
    let document = json!({"gateway": {"description": text}});
    let variables = |name: &str| Some(HELD.to_owned()).filter(|_| name.starts_with('A'));
    Config::from_value(document, "fuzzed", &variables).map(|config| config.gateway.description)
}

/// A problem document that can be read is written as what it is, and can be sent whatever its status.
pub fn problem(bytes: &[u8]) {
    let Ok(problem) = serde_json::from_slice::<ProblemDetails>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&problem).map_err(|source| Error::internal("unwritable").with_source(source));
    let again = written.map(|written| serde_json::from_slice::<ProblemDetails>(&written).ok());
    assert_eq!(again.ok().flatten().as_ref(), Some(&problem));
    let status = problem.clone().into_response().status();
    let expected = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(status, expected);
}
