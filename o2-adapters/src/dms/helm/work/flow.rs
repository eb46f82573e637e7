//! [`Flow`]: how the program changes a release, from the start of the program until it has ended.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, FutureExt, select};
use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::Acceptance;
use super::lock::Lock;
use crate::dms::helm::program::{Change, Program, Target};
use crate::dms::helm::release::ReleaseStatus;
use crate::dms::helm::releases::{Notes, Releases, SECRETS};
use crate::kube::{At, Deletion, Meta};

/// Between two looks at whether Helm has begun.
const LOOK: Duration = Duration::from_millis(200);

/// What belongs to a change besides what the program does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Nothing.
    Nothing,
    /// A Secret with notes, before; taken away again when there will be no release.
    NoteFirst(Value),
    /// A patch of the notes when Helm has begun; with the Secret to make if there is none.
    NoteThen { patch: Value, secret: Value },
    /// No notes any more, in the end.
    Forget,
}

/// By what a revision is known for the one that was asked for. Somebody else may have been faster, so its number says nothing.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A label.
    Ticket(String),
    /// The earlier revision that it is.
    Of(u32),
    /// It is the release itself that goes.
    Gone,
}

/// A change of a release.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) releases: Arc<Releases>,
    pub(crate) program: Arc<Program>,
    pub(crate) context: Context,
    pub(crate) target: Target,
    pub(crate) deployment: DeploymentId,
    /// The revision that the change makes; the one that it takes down.
    pub(crate) revision: u32,
    /// The newest revision that there was when it was decided upon.
    pub(crate) base: Option<u32>,
    /// By what that revision is known for ours.
    pub(crate) mark: Mark,
    pub(crate) step: Step,
}

/// How far the program has come.
enum Seen {
    /// It has written down what it does.
    Begun,
    /// It has ended.
    Ended(Result<()>),
}

impl Flow {
    /// Does it; `acceptance` is told when Helm has begun, or why nothing has.
    pub(crate) async fn run(mut self, change: Change, mut acceptance: Acceptance<()>) {
        let (releases, context, target) = (Arc::clone(&self.releases), self.context.clone(), self.target.clone());
        let lock = match Lock::take(&releases, &context, &target, self.base, self.program.timeout()).await {
            Ok(lock) => lock,
            Err(error) => return acceptance.say(Err(error)),
        };
        let outcome = match self.before().await {
            Ok(()) => self.run_program(change, &mut acceptance).await,
            Err(error) => Err(error),
        };
        acceptance.ends();
        if let Some(lock) = lock {
            lock.give_back(&releases, &context, &target).await;
        }
        // Who is told that nothing has come of it may try again at once.
        acceptance.say(outcome);
    }

    async fn run_program(&self, change: Change, acceptance: &mut Acceptance<()>) -> Result<()> {
        let uninstalls = matches!(change, Change::Uninstall);
        let mut program = {
            let (program, target) = (Arc::clone(&self.program), self.target.clone());
            async move { program.change(&target, &change).await }.boxed()
        };
        let ended = match self.first_of(&mut program).await {
            Seen::Ended(ended) => ended,
            Seen::Begun => {
                acceptance.say(self.when_begun().await);
                program.await
            }
        };
        acceptance.ends();
        self.afterwards(ended, uninstalls, acceptance.is_open()).await
    }

    /// What is done under the lock before the program starts.
    async fn before(&mut self) -> Result<()> {
        let newest = self.releases.newest(&self.context, &self.target).await?;
        // Whoever had the lock until a moment ago has made another revision than the one that was looked at.
        if newest.map(|(revision, _)| revision) != self.base {
            return Err(Error::conflict(
                "somebody else has changed the deployment at the same time",
            ));
        }
        let Step::NoteFirst(secret) = &self.step else {
            return Ok(());
        };
        let (cluster, namespace) = (&self.releases.cluster, Some(self.target.namespace.as_str()));
        let made = cluster.create(&self.context, &SECRETS, namespace, secret, false).await;
        match made {
            Err(error) if error.is(ErrorKind::AlreadyExists) => self.take_over(secret).await,
            Err(error) if error.is(ErrorKind::NotFound) => {
                // Helm makes the namespace, or says that there is none.
                self.step = Step::NoteThen {
                    patch: json!({}),
                    secret: secret.clone(),
                };
                Ok(())
            }
            made => made.map(|_| ()),
        }
    }

