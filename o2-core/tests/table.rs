//! Typed rows and their unique index.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;
use futures::stream::{StreamExt, TryStreamExt};
use o2_core::store::{Batch, MemoryStore, Revision, Row, Store, Table};
use o2_core::{Error, ErrorKind, Result, Retry};
use o2_testkit::ManualClock;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subscription {
    callback: String,
    count: u32,
}

fn to(callback: &str) -> Subscription {
    Subscription {
        callback: callback.to_owned(),
        count: 0,
    }
}

fn new_store() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(ManualClock::new()))
}

fn plain() -> Table<Subscription> {
    Table::new(new_store(), "subscription")
}

fn unique() -> (Arc<dyn Store>, Table<Subscription>) {
    let store = new_store();
    let table = Table::new(Arc::clone(&store), "subscription").with_unique(|row: &Subscription| row.callback.clone());
    (store, table)
}

#[track_caller]
fn check<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, message: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.message()), (kind, message));
    error
}

/// The result of a call on a store that lives in memory, which never waits.
fn now<T>(call: impl Future<Output = Result<T>>) -> T {
    call.now_or_never().unwrap().unwrap()
}

async fn ids(table: &Table<Subscription>) -> Vec<String> {
    table.all().map_ok(|row| row.id).try_collect().await.unwrap()
}

async fn keys(store: &Arc<dyn Store>) -> Vec<String> {
    let entries = store.scan("", None, 1000).await.unwrap();
    entries.into_iter().map(|entry| entry.key).collect()
}

#[tokio::test]
async fn a_row_is_created_read_replaced_and_removed() {
    let table = plain();
    assert_eq!(table.get("s1").await.unwrap(), None);
    let created = table.insert("s1", to("a")).await.unwrap();
    assert_eq!(created, Row::new("s1", to("a"), Revision(1)));
    assert_eq!(table.get("s1").await.unwrap(), Some(created.clone()));

    let replaced = table.replace("s1", to("b"), Some(created.revision)).await.unwrap();
    assert!(replaced.revision > created.revision);
    assert_eq!(table.get("s1").await.unwrap(), Some(replaced));
    table.replace("s1", to("c"), None).await.unwrap();
    assert_eq!(table.get("s1").await.unwrap().unwrap().value, to("c"));

    table.remove("s1", None).await.unwrap();
    assert_eq!(table.get("s1").await.unwrap(), None);
}

#[tokio::test]
async fn wrong_writes_say_what_is_wrong_and_change_nothing() {
    let table = plain();
    let old = table.insert("s1", to("a")).await.unwrap().revision;
    let row = table.replace("s1", to("b"), None).await.unwrap();
    let changed = "subscription 's1' changed since it was read: it is at revision 2, not 1";
    let missing = "there is no subscription 's2'";

    let exists = "subscription 's1' already exists";
    check(table.insert("s1", to("c")).await, ErrorKind::AlreadyExists, exists);
    check(table.replace("s2", to("c"), None).await, ErrorKind::NotFound, missing);
    check(
        table.replace("s2", to("c"), Some(old)).await,
        ErrorKind::NotFound,
        missing,
    );
    check(
        table.replace("s1", to("c"), Some(old)).await,
        ErrorKind::PreconditionFailed,
        changed,
    );
    check(table.remove("s2", None).await, ErrorKind::NotFound, missing);
    check(
        table.remove("s1", Some(old)).await,
        ErrorKind::PreconditionFailed,
        changed,
    );
    check(table.update("s2", Ok).await, ErrorKind::NotFound, missing);
    let refused = table.update("s1", |_| Err(Error::invalid("no"))).await;
    check(refused, ErrorKind::InvalidInput, "no");

    assert_eq!(table.all().try_collect::<Vec<_>>().await.unwrap(), vec![row]);
}

