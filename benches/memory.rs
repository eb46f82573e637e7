//! How much memory a resource takes in the in-memory backend.

use crate::support::world::{Get, SOME_ID, gateway};
use crate::support::{Bench, Report};

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let nodes = bench.scale(100_000);
    let before = resident();
    let large = gateway(1, nodes);
    let grown = resident().saturating_sub(before);

    let object = Get::new(&format!("/o2ims/v2/resources/{SOME_ID}")).answer(bench, &large);
    report.facts(
        "Memory of the in-memory backend",
        &[
            ("resources, each with 3 to 7 parts", nodes.to_string()),
            (
                "growth of the process",
                format!("{:.1} MiB", grown as f64 / f64::from(1 << 20)),
            ),
            ("per resource", format!("{} bytes", grown / u64::from(nodes))),
            ("one resource as JSON", format!("{} bytes", object.body().len())),
        ],
    );
}

/// Bytes of this process that are in memory; 0 where the kernel does not say.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