    /// Notes are there already: of a release that is gone. Nobody else is about to install one, as we have the lock.
    async fn take_over(&self, secret: &Value) -> Result<()> {
        let (at, name) = (Some(self.target.namespace.as_str()), Notes::name(&self.target));
        let (cluster, notes) = (&self.releases.cluster, At::new(&SECRETS, at, &name));
        if let Some(found) = cluster.get_metadata(&self.context, notes).await? {
            let deletion = Deletion {
                uid: Some(found.uid),
                resource_version: Some(found.resource_version),
                foreground: false,
            };
            cluster.delete(&self.context, notes, &deletion).await?;
        }
        let made = cluster.create(&self.context, &SECRETS, at, secret, false).await;
        made.map(|_| ())
    }

    /// What comes first: that Helm has written down what it does, or that the program has ended.
    async fn first_of(&self, program: &mut BoxFuture<'static, Result<()>>) -> Seen {
        let looking = async {
            loop {
                self.releases.cluster.clock().sleep(LOOK).await;
                // While nobody can look, the program may have begun or not.
                if matches!(self.has_begun().await, Ok(true)) {
                    return;
                }
            }
        };
        match select(program, std::pin::pin!(looking)).await {
            Either::Left((ended, _)) => Seen::Ended(ended),
            Either::Right(((), _)) => Seen::Begun,
        }
    }

    /// Whether Helm has written down that it does what it was asked for.
    async fn has_begun(&self) -> Result<bool> {
        let (releases, context, target) = (&self.releases, &self.context, &self.target);
        match &self.mark {
            Mark::Ticket(ticket) => releases.is_made(context, target, ticket).await,
            Mark::Of(earlier) => {
                let newest = releases.at(context, target).await?;
                Ok(newest.is_some_and(|newest| {
                    let release = newest.release;
                    release.revision >= self.revision && release.rolled_back_to == Some(*earlier)
                }))
            }
            Mark::Gone => {
                let found = releases.revision(context, target, self.revision).await?;
                let going = |meta: Meta| {
                    ReleaseStatus::read(meta.label("status").unwrap_or_default()) == ReleaseStatus::Uninstalling
                };
                Ok(found.is_none_or(going))
            }
        }
    }

    async fn when_begun(&self) -> Result<()> {
        let Step::NoteThen { patch, secret } = &self.step else {
            return Ok(());
        };
        let (at, name) = (Some(self.target.namespace.as_str()), Notes::name(&self.target));
        let cluster = &self.releases.cluster;
        match cluster.merge(&self.context, At::new(&SECRETS, at, &name), patch).await {
            Err(error) if error.is(ErrorKind::NotFound) => cluster
                .create(&self.context, &SECRETS, at, secret, false)
                .await
                .map(|_| ()),
            patched => patched.map(|_| ()),
        }
    }

    /// What the program's end means for who still waits. It exits with 1 for whatever goes wrong; what is kept of the release
    /// says how far it came.
    async fn afterwards(&self, ended: Result<()>, uninstalls: bool, waits: bool) -> Result<()> {
        if uninstalls {
            if ended.is_ok() {
                self.forget().await;
            }
            return ended;
        }
        if !waits {
            return Ok(());
        }
        match self.is_kept(&ended).await {
            Ok(true) => self.when_begun().await,
            Ok(false) => {
                if matches!(self.step, Step::NoteFirst(_)) {
                    self.forget().await;
                }
                Err(ended
                    .err()
                    .unwrap_or_else(|| Error::internal("helm has left nothing behind")))
            }
            Err(error) => Err(ended.err().unwrap_or(error)),
        }
    }

    /// Whether the program has left the revision behind that it was to make.
    async fn is_kept(&self, ended: &Result<()>) -> Result<bool> {
        // Who came too late has changed nothing, and the revision is another's.
        let late = |error: &Error| matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists);
        if ended.as_ref().is_err_and(late) {
            return Ok(false);
        }
        self.has_begun().await
    }

    /// Takes the notes about the deployment away. What stays does no harm, and the next release of that name replaces it.
    async fn forget(&self) {
        if let Err(error) = self.delete_notes().await {
            let release = &self.target.name;
            tracing::warn!(release, %error, "notes about a deployment that is gone cannot be deleted");
        }
    }

    async fn delete_notes(&self) -> Result<()> {
        let (at, name) = (Some(self.target.namespace.as_str()), Notes::name(&self.target));
        let (cluster, at) = (&self.releases.cluster, At::new(&SECRETS, at, &name));
        let found = cluster.get_metadata(&self.context, at).await?;
        let Some(notes) = found
            .as_ref()
            .and_then(Notes::read)
            .filter(|notes| notes.are_about(&self.deployment))
        else {
            return Ok(());
        };
        let deletion = Deletion {
            uid: Some(notes.meta.uid),
            ..Deletion::default()
        };
        match cluster.delete(&self.context, at, &deletion).await {
            Err(error) if error.is(ErrorKind::NotFound) => Ok(()),
            deleted => deleted,
        }
    }
}
