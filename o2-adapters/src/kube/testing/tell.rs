//! [`tell`]: what happens on a server that really runs is told to hooks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, mpsc};

use futures::StreamExt;
use kube::api::{Api, DynamicObject};
use kube::runtime::watcher;
use o2_testkit::kubernetes::{Change, ChangeType};
use serde_json::Value;

pub(super) type Hook = Arc<dyn Fn(&Change) + Send + Sync>;

/// Tells hooks of what happens to the objects of one place, without end; first that it has begun.
pub(super) async fn tell(api: Api<DynamicObject>, hooks: Arc<Mutex<Vec<Hook>>>, begun: mpsc::Sender<()>) {
    let mut events = watcher(api, watcher::Config::default()).boxed();
    let mut known: HashMap<String, Value> = HashMap::new();
    while let Some(event) = events.next().await {
        let (object, gone, is_new) = match event {
            Ok(watcher::Event::Apply(object)) => (object, false, true),
            Ok(watcher::Event::Delete(object)) => (object, true, true),
            Ok(watcher::Event::InitApply(object)) => (object, false, false),
            Ok(watcher::Event::InitDone) => {
                // Nobody waits for it when the watch begins anew.
                let _ = begun.send(());
                continue;
            }
            Ok(watcher::Event::Init) | Err(_) => continue,
        };
        let uid = object.metadata.uid.clone().unwrap_or_default();
        let object = serde_json::to_value(object).unwrap();
        let previous = if gone {
            known.remove(&uid)
        } else {
            known.insert(uid, object.clone())
        };
        let change = match (gone, &previous) {
            (true, _) => ChangeType::Deleted,
            (false, None) => ChangeType::Added,
            (false, Some(_)) => ChangeType::Modified,
        };
        if is_new {
            let hooks = hooks.lock().unwrap().clone();
            let change = Change::of(change, object, previous);
            let told = tokio::task::spawn_blocking(move || hooks.iter().for_each(|hook| hook(&change)));
            told.await.unwrap();
        }
    }
}
