//! Fuzzes `o2_testkit::fuzz::path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| o2_testkit::fuzz::path(bytes));