#[tokio::test]
async fn ids_are_any_text_and_tables_do_not_mix() {
    let store = new_store();
    let table: Table<Subscription> = Table::new(Arc::clone(&store), "a");
    let odd = [
        "",
        "/",
        "a/b",
        "%2F",
        "%unique/x",
        "naïve",
        "東京",
        "line\nbreak",
        "p~1",
    ];
    for id in odd {
        table.insert(id, to(id)).await.unwrap();
    }
    for id in odd {
        assert_eq!(table.get(id).await.unwrap().unwrap().value, to(id));
    }
    let mut sorted = odd;
    sorted.sort_unstable();
    assert_eq!(ids(&table).await, sorted);

    for name in ["a/b", "a%2Fb", "a%", "a%unique", ""] {
        let other: Table<Subscription> = Table::new(Arc::clone(&store), name).with_unique(|row| row.callback.clone());
        other.insert("x", to("x")).await.unwrap();
        assert_eq!(ids(&other).await, ["x"]);
    }
    assert_eq!(ids(&table).await, sorted);
}

#[tokio::test]
async fn pages_walk_the_rows_in_the_order_of_ids() {
    let table = plain();
    let all: Vec<_> = (0..600).map(|number| format!("{number:03}")).collect();
    for id in all.iter().rev() {
        table.insert(id, to("same")).await.unwrap();
    }
    let page = table.page(Some("0105"), 2).await.unwrap();
    assert_eq!(page.into_iter().map(|row| row.id).collect::<Vec<_>>(), ["011", "012"]);
    assert_eq!(table.page(Some("599"), 2).await.unwrap(), vec![]);
    assert_eq!(table.page(None, 1000).await.unwrap().len(), 600);
    assert_eq!(ids(&table).await, all);

    for number in 512..600 {
        table.remove(&format!("{number}"), None).await.unwrap();
    }
    assert_eq!(ids(&table).await, all[..512]);
}

