//! What the program is run with, and what is made of how it ends.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Ports;
use o2_core::{ErrorKind, Fault, Retry};
use o2_testkit::ManualClock;
use serde_json::json;

use super::command::Revision;
use super::*;
use crate::dms::helm::release::{Work, own_labels};
use crate::dms::helm::repository::PackageRef;
use crate::kube::Clusters;

/// A program that does as it was told by the test.
#[derive(Debug, Default)]
struct Scripted {
    outputs: Mutex<VecDeque<ProcessOutput>>,
    requests: Mutex<Vec<ProcessRequest>>,
}

impl ProcessRunner for Scripted {
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        let output = if request.arguments[0] == "version" {
            output(0, "v3.19.0", "")
        } else {
            self.outputs.lock().unwrap().pop_front().unwrap()
        };
        self.requests.lock().unwrap().push(request);
        ready(Ok(output)).boxed()
    }
}

fn output(code: i32, stdout: &str, stderr: &str) -> ProcessOutput {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    ProcessOutput::new(Some(code), bytes(stdout), bytes(stderr))
}

fn target() -> Target {
    Target {
        namespace: "edge-a".into(),
        name: "demo".into(),
    }
}

fn revision() -> Revision {
    let package = PackageRef::new("edge", "o2demo", "0.1.0", &"8".repeat(64));
    Revision {
        chart: Bytes::from_static(b"archive"),
        values: serde_json::from_value(json!({"replicaCount": 2, "password": "s3cret"})).unwrap(),
        labels: own_labels(&package, &Work::Upgrade.label("1")),
        description: "New values".into(),
    }
}

fn program(process: &Arc<Scripted>) -> Program {
    let mut config = HelmConfig {
        cluster: serde_json::from_value(json!({"server": "https://api", "token": "s3cret"})).unwrap(),
        ..HelmConfig::default()
    };
    config
        .environment
        .insert("HTTPS_PROXY".into(), Secret::new("http://u:s3cret@proxy"));
    config.environment.insert("HOME".into(), Secret::new("/root"));
    let ports = Ports::new(ManualClock::new());
    let cluster = Clusters::open(&config.cluster, &ports).unwrap();
    let process = Arc::clone(process) as Arc<dyn ProcessRunner>;
    Program::new(&config, &cluster, &process)
}

#[test]
fn arguments_are_those_of_the_version() {
    let options = command::Options {
        timeout: Duration::from_secs(300),
        history: 7,
        create_namespaces: true,
    };
    let (three, four) = (HelmVersion { major: 3, minor: 19 }, HelmVersion { major: 4, minor: 0 });
    let labels = revision().labels.text();
    let end = format!("--values - --labels {labels} --description New values");
    for (change, expected) in [
        (
            Change::Install(revision()),
            format!("install demo ./chart.tgz --namespace edge-a --timeout 300s --create-namespace W{end}"),
        ),
        (
            Change::Upgrade(revision()),
            format!("upgrade demo ./chart.tgz --namespace edge-a --timeout 300s --history-max 7 --reset-values W{end}"),
        ),
        (
            Change::Rollback(3),
            "rollback demo 3 --namespace edge-a --timeout 300s --history-max 7 W".to_owned(),
        ),
        (
            Change::Uninstall,
            "uninstall demo --ignore-not-found --namespace edge-a --timeout 300s".to_owned(),
        ),
    ] {
        for (version, wait) in [(three, ""), (four, "--wait=hookOnly ")] {
            let arguments = change.arguments(&target(), version, &options).join(" ");
            assert_eq!(arguments, expected.replace('W', wait).trim(), "{version}");
        }
    }
}

