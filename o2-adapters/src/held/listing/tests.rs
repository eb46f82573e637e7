//! Pages, totals and markers.

use o2_core::ErrorKind;
use o2_core::query::Filter;
use o2_smo::{ModelId, ServiceModel};

use super::*;

type Models = BTreeMap<ModelId, Arc<ServiceModel>>;

fn add(models: &mut Models, id: &str, tenant: Option<&str>) {
    let mut model = ServiceModel::new(format!("name of {id}"), "1");
    model.model_id = Some(id.into());
    model.tenant_id = tenant.map(Into::into);
    models.insert(id.into(), Arc::new(model));
}

fn models(ids: &[&str]) -> Models {
    let mut models = Models::new();
    ids.iter().for_each(|id| add(&mut models, id, None));
    models
}

fn page(context: &Context, query: &ListQuery, models: &Models) -> Page<ServiceModel> {
    Listing::new(context, query, "")
        .unwrap()
        .page(models, |model| model)
        .unwrap()
}

fn ids(page: &Page<ServiceModel>) -> Vec<&str> {
    page.items.iter().map(|model| model.id()).collect()
}

fn everyone() -> Context {
    Context::new("r")
}

#[test]
fn pages_end_where_the_next_one_begins() {
    let models = models(&["a", "b", "c", "d", "e"]);
    let mut seen = Vec::new();
    let mut query = ListQuery::new().with_limit(2);
    loop {
        let page = page(&everyone(), &query, &models);
        assert_eq!(page.total, Some(5));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        match page.next {
            Some(next) => query = query.with_marker(next),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
}

#[test]
fn the_last_page_says_so() {
    let models = models(&["a", "b"]);
    for (limit, more) in [(1, true), (2, false), (9, false), (0, true)] {
        let page = page(&everyone(), &ListQuery::new().with_limit(limit), &models);
        assert_eq!(page.next.is_some(), more, "{limit}");
    }
    assert_eq!(page(&everyone(), &ListQuery::new(), &models).next, None);
}

#[test]
fn a_walk_shows_what_stays_exactly_once() {
    let mut models = models(&["b", "d", "f", "h"]);
    let query = ListQuery::new().with_limit(2);
    let first = page(&everyone(), &query, &models);
    assert_eq!(ids(&first), ["b", "d"]);
    models.remove("d");
    models.remove("f");
    add(&mut models, "a", None);
    add(&mut models, "g", None);
    let second = page(&everyone(), &query.with_marker(first.next.unwrap()), &models);
    assert_eq!(ids(&second), ["g", "h"]);
}

#[test]
fn totals_are_told_where_they_are_known() {
    let mut models = models(&["a", "b", "c"]);
    add(&mut models, "d", Some("alpha"));
    let filtered = || ListQuery::new().with_filter(Filter::parse("(neq,modelId,a)").unwrap());
    let tenant = everyone().with_tenant("beta".into());
    for (context, query, total) in [
        (everyone(), ListQuery::new().with_limit(1), Some(4)),
        (everyone(), filtered(), Some(3)),
        (everyone(), filtered().with_limit(1), None),
        (tenant.clone(), ListQuery::new(), Some(3)),
        (tenant, ListQuery::new().with_limit(1), None),
    ] {
        assert_eq!(page(&context, &query, &models).total, total, "{query:?}");
    }
}

#[test]
fn markers_belong_to_one_list() {
    let models = models(&["a", "b"]);
    let query = ListQuery::new().with_limit(1);
    let marker = page(&everyone(), &query, &models).next.unwrap();
    let filter = Filter::parse("(eq,name,x)").unwrap();
    let tenant = everyone().with_tenant("alpha".into());
    for (context, query, scope) in [
        (
            everyone(),
            query.clone().with_marker(marker.clone()).with_filter(filter),
            "",
        ),
        (everyone(), query.clone().with_marker(marker.clone()), "pool-1"),
        (tenant, query.clone().with_marker(marker), ""),
        (everyone(), query.with_marker("garbage"), ""),
    ] {
        let error = Listing::<ServiceModel>::new(&context, &query, scope).unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{error}");
    }
}

#[test]
fn filters_must_fit_the_type() {
    let query = ListQuery::new().with_filter(Filter::parse("(eq,nmae,x)").unwrap());
    let error = Listing::<ServiceModel>::new(&everyone(), &query, "").unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
}
