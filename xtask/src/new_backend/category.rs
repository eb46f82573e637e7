//! [`Category`]: what backends of one category have in common.

/// A category of backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Ims,
    Dms,
    Smo,
    Observability,
}

impl Category {
    pub(super) const ALL: [Self; 4] = [Self::Ims, Self::Dms, Self::Smo, Self::Observability];

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|category| category.folder() == text);
        found.ok_or_else(|| format!("'{text}' is no category (ims, dms, smo, observability)"))
    }

    /// Its folder below `o2-adapters/src`.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Ims => "ims",
            Self::Dms => "dms",
            Self::Smo => "smo",
            Self::Observability => "observability",
        }
    }

    /// Its variant of `o2_core::Category`.
    pub(super) fn variant(self) -> &'static str {
        match self {
            Self::Ims => "Ims",
            Self::Dms => "Dms",
            Self::Smo => "Smo",
            Self::Observability => "Observability",
        }
    }

    /// The trait that its backends implement, and the module that has it.
    pub(super) fn plugin(self) -> (&'static str, &'static str) {
        match self {
            Self::Ims => ("o2_ims", "IMSPlugin"),
            Self::Dms => ("o2_dms", "DMSPlugin"),
            Self::Smo => ("o2_smo", "SMOPlugin"),
            Self::Observability => ("o2_core::plugin", "ObservabilityPlugin"),
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Ims => "infrastructure",
            Self::Dms => "deployments",
            Self::Smo => "orchestrator",
            Self::Observability => "observability",
        }
    }

    /// What its backends are, for tables and comments.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Ims => "an infrastructure backend",
            Self::Dms => "a deployment backend",
            Self::Smo => "an orchestrator",
            Self::Observability => "a source of metrics, traces or logs",
        }
    }
}
