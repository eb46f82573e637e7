//! Changes that flow from a backend to receivers, for the crash test and the benchmarks of delivery: a backend whose log of
//! changes is the truth, a plugin that watches it, receivers that may fail, and the verdict on what they received.

pub(crate) mod log;
pub(crate) mod plugin;
pub(crate) mod random;
pub(crate) mod receiver;
pub(crate) mod verdict;
