//! [`Shared`]: what the plugins of one gateway have in common.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Values that the plugins of one gateway share: connections, caches. One value of each type, made when it is first asked for.
///
/// A host puts a value in before plugins are built, for instance a client that it has made ready; see the family of backends
/// that looks for it.
///
/// ```
/// use o2_core::ports::Shared;
///
/// #[derive(Default)]
/// struct Connections;
///
/// let shared = Shared::default();
/// let first = shared.get_or_default::<Connections>();
/// assert!(std::sync::Arc::ptr_eq(&first, &shared.clone().get_or_default::<Connections>()));
/// ```
#[derive(Clone, Default)]
pub struct Shared {
    values: Arc<Mutex<Values>>,
}

impl Shared {
    /// The value of this type.
    #[must_use]
    pub fn get_or_default<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut values = self.lock();
        let value = values
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(T::default()));
        // The key is the type of the value, so it always is one.
        Arc::clone(value).downcast().unwrap_or_default()
    }

    /// Puts a value in, in place of the one of the same type.
    pub fn insert<T: Any + Send + Sync>(&self, value: Arc<T>) {
        self.lock().insert(TypeId::of::<T>(), value);
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("values", &self.lock().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_value_of_each_type() {
        let shared = Shared::default();
        shared.insert(Arc::new(7_u32));
        assert_eq!(*shared.get_or_default::<u32>(), 7);
        assert_eq!(*shared.get_or_default::<u64>(), 0);
        shared.insert(Arc::new(8_u32));
        assert_eq!(*shared.clone().get_or_default::<u32>(), 8);
        assert_eq!(format!("{shared:?}"), "Shared { values: 2 }");
    }
}
