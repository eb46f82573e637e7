//! The HTTP routes of O2-SMO.
