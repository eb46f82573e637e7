//! Tenants: nobody sees what belongs to another one.

use o2_core::{ErrorKind, Model, Plugin};

use super::{Sentence, Trial};
use crate::conformance::{Verdict, fails, holds, same, skip};

const TENANT: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

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
    let Some([tenant, _]) = trial.world.tenants() else {
        return skip("the world has no tenants");
    };
    let own = trial.acting_for(&tenant);
    let whole = trial.objects(0).await?;
    let foreign: Vec<_> = whole
        .iter()
        .filter(|object| !own.context.sees(object.tenant()))
        .collect();
    if foreign.is_empty() {
        return skip("the world has no object of another tenant");
    }
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
