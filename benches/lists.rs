//! Lists: whole, filtered, sorted, page by page, of one plugin and of eight.

use o2::core::query::Query;
use o2::{Context, Gateway};

use crate::support::world::{Get, gateway};
use crate::support::{Bench, Case, Figure, Floor, Report};

const ENOUGH: f64 = 60.0;
const MUCH_FASTER: f64 = 20.0;
/// Ten nodes have such a name.
const TEN: &str = "filter=(cont,name,node-00123)";

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let nodes = bench.scale(10_000);
    let small = gateway(1, nodes);
    let items = bench.wait(
        small
            .ims()
            .list_resources(&Context::new("bench-1"), None, &Query::new()),
    );
    let items = items.expect("there are resources").items;

    let alone = Case::new("`serde_json::to_vec` of the same objects alone", || {
        serde_json::to_vec(&items)
    });
    let [alone, v2, v1, ten, page, sorted] = bench.measure([
        alone,
        list(bench, &small, "all, v2", "v2", &format!("limit={nodes}")),
        list(bench, &small, "all, v1", "v1", &format!("limit={nodes}")),
        list(bench, &small, "the 10 that match a filter", "v1", TEN),
        list(bench, &small, "a page of 100", "v1", "limit=100"),
        list(
            bench,
            &small,
            "a page of 100 sorted by name, descending",
            "v1",
            "sort=-name&limit=100",
        ),
    ]);
    report.floor(Floor::throughput(
        "list of 10 000, v2, of serde_json alone",
        ENOUGH,
        &v2,
        &alone,
    ));
    report.floor(Floor::throughput(
        "list of 10 000, v1, of serde_json alone",
        ENOUGH,
        &v1,
        &alone,
    ));
    report.floor(Floor::faster("10 of 10 000, than all", MUCH_FASTER, &ten, &v1));
    report.table("Lists of 10 000 resources", &[alone, v2, v1, ten, page, sorted]);

    let hundred = bench.scale(100_000);
    report.table(
        "Lists of 100 000 resources",
        &four(bench, &gateway(1, hundred), hundred),
    );
    report.table(
        "Lists of 10 000 resources of 8 plugins, merged",
        &four(bench, &gateway(8, nodes), nodes),
    );
}

fn four(bench: &Bench, gateway: &Gateway, nodes: u32) -> [Figure; 4] {
    bench.measure([
        list(bench, gateway, "all, v1", "v1", &format!("limit={nodes}")),
        list(bench, gateway, "those that match a filter", "v1", TEN),
        list(bench, gateway, "a page of 100", "v1", "limit=100"),
        list(
            bench,
            gateway,
            "a page of 100 sorted by name, descending",
            "v1",
            "sort=-name&limit=100",
        ),
    ])
}

fn list<'a>(bench: &'a Bench, gateway: &'a Gateway, name: &str, version: &str, query: &str) -> Case<'a> {
    let request = Get::new(&format!("/o2ims/{version}/resources?{query}"));
    request.answer(bench, gateway);
    Case::awaiting(bench, name, move || gateway.handle(request.bytes()))
}