#[test]
fn secrets_are_in_files_and_on_no_command_line() {
    let process = Arc::new(Scripted::default());
    process
        .outputs
        .lock()
        .unwrap()
        .extend([output(0, "", ""), output(0, "", "")]);
    let program = program(&process);
    block_on(program.change(&target(), &Change::Upgrade(revision()))).unwrap();
    block_on(program.change(&target(), &Change::Uninstall)).unwrap();
    let requests = process.requests.lock().unwrap();
    let commands: Vec<_> = requests.iter().map(|request| request.arguments[0].as_str()).collect();
    assert_eq!(commands, ["version", "upgrade", "uninstall"]);
    for request in requests.iter() {
        assert!(
            !request.arguments.join(" ").contains("s3cret"),
            "{:?}",
            request.arguments
        );
        assert_eq!(
            (
                request.environment["HOME"].as_str(),
                request.environment["HELM_DRIVER"].as_str()
            ),
            (".", "secret")
        );
        assert!(request.environment["HTTPS_PROXY"].contains("s3cret"));
    }
    let [_, upgrade, uninstall] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert_eq!(upgrade.files["chart.tgz"], "archive");
    assert_eq!(upgrade.input, r#"{"password":"s3cret","replicaCount":2}"#);
    assert_eq!(upgrade.environment["KUBECONFIG"], "kubeconfig");
    let kubeconfig = String::from_utf8(upgrade.files["kubeconfig"].to_vec()).unwrap();
    assert!(kubeconfig.contains("https://api") && kubeconfig.contains("s3cret"));
    assert_eq!(uninstall.files.keys().collect::<Vec<_>>(), ["kubeconfig"]);
    assert!(!format!("{program:?}").contains("s3cret"));
}

/// Complaints of Helm 3.17.3, and of the sources of 4.2, with what they mean.
#[test]
fn complaints_are_understood() {
    use ErrorKind as K;
    let schema = "INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\no2demo:\n- replicaCount: Must be greater than or equal to 0";
    for (text, kind, fault) in [
        (
            "INSTALLATION FAILED: cannot re-use a name that is still in use",
            K::AlreadyExists,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: cannot reuse a name that is still in use",
            K::AlreadyExists,
            Fault::Caller,
        ),
        (
            "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
            K::Conflict,
            Fault::Caller,
        ),
        (
            "uninstall: Release not loaded: demo: release: not found",
            K::NotFound,
            Fault::Caller,
        ),
        (
            "UPGRADE FAILED: \"demo\" has no deployed releases",
            K::NotFound,
            Fault::Caller,
        ),
        ("release has no 7 version", K::InvalidInput, Fault::Caller),
        (
            "invalid release name, must match regex ^[a-z0-9]",
            K::InvalidInput,
            Fault::Caller,
        ),
        (schema, K::InvalidInput, Fault::Caller),
        (
            "Kubernetes cluster unreachable: Get \"https://api/version\": dial tcp: refused",
            K::Unavailable,
            Fault::Backend,
        ),
        (
            "UPGRADE FAILED: timed out waiting for the condition",
            K::Timeout,
            Fault::Backend,
        ),
        ("UPGRADE FAILED: context deadline exceeded", K::Timeout, Fault::Backend),
        (
            "INSTALLATION FAILED: Unable to continue with install: Deployment \"demo\" in namespace \"a\" exists and cannot be imported into the current release: invalid ownership metadata; label validation error",
            K::Conflict,
            Fault::Caller,
        ),
        (
            "query: failed to query with labels: secrets is forbidden: User \"x\" cannot list resource",
            K::PermissionDenied,
            Fault::Backend,
        ),
        ("Unauthorized", K::PermissionDenied, Fault::Backend),
        (
            "INSTALLATION FAILED: execution error at (o2demo/templates/a.yaml:1:4): image is needed",
            K::InvalidInput,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: template: o2demo/templates/a.yaml:1:4: executing",
            K::InvalidInput,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: YAML parse error on o2demo/templates/a.yaml: error converting",
            K::InvalidInput,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: create: failed to create: namespaces \"nowhere\" not found",
            K::InvalidInput,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: chart requires kubeVersion: >=1.40 which is incompatible",
            K::InvalidInput,
            Fault::Caller,
        ),
        (
            "INSTALLATION FAILED: failed pre-install: 1 error occurred: hooks failed",
            K::Internal,
            Fault::Backend,
        ),
        ("unknown flag: --labels", K::Internal, Fault::Backend),
        ("something that nobody has thought of", K::Internal, Fault::Backend),
        ("", K::Internal, Fault::Backend),
    ] {
        let complaint = format!("WARNING: Kubernetes configuration file is group-readable.\nError: {text}\n");
        let error = failure(&output(1, "", &complaint), &Change::Upgrade(revision()));
        assert_eq!((error.kind(), error.fault()), (kind, fault), "{text}: {error}");
        assert!(!error.message().contains("dial tcp"), "{error}");
    }
}

#[test]
fn what_is_wrong_with_values_is_named_by_its_place() {
    let complaint = "Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\no2demo:\n- at '/replicaCount': minimum: got -1, want 0\n";
    let error = failure(&output(1, "", complaint), &Change::Upgrade(revision()));
    let violation = &error.violations()[0];
    assert_eq!(
        (violation.at.as_str(), violation.reason.as_str()),
        ("values.replicaCount", "minimum: got -1, want 0")
    );
    let error = failure(
        &output(
            1,
            "",
            "Error: execution error at (a/templates/b.yaml:3:4): image is needed\n",
        ),
        &Change::Upgrade(revision()),
    );
    assert_eq!(error.violations()[0].at, "packageId");
    assert!(error.message().contains("image is needed"), "{error}");
}

#[test]
fn who_comes_too_late_for_a_name_is_told() {
    let complaint = "Error: INSTALLATION FAILED: create: failed to create: release: already exists\n";
    for (change, kind) in [
        (Change::Install(revision()), ErrorKind::AlreadyExists),
        (Change::Upgrade(revision()), ErrorKind::Conflict),
    ] {
        assert_eq!(failure(&output(1, "", complaint), &change).kind(), kind);
    }
    let unreachable = "Error: Kubernetes cluster unreachable: x\n";
    let error = failure(&output(1, "", unreachable), &Change::Uninstall);
    assert_eq!(error.retry(), Retry::Safe);
    let killed = ProcessOutput::new(None, Bytes::new(), Bytes::from_static(b"token=s3cret"));
    let error = failure(&killed, &Change::Uninstall);
    assert_eq!(error.message(), "helm uninstall was killed");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}
