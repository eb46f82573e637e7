//! What is read of charts, and which archives are refused.

use proptest::prelude::*;
use serde_json::json;
use tar::EntryType;

use super::testing::{Entry, archive, chart_yaml, demo, file};
use super::*;

fn read(entries: &[Entry]) -> Result<Chart, String> {
    Chart::read(archive(entries)).map_err(|flaw| flaw.to_string())
}

fn plain() -> Entry {
    file("a/Chart.yaml", chart_yaml("a", "1.0.0"))
}

#[test]
fn a_chart_tells_what_it_is() {
    let chart = Chart::read(demo("o2demo", "0.1.0")).unwrap();
    assert_eq!(
        (chart.metadata.name.as_str(), chart.metadata.version.as_str()),
        ("o2demo", "0.1.0")
    );
    assert_eq!(chart.metadata.app_version, "1.0");
    let values = json!({"image": "registry.example/o2demo:1.0", "replicaCount": 1});
    assert_eq!(Value::Object(chart.values.clone()), values);
    assert!(!chart.has_schema && chart.check_installable().is_ok());
    assert_eq!(chart.digest, digest(&chart.archive));
    // FIPS 180-2 appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(b"abc"), abc);
    assert!(!format!("{chart:?}").contains("replicaCount"));
}

#[test]
fn charts_of_every_form_are_read() {
    let v1 = file("a/Chart.yaml", "apiVersion: v1\nname: a\nversion: 1.0.0\n");
    let folder = Entry {
        path: "a/templates/".into(),
        kind: EntryType::Directory,
        content: Vec::new(),
    };
    for entries in [
        vec![v1],
        vec![folder, plain()],
        vec![file("./a/Chart.yaml", chart_yaml("a", "1.0.0"))],
        vec![plain(), file("a/values.yaml", "")],
        vec![plain(), file("a/values.yaml", "# nothing\n")],
        vec![plain(), file("a/values.yaml", "a: &x {b: 1}\nc: *x\n")],
        vec![plain(), file("a/values.schema.json", "{\"type\":\"object\"}")],
        vec![plain(), file("a/files/values.txt", vec![0xff; 10])],
    ] {
        let chart = read(&entries);
        assert!(chart.is_ok(), "{chart:?}");
    }
}

