//! Identity: ids are there, are what `get` takes, stay what they are, and mean nothing when nothing has them.

use std::sync::Arc;

use o2_core::model::{Attribute, AttributeValue};
use o2_core::{ErrorKind, Model, Plugin};

use super::{Sentence, Trial, ids};
use crate::conformance::{Verdict, fails, holds, same};

const IDS: &str = "Ids are the backend's own, stable for the life of the object, and never reused.";
const SHOWN: &str = "Every listed object can be read by its id, and then shows every attribute that the list shows.";
const NOT_FOUND: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![
        Sentence {
            name: "every_object_has_an_id",
            contract: IDS,
            gets: false,
            law: |trial| Box::pin(every_object_has_an_id(trial)),
        },
        Sentence {
            name: "what_is_listed_can_be_read",
            contract: SHOWN,
            gets: true,
            law: |trial| Box::pin(what_is_listed_can_be_read(trial)),
        },
        Sentence {
            name: "reading_shows_what_the_list_shows",
            contract: SHOWN,
            gets: true,
            law: |trial| Box::pin(reading_shows_what_the_list_shows(trial)),
        },
        Sentence {
            name: "ids_survive_a_restart",
            contract: IDS,
            gets: false,
            law: |trial| Box::pin(ids_survive_a_restart(trial)),
        },
        Sentence {
            name: "unknown_ids_are_not_found",
            contract: NOT_FOUND,
            gets: true,
            law: |trial| Box::pin(unknown_ids_are_not_found(trial)),
        },
    ]
}

async fn every_object_has_an_id<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    for object in trial.objects(1).await? {
        holds(
            "the id of a listed object",
            !object.id().is_empty(),
            "a text",
            object.id(),
        )?;
    }
    Ok(())
}

async fn what_is_listed_can_be_read<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    for listed in trial.objects(1).await? {
        let read = trial.get(listed.id()).await?;
        same(
            "the ids of an object that is listed and then read",
            all_ids(&read),
            all_ids(&listed),
        )?;
        same("whose it is", read.tenant(), listed.tenant())?;
    }
    Ok(())
}

/// Its own id, and those of what it refers to.
fn all_ids<T: Model>(object: &Arc<T>) -> Vec<String> {
    let mut ids = vec![object.id().to_owned()];
    object.visit_ids(&mut |id| ids.push(id.to_owned()));
    ids
}

async fn reading_shows_what_the_list_shows<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    for listed in trial.objects(1).await? {
        let read = trial.get(listed.id()).await?;
        let shown = |object: &T, row: &Attribute<T>| !matches!((row.get)(object), AttributeValue::Absent);
        let missing: Vec<_> = T::attributes()
            .iter()
            .filter(|row| shown(&listed, row) && !shown(&read, row))
            .map(|row| row.name)
            .collect();
        let what = format!("what '{}' shows in the list, but not when it is read", listed.id());
        holds(&what, missing.is_empty(), "nothing", missing)?;
    }
    Ok(())
}

async fn ids_survive_a_restart<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let restarted = trial.restarted().await?;
    let (before, after) = (trial.objects(1).await?, restarted.objects(0).await?);
    same("the ids of the list after a restart", ids(&after), ids(&before))
}

async fn unknown_ids_are_not_found<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let listed = trial.objects(0).await?;
    let mut unknown = ["no-such-id", "a/b", "..", "%2e", "größe ~", "", &"x".repeat(300)]
        .map(str::to_owned)
        .to_vec();
    // A name that begins like a real one is not that one.
    unknown.extend(listed.first().map(|object| format!("{}x", object.id())));
    for id in unknown.iter().filter(|id| !ids(&listed).contains(&id.as_str())) {
        let shown: String = id.chars().take(20).collect();
        fails(
            &format!("reading '{shown}'"),
            trial.get(id).await,
            &[ErrorKind::NotFound],
        )?;
    }
    Ok(())
}
