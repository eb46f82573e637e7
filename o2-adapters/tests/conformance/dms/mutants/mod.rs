//! Broken plugins, each with one fault, and the case that must find it.

mod changes;
mod creation;
mod errors;
mod packages;
mod records;
mod states;
mod watches;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_dms::Deployment;
use o2_testkit::conformance::{DmsWorld, Harness, Report, dms_suite};

use super::remote::Remote;
use super::site::Site;
use super::twist::{Mutant, Twist};

/// A fault, and the name of the case that finds it.
type Row = (Arc<dyn Twist>, &'static str);

fn row(twist: impl Twist, case: &'static str) -> Row {
    (Arc::new(twist), case)
}

/// Makes sites whose plugin has one fault.
struct Broken(Arc<dyn Twist>);

impl Harness<dyn DmsWorld> for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        let twist = Arc::clone(&self.0);
        let wrap = move |right: Remote| Arc::new(Mutant::new(right, Arc::clone(&twist))) as _;
        async { Ok(Arc::new(Site::remote(wrap).await?) as _) }.boxed()
    }
}

/// No fault at all.
#[derive(Debug)]
struct Nothing;

impl Twist for Nothing {}

/// The deployment with something else in it.
fn changed(deployment: &Deployment, change: impl FnOnce(&mut Deployment)) -> Arc<Deployment> {
    let mut deployment = deployment.clone();
    change(&mut deployment);
    Arc::new(deployment)
}

/// What a fault keeps in mind.
fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn report(twist: Arc<dyn Twist>, wanted: impl Fn(&str) -> bool) -> Report {
    dms_suite().run_some(&Broken(twist), wanted).await
}

/// That each fault is found, and by the case that is about it.
async fn check(rows: Vec<Row>) {
    let mut missed = Vec::new();
    for (twist, case) in rows {
        let fault = format!("{twist:?}");
        let report = report(twist, |name| name == case).await;
        if report.count("failed") != 1 {
            missed.push(format!("{fault} by {case}: {report}"));
        }
    }
    assert!(missed.is_empty(), "faults that are not found:\n{}", missed.join("\n"));
}

#[tokio::test]
async fn without_a_fault_nothing_is_found() {
    report(Arc::new(Nothing), |_| true).await.assert_green();
}

#[tokio::test]
async fn faults_with_packages_are_found() {
    check(packages::rows()).await;
}

#[tokio::test]
async fn faults_with_the_beginning_and_the_end_are_found() {
    check(creation::rows()).await;
}

#[tokio::test]
async fn faults_with_states_are_found() {
    check(states::rows()).await;
}

#[tokio::test]
async fn faults_with_changes_are_found() {
    check(changes::rows()).await;
}

#[tokio::test]
async fn faults_with_histories_and_logs_are_found() {
    check(records::rows()).await;
}

#[tokio::test]
async fn faults_with_errors_and_tenants_are_found() {
    check(errors::rows()).await;
}

#[tokio::test]
async fn faults_with_watches_are_found() {
    check(watches::rows()).await;
}
