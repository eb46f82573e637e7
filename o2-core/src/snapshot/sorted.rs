//! [`Sorted`]: a sorted map whose copies share what they have in common. Two levels: chunks of some hundred entries, each
//! behind an `Arc`. A copy costs one pointer per chunk, a change copies one chunk.

use std::borrow::Borrow;
use std::sync::Arc;

/// The most entries of a chunk.
const MOST: usize = 256;

/// A sorted map. Cheap to clone; a clone that changes leaves the original alone.
#[derive(Debug)]
pub(crate) struct Sorted<K, V> {
    /// Never empty ones, in order.
    chunks: Vec<Arc<Vec<(K, V)>>>,
    len: usize,
}

impl<K, V> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
        }
    }
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Ord + Clone, V: Clone> Sorted<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let chunk = self.chunks.get(self.chunk_of(key))?;
        let at = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        chunk.get(at).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if self.chunks.is_empty() {
            self.chunks.push(Arc::default());
        }
        let number = self.chunk_of(&key).min(self.chunks.len() - 1);
        let chunk = Arc::make_mut(&mut self.chunks[number]);
        match chunk.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => Some(std::mem::replace(&mut chunk[at].1, value)),
            Err(at) => {
                chunk.insert(at, (key, value));
                self.len += 1;
                if chunk.len() > MOST {
                    // What grows at its end is filled in order: full chunks stay behind.
                    let middle = if at + 1 == chunk.len() { MOST } else { MOST / 2 };
                    let rest = chunk.split_off(middle);
                    chunk.shrink_to_fit();
                    self.chunks.insert(number + 1, Arc::new(rest));
                }
                None
            }
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let number = self.chunk_of(key);
        let chunk = self.chunks.get_mut(number)?;
        let at = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        let (_, value) = Arc::make_mut(chunk).remove(at);
        self.len -= 1;
        self.join(number);
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value)))
    }

    /// The entries from the first one on that is not `before`, which holds for the entries up to some place only.
    pub(crate) fn skip_while(&self, before: impl Fn(&K) -> bool) -> impl Iterator<Item = (&K, &V)> {
        let is_before = |chunk: &Arc<Vec<(K, V)>>| chunk.last().is_some_and(|(key, _)| before(key));
        let number = self.chunks.partition_point(is_before);
        let at = self
            .chunks
            .get(number)
            .map_or(0, |chunk| chunk.partition_point(|(key, _)| before(key)));
        let chunks = self.chunks.iter().skip(number);
        let entries = chunks.flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value)));
        entries.skip(at)
    }

    /// For how many entries `before` holds, which are those up to some place.
    pub(crate) fn rank(&self, before: impl Fn(&K) -> bool) -> usize {
        let is_before = |chunk: &Arc<Vec<(K, V)>>| chunk.last().is_some_and(|(key, _)| before(key));
        let number = self.chunks.partition_point(is_before);
        let full: usize = self.chunks.iter().take(number).map(|chunk| chunk.len()).sum();
        let rest = self.chunks.get(number);
        full + rest.map_or(0, |chunk| chunk.partition_point(|(key, _)| before(key)))
    }

    /// The number of the chunk that has the key if any has.
    fn chunk_of<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let is_before = |chunk: &Arc<Vec<(K, V)>>| chunk.last().is_some_and(|(known, _)| known.borrow() < key);
        self.chunks.partition_point(is_before)
    }

    /// Puts a chunk that has become small into the one before it.
    fn join(&mut self, number: usize) {
        let size = |number: usize| self.chunks.get(number).map_or(0, |chunk| chunk.len());
        if size(number) == 0 {
            self.chunks.remove(number);
        } else if number > 0 && size(number - 1) + size(number) <= MOST / 2 {
            let small = self.chunks.remove(number);
            Arc::make_mut(&mut self.chunks[number - 1]).extend(small.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn entries(map: &Sorted<u16, u32>) -> Vec<(u16, u32)> {
        map.iter().map(|(key, value)| (*key, *value)).collect()
    }

    #[test]
    fn a_change_copies_one_chunk() {
        let mut map = Sorted::default();
        for key in 0..10_000_u32 {
            map.insert(key, key);
        }
        let mut changed = map.clone();
        changed.insert(5_000, 0);
        let pairs = map.chunks.iter().zip(&changed.chunks);
        assert_eq!(pairs.filter(|(one, other)| !Arc::ptr_eq(one, other)).count(), 1);
        assert!(map.chunks.len() <= 10_000 / MOST + 1, "chunks filled in order are full");
    }

    proptest! {
        #[test]
        fn it_holds_what_a_btreemap_holds(
            steps in prop::collection::vec((any::<bool>(), 0_u16..1200, any::<u32>()), 0..2500),
            from in 0_u16..1200,
        ) {
            let mut map = Sorted::default();
            let mut model = BTreeMap::new();
            let mut earlier = None;
            for (number, (insert, key, value)) in steps.iter().enumerate() {
                if number == steps.len() / 2 {
                    earlier = Some((map.clone(), model.clone()));
                }
                if *insert {
                    prop_assert_eq!(map.insert(*key, *value), model.insert(*key, *value));
                } else {
                    prop_assert_eq!(map.remove(key), model.remove(key));
                }
            }
            for (map, model) in earlier.into_iter().chain([(map, model)]) {
                prop_assert_eq!(map.len(), model.len());
                prop_assert_eq!(entries(&map), model.clone().into_iter().collect::<Vec<_>>());
                prop_assert_eq!(map.get(&from), model.get(&from));
                let after: Vec<_> = map.skip_while(|key| *key < from).map(|(key, _)| *key).collect();
                prop_assert_eq!(after, model.range(from..).map(|(key, _)| *key).collect::<Vec<_>>());
                prop_assert_eq!(map.rank(|key| *key < from), model.range(..from).count());
                prop_assert!(map.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= MOST));
            }
        }
    }
}
