//! YAML that others wrote: charts, manifests, indexes. Read within budgets, and as Kubernetes' own tools read it.

use serde::de::DeserializeOwned;
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{DuplicateKeyPolicy, MessageFormatter, Options, UserMessageFormatter};

use o2_core::error::Excerpt;

/// How deep a document may be nested. The parser recurses; a thread has 2 MiB of stack.
const LEVELS: usize = 40;

/// Reads one document of at most `bytes`; an empty one as `null`.
///
/// # Errors
/// Says what is wrong, without repeating values of the text.
pub(crate) fn read<T: DeserializeOwned>(text: &str, bytes: usize) -> Result<T, String> {
    if text.len() > bytes {
        return Err(format!("is larger than {bytes} bytes"));
    }
    serde_saphyr::from_str_with_options(text, options(bytes)).map_err(|error| reason(error.without_snippet()))
}

fn options(bytes: usize) -> Options {
    // A value takes two bytes at the least.
    let nodes = bytes / 2 + 1;
    serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! {
            max_depth: LEVELS,
            max_nodes: nodes,
            max_events: nodes.saturating_mul(3),
            max_total_scalar_bytes: bytes,
            max_documents: 1,
        },
    }
}

fn reason(error: &serde_saphyr::Error) -> String {
    let line = error
        .location()
        .map(|location| location.line())
        .filter(|line| *line > 0);
    let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
    match error {
        serde_saphyr::Error::Budget { .. } => "is too large or too deeply nested".to_owned(),
        other => {
            let said = UserMessageFormatter.format_message(other);
            format!("cannot be read as YAML: {}{line}", Excerpt(&said))
        }
    }
}
