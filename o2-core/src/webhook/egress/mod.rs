//! Where notifications may go.
