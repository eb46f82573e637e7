//! What holds for whatever text comes from outside: [`TARGETS`] has one body for each way in, which takes any bytes and
//! panics when a law is broken. A fuzzer runs them for as long as it likes, tests on generated input every time.

#![allow(clippy::panic, reason = "a law that is broken ends the run, as an assertion does")]

mod documents;
mod queries;

use o2_core::{Error, ErrorKind};

pub use documents::{config, problem};
pub use queries::{filter, marker, path, query, selection};

/// One way in.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Tries the laws on some bytes.
    pub run: fn(&[u8]),
    /// Input that gets far, to begin with.
    pub seeds: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "config",
        run: config,
        seeds: &["${A:-x}", "$$", "${A}${B}", "${", "${A:-${B}}", "${A:-}", "a$b"],
    },
    Target {
        name: "filter",
        run: filter,
        seeds: &[
            "(eq,name,a)",
            "(in,resourcePoolId,'a,b','c''d');(gte,replicas,1.5e3)",
            "(ncont,extensions/@key,x)",
            "(lt,createdAt,2026-01-01T00:00:00Z)",
        ],
    },
    Target {
        name: "marker",
        run: marker,
        seeds: &["AQcAAAAAAAAAWyJhIiwxXQ", "cG9vbA", "AQ=="],
    },
    Target {
        name: "path",
        run: path,
        seeds: &["extensions/@key", "labels/a~1b", "a/b/c", "/", "health/status"],
    },
    Target {
        name: "problem",
        run: problem,
        seeds: &[
            r#"{"type":"about:blank","title":"","status":404,"detail":"x","error":"notFound","message":"x"}"#,
            r#"{"type":"","title":"","status":7,"detail":"","error":"","message":"","violations":[{"at":"","reason":""}]}"#,
        ],
    },
    Target {
        name: "query",
        run: query,
        seeds: &[
            "filter=(eq,name,a%20b)&sort=-name,replicas&limit=10&marker=x",
            "location=dallas&fields=name,labels",
            "a=%ff&b=%2&c=+",
        ],
    },
    Target {
        name: "selection",
        run: selection,
        seeds: &[
            "fields=name,labels/a",
            "exclude_fields=extensions&all_fields",
            "exclude_default",
        ],
    },
];

/// That an error blames the caller's input, and does not repeat all of it.
fn blames_the_input(error: &Error, input: &str) {
    assert!(error.is(ErrorKind::InvalidInput), "{error:?}");
    let (told, bound) = (error.message().len(), 2_000 + 4 * MOST_REPEATED);
    assert!(told <= bound, "{} bytes are told about {}", told, input.len());
}

/// The most characters of the input that an error repeats at one place.
const MOST_REPEATED: usize = 80;
