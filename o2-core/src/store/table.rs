//! [`Table`]: typed rows on a [`Store`], as JSON under a prefix, with one optional unique index.

mod batched;

use std::fmt;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, Condition, Entry, Revision, Store};
use crate::error::Excerpt;
use crate::{Error, ErrorKind, Result, Retry};

/// How often a write starts again because somebody else was faster.
const ATTEMPTS: usize = 16;

/// Rows that [`Table::all`] reads at a time.
const PAGE: usize = 256;

/// A stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row<T> {
    /// Its id in the table.
    pub id: String,
    /// The value.
    pub value: T,
    /// The commit that wrote it.
    pub revision: Revision,
}

impl<T> Row<T> {
    /// A row as it was written by `revision`.
    pub fn new(id: impl Into<String>, value: T, revision: Revision) -> Self {
        Self {
            id: id.into(),
            value,
            revision,
        }
    }
}

/// Rows of one type. Cheap to clone; all clones, and all tables of this name on the same store, are the same table.
///
/// Ids are any text and are kept as they are; rows are ordered by the bytes of their ids. Besides the errors named at
/// each method, every method passes on the store's, and fails with `Internal` when a stored row is not a `T`; the key
/// is in the detail then.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use o2_core::store::{Store, Table};
///
/// # async fn example(store: Arc<dyn Store>) -> o2_core::Result<()> {
/// let names: Table<String> = Table::new(store, "name");
/// let row = names.insert("p1", "pool one".to_owned()).await?;
/// names.replace("p1", "the pool".to_owned(), Some(row.revision)).await?;
/// # Ok(())
/// # }
/// ```
pub struct Table<T> {
    store: Arc<dyn Store>,
    name: Arc<str>,
    rows: Arc<str>,
    index: Arc<str>,
    unique: Option<fn(&T) -> String>,
    generation: Option<Arc<str>>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Table<T> {
    /// The table of this name. Messages call a row by it ("there is no subscription 'x'"), so it is a singular.
    pub fn new(store: Arc<dyn Store>, name: &str) -> Self {
        // With its separators escaped, the key of one table never starts with the prefix of another.
        let escaped = name.replace('%', "%25").replace('/', "%2F");
        Self {
            store,
            name: name.into(),
            rows: format!("{escaped}/").into(),
            index: format!("{escaped}%unique/").into(),
            unique: None,
            generation: None,
        }
    }

    /// Allows one row for each text that `unique` makes of a value, such as tenant and callback of a subscription.
    ///
    /// The index is kept in the commits that write rows. So all users of the table have to give the same function, and
    /// it has to stay the same as long as there are rows.
    #[must_use]
    pub fn with_unique(mut self, unique: fn(&T) -> String) -> Self {
        self.unique = Some(unique);
        self
    }

    /// Writes the key `NAME%generation` with every commit that writes a row. A batch that rests on what all rows are can
    /// so make sure that none has changed since, by [`Condition::Unchanged`] of this key.
    ///
    /// All users of the table that write rows have to ask for it.
    #[must_use]
    pub fn with_generation(mut self) -> Self {
        let table = self.rows.strip_suffix('/').unwrap_or(&self.rows);
        self.generation = Some(format!("{table}%generation").into());
        self
    }

    /// The row with this id.
    ///
    /// # Errors
    /// Those of the table.
    pub async fn get(&self, id: &str) -> Result<Option<Row<T>>> {
        self.entry(id).await?.map(|entry| self.row(entry)).transpose()
    }

    /// The row that occupies this text of the unique index.
    ///
    /// # Errors
    /// Those of the table.
    pub async fn find_unique(&self, unique: &str) -> Result<Option<Row<T>>> {
        match self.owner(unique).await? {
            Some(id) => self.get(&id).await,
            None => Ok(None),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// `AlreadyExists` when there is a row with this id, or one with the same unique text, which the message names then.
    pub async fn insert(&self, id: &str, value: T) -> Result<Row<T>> {
        for _ in 0..ATTEMPTS {
            if let Some(revision) = self.swap(id, None, Some(&value), None).await? {
                return Ok(Row::new(id, value, revision));
            }
            if self.entry(id).await?.is_some() {
                return Err(Error::already_exists(&self.name, id));
            }
        }
        Err(self.contended(id))
    }

    /// The commit that last wrote a row; `None` when none has, and for a table without generation.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn generation(&self) -> Result<Option<Revision>> {
        let Some(key) = &self.generation else { return Ok(None) };
        Ok(self.store.get(key).await?.map(|entry| entry.revision))
    }

    /// Adds a row, if no row has been written since this [`generation`](Self::generation): what was found in the table then
    /// still holds.
    ///
    /// # Errors
    /// `PreconditionFailed` when one was, and those of [`insert`](Self::insert).
    pub async fn insert_since(&self, generation: Option<Revision>, id: &str, value: T) -> Result<Row<T>> {
        let key = self.generation.as_deref();
        let since = key.map(|key| Condition::still(key, generation));
        if let Some(revision) = self.swap(id, None, Some(&value), since).await? {
            return Ok(Row::new(id, value, revision));
        }
        if self.entry(id).await?.is_some() {
            return Err(Error::already_exists(&self.name, id));
        }
        let message = format!("another {} was written meanwhile", self.name);
        Err(Error::new(ErrorKind::PreconditionFailed, message))
    }

    /// Replaces the value of a row, if it still is as `expected` wrote it.
    ///
    /// # Errors
    /// `NotFound`, `PreconditionFailed` when the row is newer than expected, `AlreadyExists` when another row has the
    /// same unique text.
    pub async fn replace(&self, id: &str, value: T, expected: Option<Revision>) -> Result<Row<T>> {
        for _ in 0..ATTEMPTS {
            let current = self.expect(id, expected).await?;
            if let Some(revision) = self.swap(id, Some(current), Some(&value), None).await? {
                return Ok(Row::new(id, value, revision));
            }
        }
        Err(self.contended(id))
    }

    /// Reads a row, changes it, and writes it if nobody else did meanwhile; else starts again, a few times.
    ///
    /// # Errors
    /// Those of `change`, which leave the row as it is; `NotFound`; `AlreadyExists` when another row has the same
    /// unique text; `Conflict`, which may be tried again, when others were always faster.
    pub async fn update(&self, id: &str, mut change: impl FnMut(T) -> Result<T> + Send) -> Result<Row<T>> {
        for _ in 0..ATTEMPTS {
            let current = self.expect(id, None).await?;
            let value = change(self.value(&current)?)?;
            if let Some(revision) = self.swap(id, Some(current), Some(&value), None).await? {
                return Ok(Row::new(id, value, revision));
            }
        }
        Err(self.contended(id))
    }

    /// Removes a row, if it still is as `expected` wrote it.
    ///
    /// # Errors
    /// `NotFound`, `PreconditionFailed` when the row is newer than expected.
    pub async fn remove(&self, id: &str, expected: Option<Revision>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let current = self.expect(id, expected).await?;
            if self.swap(id, Some(current), None, None).await?.is_some() {
                return Ok(());
            }
        }
        Err(self.contended(id))
    }

    /// At most `limit` rows, in the order of their ids, after the id `after`.
    ///
    /// # Errors
    /// Those of the table.
    pub async fn page(&self, after: Option<&str>, limit: usize) -> Result<Vec<Row<T>>> {
        let after = after.map(|id| self.key(id));
        let entries = self.store.scan(&self.rows, after.as_deref(), limit).await?;
        entries.into_iter().map(|entry| self.row(entry)).collect()
    }

    /// All rows in the order of their ids, read a page at a time. A row that is written meanwhile may be left out or
    /// seen in either state. Ends after an error.
    #[must_use]
    pub fn all(&self) -> BoxStream<'static, Result<Row<T>>> {
        let table = self.clone();
        let pages = stream::try_unfold((None::<String>, true), move |(after, more)| {
            let table = table.clone();
            async move {
                if !more {
                    return Ok(None);
                }
                let rows = table.page(after.as_deref(), PAGE).await?;
                let next = (rows.last().map(|row| row.id.clone()), rows.len() == PAGE);
                Ok::<_, Error>(Some((stream::iter(rows.into_iter().map(Ok)), next)))
            }
        });
        pages.try_flatten().boxed()
    }

