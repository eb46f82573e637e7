//! Reading filters, and what a filter costs for every object that it looks at.

use std::sync::Arc;

use o2::Context;
use o2::core::query::{Filter, Query};
use o2::ims::Resource;

use crate::support::world::gateway;
use crate::support::{Bench, Case, Report};

const THREE_CLAUSES: &str = "(eq,resourceTypeId,type-gpu-node);(gte,extensions/cpu,32);(in,labels/site,dallas,tokyo)";

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let filter = Filter::parse(THREE_CLAUSES).expect("the filter is right");
    let figures = bench.measure([
        Case::new("parse three clauses", || Filter::parse(THREE_CLAUSES)),
        Case::new("bind them to the type", || filter.bind::<Resource>()),
    ]);
    report.table("Reading a filter, once per request", &figures);

    let resources = resources(bench);
    let figures = bench.measure([
        evaluate("a text is equal", "(eq,resourceTypeId,type-gpu-node)", &resources),
        evaluate("a text contains", "(cont,name,00123)", &resources),
        evaluate("one of eight words", "(in,name,a,b,c,d,e,f,g,h)", &resources),
        evaluate("a number in extensions", "(gte,extensions/cpu,32)", &resources),
        evaluate("a label", "(eq,labels/site,dallas)", &resources),
        evaluate("three clauses", THREE_CLAUSES, &resources),
        evaluate(
            "two clauses on the same part",
            "(eq,elements/name,gpu1);(eq,elements/resourceTypeId,type-gpu)",
            &resources,
        ),
    ]);
    let figures = figures.map(|figure| figure.per(resources.len() as u32));
    report.table("Evaluating a filter, per object", &figures);
}

fn resources(bench: &Bench) -> Vec<Arc<Resource>> {
    let gateway = gateway(1, bench.scale(10_000));
    let listing = bench.wait(
        gateway
            .ims()
            .list_resources(&Context::new("bench-1"), None, &Query::new()),
    );
    listing.expect("there are resources").items
}

fn evaluate<'a>(name: &str, filter: &str, resources: &'a [Arc<Resource>]) -> Case<'a> {
    let matcher = Filter::parse(filter)
        .and_then(|filter| filter.bind::<Resource>())
        .expect("the filter is right");
    Case::new(name, move || {
        resources.iter().filter(|resource| matcher.matches(resource)).count()
    })
}
