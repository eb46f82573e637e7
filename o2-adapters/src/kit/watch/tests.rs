//! Changes out of lists: none invented, none lost.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// An object with an id and a state.
#[derive(Debug, Clone, PartialEq)]
struct Thing(String, u8);

impl Watched for Thing {
    fn object(&self) -> &'static str {
        "thing"
    }

    fn id(&self) -> &str {
        &self.0
    }
}

fn things(text: &str) -> Vec<Thing> {
    let one = |word: &str| {
        let (id, state) = word.split_at(1);
        Thing(id.to_owned(), state.parse().unwrap_or(0))
    };
    text.split_whitespace().map(one).collect()
}

fn words(events: &[Event<Thing>]) -> String {
    let words: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Created(thing) => format!("+{}{}", thing.0, thing.1),
            Event::Updated(before, after) => format!("{}{}>{}", before.0, before.1, after.1),
            Event::Deleted(thing) => format!("-{}{}", thing.0, thing.1),
        })
        .collect();
    words.join(" ")
}

#[test]
fn lists_become_changes() {
    for (lists, changes) in [
        (
            &["a1 b1", "a1 b1", "b2 a1", "a1"][..],
            &["+a1 +b1", "", "b1>2", "-b2"][..],
        ),
        (&["a1", "", "", "a1"], &["+a1", "-a1", "", "+a1"]),
        (&["a1 a2"], &["+a1 a1>2"]),
    ] {
        let mut known = Known::new();
        for (list, change) in lists.iter().zip(changes) {
            assert_eq!(words(&known.take(things(list))), *change, "{lists:?} at {list:?}");
        }
    }
}

type State = BTreeMap<String, u8>;

fn apply(state: &mut State, events: Vec<Event<Thing>>) {
    for event in events {
        match event {
            Event::Created(thing) => assert_eq!(state.insert(thing.0, thing.1), None),
            Event::Updated(before, after) => assert_eq!(state.insert(after.0, after.1), Some(before.1)),
            Event::Deleted(thing) => assert_eq!(state.remove(&thing.0), Some(thing.1)),
        }
    }
}

proptest! {
    /// Who applies the changes has what the backend has after each list.
    #[test]
    fn changes_lead_to_the_last_list(lists in proptest::collection::vec(proptest::collection::btree_map("[a-f]", 0_u8..3, 0..6), 1..12)) {
        let (mut known, mut state) = (Known::new(), State::new());
        for list in lists {
            let objects = list.iter().map(|(id, value)| Thing(id.clone(), *value)).collect();
            apply(&mut state, known.take(objects));
            prop_assert_eq!(&state, &list);
        }
    }
}
