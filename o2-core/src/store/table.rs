//! Typed rows.
/// A row.
#[derive(Debug)]
pub struct Row;
/// A table.
#[derive(Debug)]
pub struct Table;
