//! Rows in batches that write other things too, and what those who follow the store need to know of a table's keys.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Table, corrupt};
use crate::store::Batch;
use crate::{Error, Result};

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Table<T> {
    /// The key of the generation; `None` for a table without.
    #[must_use]
    pub fn generation_key(&self) -> Option<&str> {
        self.generation.as_deref()
    }

    /// What the keys of the rows begin with, for [`Store::changes`](crate::store::Store::changes).
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.rows
    }

    /// The key of a row, for batches and conditions.
    #[must_use]
    pub fn key(&self, id: &str) -> String {
        format!("{}{id}", self.rows)
    }

    /// The id of the row that has this key; `None` when it is no key of this table.
    #[must_use]
    pub fn id_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(&*self.rows)
    }

    /// A stored value, as entries and changes of the store have it.
    ///
    /// # Errors
    /// `Internal` when it is not a `T`.
    pub fn decode(&self, key: &str, value: &[u8]) -> Result<T> {
        serde_json::from_slice(value).map_err(|error| corrupt(key, error))
    }

    /// Adds a row to a batch that writes other things too, whether there is one with this id or not. Conditions on
    /// [`Self::key`] say more.
    ///
    /// # Errors
    /// `Internal` when the table has a unique index, which only its own methods keep, or the value has no JSON form.
    pub fn put_into(&self, batch: Batch, id: &str, value: &T) -> Result<Batch> {
        self.expect_no_index()?;
        Ok(self.mark(batch.put(self.key(id), self.encode(id, value)?)))
    }

    /// Adds the removal of a row to a batch.
    ///
    /// # Errors
    /// `Internal` when the table has a unique index.
    pub fn delete_from(&self, batch: Batch, id: &str) -> Result<Batch> {
        self.expect_no_index()?;
        Ok(self.mark(batch.delete(self.key(id))))
    }

    pub(super) fn mark(&self, batch: Batch) -> Batch {
        match &self.generation {
            Some(key) => batch.put(&**key, Vec::new()),
            None => batch,
        }
    }

    fn expect_no_index(&self) -> Result<()> {
        match self.unique {
            None => Ok(()),
            Some(_) => Err(Error::internal(format!(
                "rows of table '{}' cannot be written by a batch: it has a unique index",
                self.name
            ))),
        }
    }
}
