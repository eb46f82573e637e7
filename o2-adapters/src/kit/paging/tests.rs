//! Every way of paging against a backend that pages like that, with lists of any length.

use std::sync::Arc;

use futures::executor::block_on;
use o2_core::ports::HttpResponse;
use o2_core::{ErrorKind, Fault};
use o2_testkit::ManualClock;
use proptest::prelude::*;
use serde_json::json;
use url::form_urlencoded;

use super::*;
use crate::kit::testing::{Asked, Backend, answer, with_header};

fn context() -> Context {
    Context::new("r")
}

fn listing(paging: Paging) -> Listing {
    Listing::new(
        Endpoint::get("/x").with_query("all", "a b"),
        paging,
        "/items",
        Lenient::new("number"),
    )
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Number,
    NumberFromZero,
    NumberWithLast,
    NumberWithTotal,
    Offset,
    OffsetWithTotal,
    Last,
    LastWithMore,
    Token,
    LinkHeader,
    LinkInBody,
}

const WAYS: [Way; 11] = [
    Way::Number,
    Way::NumberFromZero,
    Way::NumberWithLast,
    Way::NumberWithTotal,
    Way::Offset,
    Way::OffsetWithTotal,
    Way::Last,
    Way::LastWithMore,
    Way::Token,
    Way::LinkHeader,
    Way::LinkInBody,
];

fn paging(way: Way, largest: u32) -> Paging {
    match way {
        Way::Number => Paging::page_number("page"),
        Way::NumberFromZero => Paging::page_number("page").from_zero(),
        Way::NumberWithLast => Paging::page_number("page").with_last_page_at("/last"),
        Way::NumberWithTotal => Paging::page_number("page").with_total_at("/total"),
        Way::Offset => Paging::offset("offset"),
        Way::OffsetWithTotal => Paging::offset("offset").with_total_at("/total"),
        Way::Last => Paging::after_last("marker", "/id"),
        Way::LastWithMore => Paging::after_last("marker", "/id").with_more_at("/links"),
        Way::Token => Paging::token("pageToken", "/nextPageToken"),
        Way::LinkHeader => Paging::link_header(),
        Way::LinkInBody => Paging::link_at("/links"),
    }
    .with_size("size", largest)
}

/// A backend with `count` items that gives at most `cap` at once, whatever it is asked for.
fn backend(way: Way, count: usize, cap: usize) -> Arc<Backend> {
    Backend::answering(&ManualClock::new(), move |asked| serve(way, count, cap, asked))
}

fn serve(way: Way, count: usize, cap: usize, asked: &Asked) -> o2_core::Result<HttpResponse> {
    let (_, query) = asked.line.split_once('?').unwrap();
    let get = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let number = |name: &str| get(name).map(|text| text.parse::<usize>().unwrap());
    assert_eq!(
        get("all").as_deref(),
        Some("a b"),
        "the parameters of the list stay: {query}"
    );
    let size = number("size").unwrap().min(cap);
    let start = match way {
        Way::Number | Way::NumberWithLast | Way::NumberWithTotal => (number("page").unwrap() - 1) * size,
        Way::NumberFromZero => number("page").unwrap() * size,
        Way::Offset | Way::OffsetWithTotal => number("offset").unwrap_or(0),
        Way::Last | Way::LastWithMore => number("marker").map_or(0, |last| last + 1),
        Way::Token => get("pageToken").map_or(0, |token| token.strip_prefix("t&").unwrap().parse().unwrap()),
        Way::LinkHeader | Way::LinkInBody => number("from").unwrap_or(0),
    };
    let end = (start + size).min(count);
    let items: Vec<_> = (start.min(end)..end).map(|id| json!({"id": id})).collect();
    let more = end < count;
    let link = format!("?from={end}&size={size}&all=a+b");
    match way {
        Way::Number | Way::NumberFromZero | Way::Offset | Way::Last => answer(200, json!({"items": items})),
        Way::NumberWithLast => answer(200, json!({"items": items, "last": count.div_ceil(size)})),
        Way::OffsetWithTotal | Way::NumberWithTotal => answer(200, json!({"items": items, "total": count.to_string()})),
        Way::Token => {
            let token = if more { json!(format!("t&{end}")) } else { json!("") };
            answer(200, json!({"items": items, "nextPageToken": token}))
        }
        Way::LinkHeader if more => {
            let response = answer(200, json!({"items": items}));
            with_header(
                response,
                "link",
                &format!("</api/x?from=0>; rel=first, <https://lab/api/x{link}>; rel=\"next\""),
            )
        }
        Way::LastWithMore | Way::LinkInBody if more => {
            let links = json!([{"rel": "self", "href": "/"}, {"rel": "next", "href": link}]);
            answer(200, json!({"items": items, "links": links}))
        }
        Way::LastWithMore | Way::LinkHeader | Way::LinkInBody => answer(200, json!({"items": items})),
    }
}

