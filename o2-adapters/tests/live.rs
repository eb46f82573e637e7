//! The conformance suites against a backend that really runs, chosen by the environment.
//!
//! `O2_TEST` names the backend; without it, it is `memory`, so that something is always tried. `O2_TEST_REPORT` names a
//! file for the report in JSON; `-` is the standard output.
//!
//! ```console
//! $ O2_TEST=memory cargo test -p o2-adapters --test live -- workflow
//! ```

/// O-Clouds in memory.
#[allow(dead_code, reason = "the worlds can do more than is asked of them here")]
#[path = "conformance/ims"]
mod ims {
    mod fault;
    mod remote;
    mod world;

    use o2_testkit::conformance::{Harness, ImsWorld};

    pub(crate) fn memory() -> impl Harness<dyn ImsWorld> {
        world::Clouds::new("memory", world::Way::Local)
    }
}

/// Deployments in memory.
#[allow(dead_code, reason = "the worlds can do more than is asked of them here")]
#[path = "conformance/dms"]
mod dms {
    mod backend;
    pub(crate) mod memory;
    mod remote;
    mod site;
}

#[path = "conformance/smo/memory.rs"]
mod smo_memory;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use o2_testkit::conformance::live::Live;
use o2_testkit::conformance::{dms_suite, ims_suite, smo_suite};

/// What the environment says, if anything.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever starts a live test chooses the backend by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn main() -> ExitCode {
    let live = Live::new(|future| futures::executor::block_on(future));
    let backend = variable("O2_TEST").unwrap_or_else(|| "memory".to_owned());
    let live = match backend.as_str() {
        "memory" => live
            .with(ims_suite(), Arc::new(ims::memory()))
            .with(dms_suite(), Arc::new(dms::memory::Memory))
            .with(smo_suite(), Arc::new(smo_memory::Memory)),
        other => {
            let _ = writeln!(io::stderr(), "O2_TEST: there is no backend '{other}' (known: memory)");
            return ExitCode::FAILURE;
        }
    };
    let report = variable("O2_TEST_REPORT");
    live.run(std::env::args(), report.as_ref().map(AsRef::as_ref))
}