#[test]
fn what_is_no_chart_is_refused() {
    let link = |kind, path: &str| Entry {
        path: path.into(),
        kind,
        content: Vec::new(),
    };
    for (entries, reason) in [
        (vec![], "empty"),
        (vec![file("a/values.yaml", "")], "it has no Chart.yaml"),
        (vec![file("Chart.yaml", "")], "not in the folder"),
        (
            vec![file("a/Chart.yaml", "name: [")],
            "Chart.yaml cannot be read as YAML",
        ),
        (vec![file("a/Chart.yaml", vec![0xff, 0xfe])], "Chart.yaml is not UTF-8"),
        (vec![file("a/Chart.yaml", "name: a\nversion: 1.0.0\n")], "apiVersion"),
        (vec![plain(), file("b/x", "")], "more than one folder"),
        (vec![plain(), file("a/../../etc/passwd", "")], "leads out"),
        (vec![plain(), file("../a/x", "")], "leads out"),
        (vec![plain(), file("/a/x", "")], "leads out"),
        (vec![plain(), file("a\\..\\x", "")], "leads out"),
        (vec![plain(), link(EntryType::Symlink, "a/x")], "is a link or a device"),
        (vec![plain(), link(EntryType::Link, "a/x")], "is a link or a device"),
        (vec![plain(), link(EntryType::Char, "a/x")], "is a link or a device"),
        (vec![plain(), file("a/values.yaml", "- 1")], "holds no mapping"),
        (
            vec![plain(), file("a/values.yaml", vec![b'x'; LARGEST_FILE + 1])],
            "too large",
        ),
        (vec![plain(), file("a/values.schema.json", "{")], "is not JSON"),
        (
            vec![
                plain(),
                file("a/charts/b/values.schema.json", r#"{"$ref":"https://h/x"}"#),
            ],
            "would be fetched",
        ),
    ] {
        let flaw = read(&entries).unwrap_err();
        assert!(flaw.contains(reason), "{reason}: {flaw}");
    }
    for bytes in [
        &b""[..],
        b"PK\x03\x04",
        b"\x1f\x8b\x08 but no more",
        &demo("a", "1.0.0")[..60],
    ] {
        let flaw = Chart::read(Bytes::copy_from_slice(bytes)).unwrap_err().to_string();
        assert!(
            flaw.contains("no gzipped tar") || flaw.contains("empty"),
            "{bytes:?}: {flaw}"
        );
    }
    let error = Flaw::new("it is broken").at("content");
    assert!(
        error.is(o2_core::ErrorKind::InvalidInput) && error.message().starts_with("content: "),
        "{error}"
    );
}

#[test]
fn what_grows_when_it_is_unpacked_is_refused() {
    let small = |bytes, entries| Budget { bytes, entries };
    let unpack = |entries: &[Entry], budget| Files::unpack(&archive(entries), budget).map_err(|flaw| flaw.to_string());
    let large = [plain(), file("a/large", vec![0; 1 << 20])];
    assert!(unpack(&large, small(2 << 20, 2)).is_ok());
    let flaw = unpack(&large, small(1 << 20, 2)).unwrap_err();
    assert!(flaw.contains("too large when it is unpacked"), "{flaw}");
    let flaw = unpack(&large, small(2 << 20, 1)).unwrap_err();
    assert!(flaw.contains("too many files"), "{flaw}");
    // What is packed in it counts.
    let packed = archive(&[file("b/large", vec![0; 1 << 20])]);
    let nested = [plain(), file("a/charts/b-1.tgz", packed.to_vec())];
    assert!(unpack(&nested, small(2 << 20, 3)).is_ok());
    assert!(unpack(&nested, small(1 << 20, 3)).is_err() && unpack(&nested, small(2 << 20, 2)).is_err());
    // Charts in charts in charts.
    let mut packed = demo("a", "1.0.0");
    for _ in 0..10 {
        packed = archive(&[plain(), file("a/charts/a-1.0.0.tgz", packed.to_vec())]);
    }
    let flaw = Chart::read(packed).unwrap_err().to_string();
    assert!(flaw.contains("too many charts"), "{flaw}");
}

#[test]
fn a_library_is_read_and_not_installed() {
    let chart = read(&[file("a/Chart.yaml", chart_yaml("a", "1.0.0") + "type: library\n")]).unwrap();
    assert!(chart.check_installable().unwrap_err().to_string().contains("library"));
}

#[test]
fn what_a_chart_depends_on_has_to_be_in_it() {
    let needs =
        chart_yaml("a", "1.0.0") + "dependencies: [{name: redis, version: 1.x.x}, {name: common, version: 1}]\n";
    let chart = file("a/Chart.yaml", needs);
    let redis = demo("redis", "1.0.0");
    let packed = file("a/charts/redis-1.0.0.tgz", redis.to_vec());
    let unpacked = file("a/charts/common/Chart.yaml", chart_yaml("common", "1.2.0"));
    assert!(read(&[chart.clone(), packed.clone(), unpacked.clone()]).is_ok());
    for (there, missing) in [
        (vec![], "redis, common"),
        (vec![packed], "common"),
        (vec![unpacked], "redis"),
    ] {
        let flaw = read(&[std::slice::from_ref(&chart), &there[..]].concat()).unwrap_err();
        assert!(flaw.contains(&format!("charts/: {missing};")), "{flaw}");
    }
    let broken = file("a/charts/redis-1.0.0.tgz", "nothing");
    assert!(read(&[chart, broken]).is_err());
}

proptest! {
    #[test]
    fn no_archive_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Chart::read(bytes.into());
    }

    #[test]
    fn no_damage_breaks_the_reader(at in 0..400_usize, with: u8) {
        let mut bytes = demo("a", "1.0.0").to_vec();
        let length = bytes.len();
        bytes[at % length] = with;
        let _ = Chart::read(bytes.into());
    }

    #[test]
    fn no_entry_leads_out(path in "[a./\\\\]{1,12}") {
        if let Ok(files) = Files::unpack(&archive(&[file(path, "")]), Budget::default()) {
            prop_assert!(files.get("Chart.yaml").is_none());
        }
    }
}