#[derive(Debug, serde::Deserialize)]
struct Item {
    id: usize,
}

fn ids(items: &[Item]) -> Vec<usize> {
    items.iter().map(|item| item.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_way_of_paging_gives_the_whole_list(way in 0..WAYS.len(), count in 0_usize..40, size in 1_u32..15) {
        let way = WAYS[way];
        let backend = backend(way, count, size as usize);
        let all = block_on(backend.client().all::<Item>(&context(), &listing(paging(way, size)))).unwrap();
        prop_assert_eq!(ids(&all.items), (0..count).collect::<Vec<_>>(), "{:?}", way);
    }

    /// A backend that gives less than it is asked for does not end the list early.
    #[test]
    fn short_pages_do_not_end_a_list(way in 0..WAYS.len(), count in 0_usize..40, size in 5_u32..15, cap in 1_usize..5) {
        let way = WAYS[way];
        let backend = backend(way, count, cap);
        let all = block_on(backend.client().all::<Item>(&context(), &listing(paging(way, size)))).unwrap();
        prop_assert_eq!(ids(&all.items), (0..count).collect::<Vec<_>>(), "{:?}", way);
    }

    /// A plugin's client may want another number of items each time.
    #[test]
    fn pages_of_changing_size_lose_and_repeat_nothing(way in 0..WAYS.len(), count in 0_usize..40, sizes in proptest::collection::vec(1_u32..9, 1..4)) {
        let way = WAYS[way];
        let backend = backend(way, count, 9);
        let (client, listing) = (backend.client(), listing(paging(way, 9)));
        let (mut marker, mut all) = (None, Vec::new());
        for limit in sizes.iter().cycle().take(100) {
            let page = block_on(client.page::<Item>(&context(), &listing, marker.as_deref(), Some(*limit))).unwrap();
            all.extend(ids(&page.items));
            marker = page.next;
            if marker.is_none() {
                break;
            }
        }
        prop_assert_eq!(marker, None);
        prop_assert_eq!(all, (0..count).collect::<Vec<_>>(), "{:?}", way);
    }
}

#[test]
fn no_more_is_asked_for_when_the_end_is_known() {
    for (way, count, requests) in [
        (Way::NumberWithLast, 10, 2),
        (Way::NumberWithTotal, 10, 2),
        (Way::OffsetWithTotal, 10, 2),
        (Way::Token, 10, 2),
        (Way::LinkHeader, 10, 2),
        (Way::LastWithMore, 10, 2),
        (Way::Last, 10, 3),
        (Way::Offset, 10, 3),
        (Way::Number, 10, 3),
    ] {
        let backend = backend(way, count, 5);
        block_on(backend.client().all::<Item>(&context(), &listing(paging(way, 5)))).unwrap();
        assert_eq!(backend.lines().len(), requests, "{way:?}");
    }
}

#[test]
fn a_marker_from_elsewhere_is_refused() {
    for (way, marker) in [
        (Way::Number, "7"),
        (Way::Number, "1:0:5"),
        (Way::Number, "x:5:5"),
        (Way::Number, "1:5"),
        (Way::Number, "1:5:5:5"),
        (Way::Offset, "-1"),
        (Way::OffsetWithTotal, "ten"),
    ] {
        let backend = Backend::scripted(&ManualClock::new(), []);
        let read = backend.client();
        let listing = listing(paging(way, 5));
        let error = block_on(read.page::<Item>(&context(), &listing, Some(marker), None)).unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{way:?} {marker}: {error:?}");
    }
    let backend = Backend::scripted(&ManualClock::new(), []);
    let single = listing(Paging::single());
    let error = block_on(backend.client().page::<Item>(&context(), &single, Some("x"), None)).unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput));
}

