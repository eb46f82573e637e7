//! Fuzzes `o2_testkit::fuzz::query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| o2_testkit::fuzz::query(bytes));