    /// Takes a row from one state to another, and its place in the index with it, in one commit; `None` when the row
    /// is no longer in the first state or the other condition does not hold.
    async fn swap(
        &self,
        id: &str,
        from: Option<Entry>,
        to: Option<&T>,
        and: Option<Condition>,
    ) -> Result<Option<Revision>> {
        let old = from
            .as_ref()
            .map(|entry| self.unique_of_entry(entry))
            .transpose()?
            .flatten();
        let new = to.and_then(|value| self.unique_of(value));
        let key = self.key(id);
        let mut batch = Batch::new().when(Condition::still(key.clone(), from.map(|entry| entry.revision)));
        batch.conditions.extend(and);
        batch = match to {
            Some(value) => batch.put(key, self.encode(id, value)?),
            None => batch.delete(key),
        };
        if old != new {
            if let Some(old) = old {
                batch = batch.delete(self.index_key(&old));
            }
            if let Some(new) = &new {
                let key = self.index_key(new);
                batch = batch.when(Condition::Absent(key.clone())).put(key, id.to_owned());
            }
        }
        match self.store.commit(self.mark(batch)).await {
            Ok(revision) => Ok(Some(revision)),
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                self.expect_unique(id, new.as_deref()).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn expect(&self, id: &str, expected: Option<Revision>) -> Result<Entry> {
        let entry = self.entry(id).await?;
        let entry = entry.ok_or_else(|| Error::not_found(&self.name, id))?;
        match expected {
            Some(expected) if expected != entry.revision => Err(self.changed(id, expected, entry.revision)),
            _ => Ok(entry),
        }
    }

    async fn expect_unique(&self, id: &str, unique: Option<&str>) -> Result<()> {
        let Some(unique) = unique else { return Ok(()) };
        match self.owner(unique).await? {
            Some(owner) if owner != id => Err(Error::already_exists(&self.name, &owner)),
            _ => Ok(()),
        }
    }

    async fn entry(&self, id: &str) -> Result<Option<Entry>> {
        self.store.get(&self.key(id)).await
    }

    async fn owner(&self, unique: &str) -> Result<Option<String>> {
        let entry = self.store.get(&self.index_key(unique)).await?;
        let owner =
            entry.map(|entry| String::from_utf8(entry.value.into()).map_err(|error| corrupt(&entry.key, error)));
        owner.transpose()
    }

    fn row(&self, entry: Entry) -> Result<Row<T>> {
        let value = self.value(&entry)?;
        let id = self.id_of(&entry.key).unwrap_or(&entry.key);
        Ok(Row::new(id, value, entry.revision))
    }

    fn value(&self, entry: &Entry) -> Result<T> {
        self.decode(&entry.key, &entry.value)
    }

    fn encode(&self, id: &str, value: &T) -> Result<Vec<u8>> {
        serde_json::to_vec(value)
            .map_err(|error| Error::internal(format!("{} '{id}' has no JSON form", self.name)).with_source(error))
    }

    fn unique_of(&self, value: &T) -> Option<String> {
        self.unique.map(|unique| unique(value))
    }

    fn unique_of_entry(&self, entry: &Entry) -> Result<Option<String>> {
        self.unique.map(|unique| Ok(unique(&self.value(entry)?))).transpose()
    }

    fn index_key(&self, unique: &str) -> String {
        format!("{}{unique}", self.index)
    }

    fn changed(&self, id: &str, expected: Revision, actual: Revision) -> Error {
        let (name, id) = (&self.name, Excerpt(id));
        let message = format!("{name} '{id}' changed since it was read: it is at revision {actual}, not {expected}");
        Error::new(ErrorKind::PreconditionFailed, message)
    }

    fn contended(&self, id: &str) -> Error {
        let (name, id) = (&self.name, Excerpt(id));
        Error::conflict(format!("others keep changing {name} '{id}'; try again")).with_retry(Retry::Safe)
    }
}

fn corrupt(key: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(format!("the value stored under '{key}' cannot be read: {error}")).with_source(error)
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            name: Arc::clone(&self.name),
            rows: Arc::clone(&self.rows),
            index: Arc::clone(&self.index),
            unique: self.unique,
            generation: self.generation.clone(),
        }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
