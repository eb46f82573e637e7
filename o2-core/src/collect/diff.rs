//! From lists and reported changes to [`Step`]s: what is different from what is known.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Kind;
use crate::event::Subject;
use crate::model::Change;
use crate::snapshot::{Put, Table, Tables};
use crate::time::Timestamp;

type Shared = Arc<dyn Subject>;

/// One object that is another one now, came, or went.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) kind: &'static Kind,
    pub(super) id: Arc<str>,
    pub(super) before: Option<Shared>,
    pub(super) after: Option<Shared>,
    pub(super) time: Timestamp,
    /// The mark of the change that the backend reported; empty when it was found in a list.
    pub(super) mark: String,
}

impl Step {
    pub(super) fn put(&self) -> Put {
        Put {
            object: self.kind.object,
            id: Arc::clone(&self.id),
            after: self.after.clone(),
        }
    }
}

/// What a complete list says that is not known. Objects without id are nothing that could be told about.
pub(super) fn of_list(kind: &'static Kind, known: Option<&Table>, listed: Vec<Shared>, now: Timestamp) -> Vec<Step> {
    let listed: BTreeMap<Arc<str>, Shared> = listed
        .into_iter()
        .filter(|object| !object.id().is_empty())
        .map(|object| (Arc::from(object.id()), object))
        .collect();
    let gone = known.into_iter().flat_map(Table::iter);
    let gone = gone
        .filter(|object| !listed.contains_key(object.id()))
        .map(|object| Step {
            kind,
            id: Arc::from(object.id()),
            before: Some(Arc::clone(object)),
            after: None,
            time: now,
            mark: String::new(),
        });
    let gone: Vec<_> = gone.collect();
    let there = listed.into_iter().filter_map(|(id, object)| {
        let before = known.and_then(|table| table.get(&id));
        (!kind.is_same(before, Some(&object))).then(|| Step {
            kind,
            before: before.cloned(),
            after: Some(object),
            id,
            time: now,
            mark: String::new(),
        })
    });
    let mut steps: Vec<_> = there.collect();
    steps.extend(gone);
    steps
}

/// What reported changes say that is not known.
///
/// A list may have shown what is reported later, and whoever resumes after an old mark hears things again. So of the
/// changes of one object, those up to the last one that leads to what is known are old, unless the first one begins
/// there.
pub(super) fn of_changes(kinds: &[&'static Kind], known: &Tables, changes: Vec<Change<Shared>>) -> Vec<Step> {
    let mut steps: Vec<Step> = changes.into_iter().filter_map(|change| step(kinds, change)).collect();
    let mut chains: HashMap<(&'static str, Arc<str>), Vec<usize>> = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        let key = (step.kind.object, Arc::clone(&step.id));
        chains.entry(key).or_default().push(number);
    }
    let mut new = vec![false; steps.len()];
    for ((object, id), chain) in chains {
        let mut current = known.get(object, &id).cloned();
        let old = old(&steps, &chain, current.as_ref());
        for number in chain.into_iter().skip(old) {
            let step = &mut steps[number];
            if !step.kind.is_same(current.as_ref(), step.after.as_ref()) {
                step.before = std::mem::replace(&mut current, step.after.clone());
                new[number] = true;
            }
        }
    }
    let mut new = new.into_iter();
    steps.retain(|_| new.next().unwrap_or(false));
    steps
}

/// How many of the first changes of a chain are old.
fn old(steps: &[Step], chain: &[usize], current: Option<&Shared>) -> usize {
    let chain = || chain.iter().filter_map(|number| steps.get(*number));
    let begins_here = |step: &Step| step.kind.is_same(step.before.as_ref(), current);
    if chain().next().is_none_or(begins_here) {
        return 0;
    }
    let leads_here = |step: &Step| step.kind.is_same(step.after.as_ref(), current);
    let leading = chain().enumerate().filter(|(_, step)| leads_here(step));
    leading.last().map_or(0, |(number, _)| number + 1)
}

fn step(kinds: &[&'static Kind], change: Change<Shared>) -> Option<Step> {
    let subject = change.object()?;
    let kind = kinds.iter().find(|kind| kind.object == subject.object())?;
    let id = Arc::from(subject.id());
    let Change {
        before,
        after,
        time,
        resume: mark,
        ..
    } = change;
    Some(Step {
        kind,
        id,
        before,
        after,
        time,
        mark,
    })
}
