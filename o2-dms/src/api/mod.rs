//! The HTTP routes of O2-DMS.
