//! Reading one entry and many.

use o2_core::store::{Batch, Entry, Revision, Store};

use super::{StoreCase, StoreWorld, case};
use crate::conformance::{Verdict, same};

pub(super) fn cases() -> Vec<StoreCase> {
    vec![
        case(
            "get/an_empty_store_is_empty",
            "An empty store has no entries and revision zero.",
            |world| Box::pin(empty(world)),
        ),
        case(
            "get/the_newest_commit_counts",
            "An entry is what the newest commit of its key wrote.",
            |world| Box::pin(newest(world)),
        ),
        case(
            "get/any_text_and_bytes",
            "Keys are any text and values any bytes.",
            |world| Box::pin(any_text_and_bytes(world)),
        ),
        case(
            "scan/a_prefix_in_order",
            "A scan answers the entries of a prefix in the order of their bytes.",
            |world| Box::pin(prefix_in_order(world)),
        ),
        case(
            "scan/starts_after_any_key",
            "A scan starts after a key that need not exist, nor have the prefix.",
            |world| Box::pin(scan_after(world)),
        ),
        case(
            "scan/pages_add_up",
            "The pages of a scan together are the whole scan.",
            |world| Box::pin(pages(world)),
        ),
    ]
}

async fn empty(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    same("get", store.get("k").await?, None)?;
    same("scan", store.scan("", None, 10).await?, vec![])?;
    same("revision", store.revision().await?, Revision::default())
}

async fn newest(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let first = store.commit(Batch::new().put("k", "one").put("other", "x")).await?;
    let second = store.commit(Batch::new().put("k", "two")).await?;
    same("the order of revisions", second > first, true)?;
    same("the newest revision", store.revision().await?, second)?;
    same("k", store.get("k").await?, Some(Entry::new("k", "two".into(), second)))?;
    same(
        "other",
        store.get("other").await?,
        Some(Entry::new("other", "x".into(), first)),
    )?;
    store.commit(Batch::new().delete("k")).await?;
    same("k after its removal", store.get("k").await?, None)
}

async fn any_text_and_bytes(world: &dyn StoreWorld) -> Verdict {
    let store = world.plugin();
    let every_byte: Vec<u8> = (0..=255).collect();
    let keys = [
        "",
        " ",
        "\0",
        "a/b",
        "a%2Fb",
        "{a}",
        "*",
        "line\nbreak",
        "Zürich",
        "東京",
        "\u{10ffff}",
    ];
    for value in [every_byte, Vec::new(), vec![0xff; 100_000]] {
        for key in keys {
            let revision = store.commit(Batch::new().put(key, value.clone())).await?;
            let expected = Entry::new(key, value.clone().into(), revision);
            same("get", store.get(key).await?, Some(expected.clone()))?;
            same("scan", store.scan(key, None, 1).await?, vec![expected])?;
        }
    }
    let mut sorted = keys;
    sorted.sort_unstable();
    same(
        "all keys",
        scan(&*store, "", None, 100).await?,
        sorted.map(str::to_owned).to_vec(),
    )
}

async fn prefix_in_order(world: &dyn StoreWorld) -> Verdict {
    let store = filled(
        world,
        &["b/2", "b/10", "b", "b/", "b/ä", "b/z", "b0", "a/1", "c/1", "B/1"],
    )
    .await?;
    for (prefix, expected) in [
        ("b/", &["b/", "b/10", "b/2", "b/z", "b/ä"][..]),
        ("b", &["b", "b/", "b/10", "b/2", "b/z", "b/ä", "b0"]),
        ("b/1", &["b/10"]),
        ("d", &[]),
    ] {
        same(prefix, scan(&*store, prefix, None, 100).await?, owned(expected))?;
    }
    Ok(())
}

async fn scan_after(world: &dyn StoreWorld) -> Verdict {
    let store = filled(world, &["a/1", "b/1", "b/2", "b/3", "c/1"]).await?;
    for (after, expected) in [
        ("b/1", &["b/2", "b/3"][..]),
        ("b/11", &["b/2", "b/3"]),
        ("b/3", &[]),
        ("b/", &["b/1", "b/2", "b/3"]),
        ("a/1", &["b/1", "b/2", "b/3"]),
        ("", &["b/1", "b/2", "b/3"]),
        ("c", &[]),
    ] {
        same(after, scan(&*store, "b/", Some(after), 100).await?, owned(expected))?;
    }
    Ok(())
}

async fn pages(world: &dyn StoreWorld) -> Verdict {
    let keys: Vec<_> = (0..25).map(|number| format!("p/{number:02}")).collect();
    let store = filled(world, &keys).await?;
    same("no entries", scan(&*store, "p/", None, 0).await?, vec![])?;
    for limit in [1, 7, 25, 26] {
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = scan(&*store, "p/", after.as_deref(), limit).await?;
            same("the length of a page", page.len(), limit.min(keys.len() - all.len()))?;
            all.extend(page.iter().cloned());
            after = page.into_iter().next_back();
            if after.is_none() {
                break;
            }
        }
        same("all pages", &all, &keys)?;
    }
    Ok(())
}

async fn filled(world: &dyn StoreWorld, keys: &[impl AsRef<str>]) -> o2_core::Result<std::sync::Arc<dyn Store>> {
    let store = world.plugin();
    let batch = keys
        .iter()
        .fold(Batch::new(), |batch, key| batch.put(key.as_ref(), "x"));
    store.commit(batch).await?;
    Ok(store)
}

async fn scan(store: &dyn Store, prefix: &str, after: Option<&str>, limit: usize) -> o2_core::Result<Vec<String>> {
    let entries = store.scan(prefix, after, limit).await?;
    Ok(entries.into_iter().map(|entry| entry.key).collect())
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}
