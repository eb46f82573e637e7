//! The bodies of the fuzz targets, on input that is generated for each run: any bytes, any text, and what becomes of
//! good input when somebody cuts, doubles and mixes it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use o2_testkit::fuzz::TARGETS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// How somebody changes a text at one place.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Double,
    Insert(char),
    Cut,
    Append(&'static str),
}

fn any_change(seeds: &'static [&'static str]) -> impl Strategy<Value = Change> {
    let telling: Vec<_> = "(),;'/~@$%&=+-{}:\"\\ .0aé\u{0}".chars().collect();
    prop_oneof![
        2 => Just(Change::Remove),
        2 => Just(Change::Double),
        4 => select(telling).prop_map(Change::Insert),
        1 => any::<char>().prop_map(Change::Insert),
        1 => Just(Change::Cut),
        1 => select(seeds).prop_map(Change::Append),
    ]
}

fn changed(seed: &str, changes: Vec<(Index, Change)>) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for (place, change) in changes {
        let at = place.index(text.len() + 1);
        match change {
            Change::Insert(letter) => text.insert(at, letter),
            Change::Append(seed) => text.extend(seed.chars()),
            Change::Cut => text.truncate(at),
            Change::Remove if at < text.len() => drop(text.remove(at)),
            Change::Double if at < text.len() => text.insert(at, text[at]),
            Change::Remove | Change::Double => {}
        }
    }
    text.into_iter().collect()
}

#[test]
fn the_laws_hold_for_good_input() {
    for target in TARGETS {
        target.seeds.iter().for_each(|seed| (target.run)(seed.as_bytes()));
    }
}

#[test]
fn the_laws_hold_for_any_bytes_and_any_text() {
    for target in TARGETS {
        proptest!(|(bytes in vec(any::<u8>(), 0..64), text in ".{0,64}")| {
            (target.run)(&bytes);
            (target.run)(text.as_bytes());
        });
    }
}

#[test]
fn the_laws_hold_for_changed_input() {
    for target in TARGETS {
        let changes = vec((any::<Index>(), any_change(target.seeds)), 0..12);
        proptest!(|(seed in select(target.seeds), changes in changes)| {
            (target.run)(changed(seed, changes).as_bytes());
        });
    }
}

#[test]
fn every_target_is_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let names: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let files: BTreeSet<_> = fs::read_dir(folder.join("fuzz_targets"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    assert_eq!(files, names);
    for name in names {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "fuzz/Cargo.toml has no '{name}'"
        );
    }
}
