//! A backend in trouble: its failures are told as what they are, and never as "there is nothing".

use std::time::Duration;

use o2_core::query::ListQuery;
use o2_core::{Error, ErrorKind, Fault, Model, Plugin, Retry};

use super::{Sentence, Trial, ids};
use crate::conformance::{Trouble, Verdict, fails, holds, same, skip};

const OUTAGE: &str = "A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an \
                      empty list and never `NotFound`.";
const DENIED: &str =
    "Refused credentials of the plugin are not the caller's fault, and never an empty list or `NotFound`.";
const ODD: &str = "An object that cannot be understood is left out of a list; it does not hide the others.";
const DROPPED: &str = "Futures may be dropped at any await.";
const PAST: &str = "A call may end with `Timeout` when the deadline of its context has passed; it never answers something \
                    else because of it.";
const SECRETS: &str = "Secrets never appear in `Debug` output, messages and details.";

/// The most time a caller gives a backend that hangs.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![
        Sentence {
            name: "an_outage_is_told",
            contract: OUTAGE,
            gets: false,
            law: |trial| Box::pin(an_outage_is_told(trial)),
        },
        Sentence {
            name: "an_outage_is_not_an_absence",
            contract: OUTAGE,
            gets: true,
            law: |trial| Box::pin(an_outage_is_not_an_absence(trial)),
        },
        Sentence {
            name: "refused_credentials_are_told",
            contract: DENIED,
            gets: false,
            law: |trial| Box::pin(refused_credentials_are_told(trial)),
        },
        Sentence {
            name: "one_odd_object_does_not_hide_the_others",
            contract: ODD,
            gets: false,
            law: |trial| Box::pin(one_odd_object_does_not_hide_the_others(trial)),
        },
        Sentence {
            name: "a_hanging_backend_can_be_left",
            contract: DROPPED,
            gets: false,
            law: |trial| Box::pin(a_hanging_backend_can_be_left(trial)),
        },
        Sentence {
            name: "a_past_deadline_is_told",
            contract: PAST,
            gets: false,
            law: |trial| Box::pin(a_past_deadline_is_told(trial)),
        },
        Sentence {
            name: "secrets_stay_secret",
            contract: SECRETS,
            gets: false,
            law: |trial| Box::pin(secrets_stay_secret(trial)),
        },
    ]
}

impl<P: ?Sized + Plugin, T: Model> Trial<'_, P, T> {
    async fn bring(&self, trouble: Trouble) -> Verdict {
        if self.world.trouble(Some(trouble)).await {
            Ok(())
        } else {
            skip(format!("the world's backend cannot be {trouble:?}"))
        }
    }

    /// The list is as it was when the trouble is over.
    async fn recovered(&self, before: &[std::sync::Arc<T>]) -> Verdict {
        self.world.trouble(None).await;
        let after = self.objects(0).await?;
        same("the ids of the list after the trouble", ids(&after), ids(before))
    }
}

/// The error of a backend that is in trouble.
fn told(error: &Error) -> Verdict {
    let blames_caller = error.fault() == Fault::Caller;
    holds(
        "whose fault it is",
        !blames_caller,
        "the backend's or the gateway's",
        error.fault(),
    )
}

async fn an_outage_is_told<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    trial.bring(Trouble::Down).await?;
    let listed = trial.page(&ListQuery::new()).await;
    let error = fails("the list", listed, &[ErrorKind::Unavailable, ErrorKind::Timeout])?;
    told(&error)?;
    let verdict = error.retry();
    holds(
        "the retry verdict",
        verdict != Retry::Never,
        "that it may be tried again",
        verdict,
    )?;
    trial.recovered(&before).await
}

async fn an_outage_is_not_an_absence<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    trial.bring(Trouble::Down).await?;
    for id in ids(&before).into_iter().take(1).chain(["no-such-id"]) {
        let read = trial.get(id).await;
        told(&fails(
            "reading an object",
            read,
            &[ErrorKind::Unavailable, ErrorKind::Timeout],
        )?)?;
    }
    trial.recovered(&before).await
}

async fn refused_credentials_are_told<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    trial.bring(Trouble::Denied).await?;
    let listed = trial.page(&ListQuery::new()).await;
    let kinds = [
        ErrorKind::Unavailable,
        ErrorKind::Config,
        ErrorKind::PermissionDenied,
        ErrorKind::Internal,
    ];
    told(&fails("the list", listed, &kinds)?)?;
    trial.recovered(&before).await
}

async fn one_odd_object_does_not_hide_the_others<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    trial.bring(Trouble::OddObject).await?;
    let after = trial.objects(0).await?;
    let (seen, before) = (ids(&after), ids(&before));
    let missing: Vec<_> = before.iter().filter(|id| !seen.contains(id)).collect();
    holds(
        "which objects are missing beside an odd one",
        missing.is_empty(),
        "none",
        missing,
    )
}

async fn a_hanging_backend_can_be_left<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    trial.bring(Trouble::Hanging).await?;
    let clock = trial.world.clock();
    let context = trial.context.clone().with_deadline(clock.monotonic() + DEADLINE);
    let (query, hurried) = (ListQuery::new(), trial.with_context(context));
    if let Ok(listed) = clock.within(DEADLINE * 2, hurried.page(&query)).await {
        fails(
            "the list of a backend that hangs",
            listed,
            &[ErrorKind::Unavailable, ErrorKind::Timeout],
        )?;
    }
    trial.recovered(&before).await
}

async fn a_past_deadline_is_told<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(1).await?;
    let late = trial.context.clone().with_deadline(trial.world.clock().monotonic());
    match trial.with_context(late).page(&ListQuery::new()).await {
        Ok(page) => {
            let first = page.items.first().map(|object| object.id());
            same(
                "the first object when it is late",
                first,
                before.first().map(|object| object.id()),
            )?;
        }
        late => drop(fails("the list when it is late", late, &[ErrorKind::Timeout])?),
    }
    let after = trial.objects(0).await?;
    same("the ids of the list after a late call", ids(&after), ids(&before))
}

async fn secrets_stay_secret<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let secrets = trial.world.secrets();
    if secrets.is_empty() {
        return skip("the world has no secrets");
    }
    let mut shown = vec![format!("{:?}", trial.plugin), format!("{:#?}", trial.plugin)];
    for trouble in [Trouble::Down, Trouble::Denied] {
        if trial.world.trouble(Some(trouble)).await {
            let listed = trial.page(&ListQuery::new()).await;
            shown.extend(
                listed
                    .err()
                    .map(|error| format!("{error} {error:?} {:?}", error.detail())),
            );
            trial.world.trouble(None).await;
        }
    }
    let told = secrets
        .iter()
        .find(|secret| shown.iter().any(|text| text.contains(secret.as_str())));
    holds("what is shown of a secret", told.is_none(), "nothing", told)
}
