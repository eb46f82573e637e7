//! Watching deployments and packages; and going on with what is left to be done, as long as somebody watches.

mod board;
mod drawing;
mod driver;

use std::sync::Arc;
use std::task::Poll;

use futures::stream::{self, BoxStream, StreamExt};
use o2_core::{Context, Result};
use o2_dms::{DeploymentChange, DeploymentObject};

use super::site::Site;
use crate::kube::{Changes, Shared};
use board::Board;
use drawing::Drawn;
use driver::drive;

/// The changes that one tenant may see, or all.
#[derive(Debug)]
pub(super) struct Watching {
    site: Arc<Site>,
    changes: Arc<Changes<DeploymentObject>>,
    board: Arc<Board>,
}

impl Shared for Watching {
    fn close(&self) {
        self.changes.close();
    }
}

impl Watching {
    /// Begins to look at what `context` may see.
    pub(super) async fn open(site: &Arc<Site>, context: &Context) -> Result<Self> {
        let board = Arc::new(Board::default());
        let drawn = Drawn::open(site, context, Arc::clone(&board)).await?;
        Ok(Self {
            site: Arc::clone(site),
            changes: Arc::new(Changes::new(drawn, Arc::clone(&site.clock))),
            board,
        })
    }

    /// Changes after `resume`, or from now on. While the stream is read, work that nobody else is at goes on.
    pub(super) async fn watch(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        let changes = Arc::clone(&self.changes)
            .watch(context, resume, |context, object| context.sees(object.tenant()))
            .await?;
        let driving = drive(Arc::clone(&self.site), Arc::clone(&self.board), context);
        let (mut changes, mut driving) = (changes, Some(driving));
        Ok(stream::poll_fn(move |task| {
            let told = changes.poll_next_unpin(task);
            match &told {
                // It never ends by itself.
                Poll::Pending => driving
                    .as_mut()
                    .is_some_and(|driving| driving.as_mut().poll(task).is_ready()),
                Poll::Ready(Some(Ok(_))) => false,
                // Nobody comes again, so that nothing must wait any longer.
                Poll::Ready(_) => driving.take().is_some(),
            };
            told
        })
        .boxed())
    }
}
