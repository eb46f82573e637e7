//! The ports that have to do with the runtime, on tokio: time, and external programs.

mod clock;
mod process;

pub use clock::TokioClock;
pub use process::TokioProcesses;
