//! Played clusters, and the conformance suite.