#[tokio::test]
async fn an_update_starts_again_when_somebody_else_was_faster() {
    let table = plain();
    table.insert("s1", to("a")).await.unwrap();
    let mut attempts = 0;
    let row = table.update("s1", |mut row| {
        attempts += 1;
        if attempts < 3 {
            now(table.replace(
                "s1",
                Subscription {
                    count: attempts * 10,
                    ..to("a")
                },
                None,
            ));
        }
        row.count += 1;
        Ok(row)
    });
    assert_eq!(row.await.unwrap().value.count, 21);
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn an_update_gives_up_when_others_are_always_faster() {
    let table = plain();
    table.insert("s1", to("a")).await.unwrap();
    let mut attempts = 0;
    let result = table.update("s1", |row| {
        attempts += 1;
        now(table.replace("s1", to("b"), None));
        Ok(row)
    });
    let error = check(
        result.await,
        ErrorKind::Conflict,
        "others keep changing subscription 's1'; try again",
    );
    assert_eq!((error.retry(), attempts), (Retry::Safe, 16));
    assert_eq!(table.get("s1").await.unwrap().unwrap().value, to("b"));
}

#[tokio::test]
async fn one_row_for_each_unique_text() {
    let (_, table) = unique();
    table.insert("s1", to("a")).await.unwrap();
    table.insert("s2", to("b")).await.unwrap();
    let taken = "subscription 's1' already exists";
    check(table.insert("s3", to("a")).await, ErrorKind::AlreadyExists, taken);
    check(
        table.replace("s2", to("a"), None).await,
        ErrorKind::AlreadyExists,
        taken,
    );
    check(
        table.update("s2", |_| Ok(to("a"))).await,
        ErrorKind::AlreadyExists,
        taken,
    );
    check(table.insert("s1", to("a")).await, ErrorKind::AlreadyExists, taken);
    check(table.insert("s1", to("new")).await, ErrorKind::AlreadyExists, taken);
    assert_eq!(table.find_unique("b").await.unwrap().unwrap().id, "s2");
    assert_eq!(table.find_unique("new").await.unwrap(), None);
}

#[tokio::test]
async fn the_unique_index_follows_its_rows() {
    let (store, table) = unique();
    table.insert("s1", to("a")).await.unwrap();
    let kept = table
        .update("s1", |row| Ok(Subscription { count: 7, ..row }))
        .await
        .unwrap();
    assert_eq!(table.find_unique("a").await.unwrap(), Some(kept));

    table.replace("s1", to("b"), None).await.unwrap();
    assert_eq!(table.find_unique("a").await.unwrap(), None);
    assert_eq!(table.find_unique("b").await.unwrap().unwrap().id, "s1");
    table.insert("s2", to("a")).await.unwrap();
    assert_eq!(
        keys(&store).await,
        [
            "subscription%unique/a",
            "subscription%unique/b",
            "subscription/s1",
            "subscription/s2"
        ]
    );

    table.remove("s1", None).await.unwrap();
    table.remove("s2", None).await.unwrap();
    assert_eq!(keys(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn of_equal_rows_at_once_one_is_inserted() {
    let (_, table) = unique();
    let names: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    let results = join_all(names.iter().map(|id| table.insert(id, to("same")))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(ids(&table).await.len(), 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_in_the_detail() {
    let (store, table) = unique();
    store
        .commit(Batch::new().put("subscription/bad", "{\"callback\":"))
        .await
        .unwrap();
    for error in [
        check(table.get("bad").await, ErrorKind::Internal, "internal error"),
        check(table.page(None, 10).await, ErrorKind::Internal, "internal error"),
        check(table.update("bad", Ok).await, ErrorKind::Internal, "internal error"),
        check(table.remove("bad", None).await, ErrorKind::Internal, "internal error"),
    ] {
        let detail = error.detail().unwrap();
        assert!(detail.contains("'subscription/bad'"), "{detail}");
    }
    let mut all = table.all();
    assert!(all.next().await.unwrap().is_err() && all.next().await.is_none());

    let without_index: Table<Subscription> = Table::new(store, "subscription");
    without_index.remove("bad", None).await.unwrap();
    assert_eq!(ids(&table).await, Vec::<String>::new());
}

#[tokio::test]
async fn rows_are_written_with_other_things() {
    let store = new_store();
    let table: Table<Subscription> = Table::new(Arc::clone(&store), "row").with_generation();
    assert_eq!(
        (table.prefix(), table.generation_key()),
        ("row/", Some("row%generation"))
    );
    assert_eq!(
        (table.key("a").as_str(), table.id_of("row/a"), table.id_of("rows/a")),
        ("row/a", Some("a"), None)
    );
    let batch = table.put_into(Batch::new().put("other", "x"), "a", &to("one")).unwrap();
    let revision = store.commit(batch).await.unwrap();
    assert_eq!(table.get("a").await.unwrap().unwrap().revision, revision);
    let entry = store.get("row/a").await.unwrap().unwrap();
    assert_eq!(table.decode(&entry.key, &entry.value).unwrap(), to("one"));
    check(table.decode("row/a", b"{"), ErrorKind::Internal, "internal error");
    store
        .commit(table.delete_from(Batch::new(), "a").unwrap())
        .await
        .unwrap();
    assert_eq!(keys(&store).await, ["other", "row%generation"]);

    let (_, indexed) = unique();
    assert_eq!(indexed.generation_key(), None);
    check(
        indexed.put_into(Batch::new(), "a", &to("one")),
        ErrorKind::Internal,
        "internal error",
    );
    check(
        indexed.delete_from(Batch::new(), "a"),
        ErrorKind::Internal,
        "internal error",
    );
}

#[tokio::test]
async fn every_write_of_a_row_marks_the_generation() {
    let store = new_store();
    let table: Table<Subscription> = Table::new(Arc::clone(&store), "row")
        .with_unique(|row: &Subscription| row.callback.clone())
        .with_generation();
    let marked = async || {
        let entry = store.get("row%generation").await.unwrap();
        entry.map(|entry| entry.revision) == Some(store.revision().await.unwrap())
    };
    table.insert("a", to("one")).await.unwrap();
    assert!(marked().await);
    table.replace("a", to("two"), None).await.unwrap();
    assert!(marked().await);
    table.update("a", Ok).await.unwrap();
    assert!(marked().await);
    table.remove("a", None).await.unwrap();
    assert!(marked().await);
}
