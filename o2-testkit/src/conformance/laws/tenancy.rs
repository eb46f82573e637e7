//! Tenants: nobody sees what belongs to another one.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{ErrorKind, Model, Plugin};

use super::{Sentence, Trial};
use crate::conformance::{Verdict, fails, holds, same, skip};

const TENANT: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
const WORDS: &str = "Both are told in the same words, and lists show neither.";

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![
        Sentence {
            name: "foreign_objects_are_not_listed",
            contract: TENANT,
            gets: false,
            law: |trial| Box::pin(foreign_objects_are_not_listed(trial)),
        },
        Sentence {
            name: "foreign_objects_are_not_found",
            contract: TENANT,
            gets: true,
            law: |trial| Box::pin(foreign_objects_are_not_found(trial)),
        },
        Sentence {
            name: "foreign_objects_are_missing_in_the_same_words",
            contract: WORDS,
            gets: true,
            law: |trial| Box::pin(foreign_objects_are_missing_in_the_same_words(trial)),
        },
        Sentence {
            name: "foreign_markers_show_nothing_foreign",
            contract: WORDS,
            gets: false,
            law: |trial| Box::pin(foreign_markers_show_nothing_foreign(trial)),
        },
    ]
}

async fn foreign_objects_are_not_listed<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let Some(tenants) = trial.world.tenants() else {
        return skip("the world has no tenants");
    };
    let whole = trial.objects(1).await?;
    for tenant in &tenants {
        let own = trial.acting_for(tenant);
        let seen = own.objects(0).await?;
        for object in &seen {
            let sees = own.context.sees(object.tenant());
            holds(
                &format!("whose '{}' is", object.id()),
                sees,
                &format!("{tenant} or shared"),
                object.tenant(),
            )?;
        }
        let visible = whole.iter().filter(|object| own.context.sees(object.tenant())).count();
        same(&format!("how many objects {tenant} sees"), seen.len(), visible)?;
    }
    Ok(())
}

async fn foreign_objects_are_not_found<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let (own, foreign) = trial.foreign().await?;
    for object in foreign {
        let read = own.get(object.id()).await;
        fails(
            &format!("reading '{}' of another tenant", object.id()),
            read,
            &[ErrorKind::NotFound],
        )?;
    }
    Ok(())
}

async fn foreign_objects_are_missing_in_the_same_words<P: ?Sized + Plugin, T: Model>(
    trial: Trial<'_, P, T>,
) -> Verdict {
    const NOBODY: &str = "no-such-id";
    let (own, foreign) = trial.foreign().await?;
    let unknown = fails("reading what nobody has", own.get(NOBODY).await, &[ErrorKind::NotFound])?;
    for object in foreign {
        let error = fails(
            "reading a foreign object",
            own.get(object.id()).await,
            &[ErrorKind::NotFound],
        )?;
        let message = error.message().replace(object.id(), NOBODY);
        same("the message but for the id", message.as_str(), unknown.message())?;
    }
    Ok(())
}

async fn foreign_markers_show_nothing_foreign<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let Some(tenants) = trial.world.tenants() else {
        return skip("the world has no tenants");
    };
    let Some(marker) = trial.page(&ListQuery::new().with_limit(1)).await?.next else {
        return skip("the plugin has only one page");
    };
    for tenant in &tenants {
        let own = trial.acting_for(tenant);
        let page = match own.page(&ListQuery::new().with_marker(marker.clone())).await {
            Ok(page) => page,
            Err(error) if error.is(ErrorKind::InvalidInput) => continue,
            Err(error) => return Err(error.into()),
        };
        let foreign = page.items.iter().find(|object| !own.context.sees(object.tenant()));
        let foreign = foreign.map(|object| object.id());
        holds(
            "what a marker of another caller shows",
            foreign.is_none(),
            "nothing foreign",
            foreign,
        )?;
    }
    Ok(())
}

impl<P: ?Sized + Plugin, T: Model> Trial<'_, P, T> {
    /// A tenant's view, and the objects that belong to somebody else.
    async fn foreign(&self) -> Verdict<(Self, Vec<Arc<T>>)> {
        let Some([tenant, _]) = self.world.tenants() else {
            return skip("the world has no tenants");
        };
        let own = self.acting_for(&tenant);
        let mut objects = self.objects(0).await?;
        objects.retain(|object| !own.context.sees(object.tenant()));
        if objects.is_empty() {
            return skip("the world has no object of another tenant");
        }
        Ok((own, objects))
    }
}
