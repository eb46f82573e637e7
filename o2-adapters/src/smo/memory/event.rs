//! [`SmoEvent`]: what was published.

use o2_smo::{DeploymentEvent, InfrastructureEvent};

/// A published event, with id and time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SmoEvent {
    /// Infrastructure changed.
    Infrastructure(InfrastructureEvent),
    /// A deployment changed.
    Deployment(DeploymentEvent),
}