#[test]
fn a_marker_cannot_lead_to_another_list() {
    for marker in [
        "../../admin",
        "https://other/x",
        "a=1#b",
        "/admin?x=1",
        "all=everything",
    ] {
        let backend = Backend::scripted(&ManualClock::new(), [answer(200, json!({"items": []}))]);
        let listing = listing(Paging::link_header());
        block_on(backend.client().page::<Item>(&context(), &listing, Some(marker), None)).unwrap();
        let line = &backend.lines()[0];
        assert!(
            line.starts_with("GET /api/x?all=a+b") && !line.contains("everything"),
            "{line}"
        );
    }
}

#[test]
fn a_link_to_somewhere_else_is_refused() {
    for link in [
        "https://other/api/x?page=2",
        "http://lab/api/x?page=2",
        "//other/api/x",
        "/api/users?page=2",
        "/api/x/y",
    ] {
        let paged = with_header(
            answer(200, json!({"items": []})),
            "link",
            &format!("<{link}>; rel=next"),
        );
        let backend = Backend::scripted(&ManualClock::new(), [paged]);
        let listing = listing(Paging::link_header());
        let error = block_on(backend.client().all::<Item>(&context(), &listing)).unwrap_err();
        assert_eq!(
            (error.kind(), error.fault()),
            (ErrorKind::Internal, Fault::Backend),
            "{link}"
        );
    }
}

#[test]
fn a_list_that_goes_round_or_on_for_ever_is_an_error() {
    let same = Backend::answering(&ManualClock::new(), |_| answer(200, json!({"items": [], "next": "t"})));
    let token = listing(Paging::token("token", "/next"));
    let error = block_on(same.client().all::<Item>(&context(), &token)).unwrap_err();
    assert!(error.message().contains("circles"), "{error}");
    assert_eq!(same.lines().len(), 2);

    let bounds = |pages, items| listing(paging(Way::Token, 5)).with_bounds(Bounds::new(pages, items));
    for (listing, fine) in [(bounds(2, 10), true), (bounds(1, 10), false), (bounds(2, 9), false)] {
        let backend = backend(Way::Token, 10, 5);
        let all = block_on(backend.client().all::<Item>(&context(), &listing));
        assert_eq!(all.is_ok(), fine, "{listing:?}");
    }
}

#[test]
fn an_error_in_the_middle_fails_the_whole_list() {
    let backend = Backend::scripted(
        &ManualClock::new(),
        [answer(200, json!({"items": [{"id": 1}], "next": "t"})), answer(503, "")],
    );
    let token = listing(Paging::token("token", "/next"));
    assert!(
        block_on(backend.client().all::<Item>(&context(), &token))
            .unwrap_err()
            .is(ErrorKind::Unavailable)
    );
}

#[test]
fn odd_items_are_counted_and_a_missing_list_is_an_error_unless_it_may_be_absent() {
    let odd = answer(200, json!({"items": [{"id": 1}, {"id": "x"}], "total": 2}));
    let backend = Backend::scripted(
        &ManualClock::new(),
        [odd, answer(200, json!({})), answer(200, json!({})), answer(200, "[]")],
    );
    let client = backend.client();
    let strict = listing(Paging::single().with_total_at("/total"));
    let page = block_on(client.page::<Item>(&context(), &strict, None, None)).unwrap();
    assert_eq!((ids(&page.items), page.skipped, page.total), (vec![1], 1, Some(2)));
    assert_eq!(
        page.map(|item| item.id).total,
        None,
        "the total counts what the caller does not see"
    );
    assert!(
        block_on(client.all::<Item>(&context(), &strict))
            .unwrap_err()
            .is(ErrorKind::Internal)
    );
    let lenient = listing(Paging::single()).absent_is_empty();
    assert!(
        block_on(client.all::<Item>(&context(), &lenient))
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        block_on(client.all::<Item>(&context(), &lenient)).is_err(),
        "an envelope of another kind"
    );
}

#[test]
fn pages_of_any_source_can_be_collected() {
    let pages = |marker: Option<String>| {
        let start: u32 = marker.map_or(0, |marker| marker.parse().unwrap());
        let items = (start..start + 3).map(Arc::new).collect();
        std::future::ready(Ok(Page::new(items, (start < 6).then(|| (start + 3).to_string()))))
    };
    let all = block_on(collect(Bounds::default(), pages)).unwrap();
    assert_eq!(
        all.into_iter().map(|number| *number).collect::<Vec<_>>(),
        (0..9).collect::<Vec<_>>()
    );
}
