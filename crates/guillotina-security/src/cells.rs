//! A small sorted map: most access maps hold no or a handful of entries, and an object in the cache
//! should pay for no more than it has.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Names to values, sorted by name. An empty one allocates nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cells<V>(Vec<(Arc<str>, V)>);

impl<V> Default for Cells<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Cells<V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(key, _)| key.as_ref().cmp(name))
    }

    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        match self.0.as_slice() {
            [] => None,
            [(key, value)] => (key.as_ref() == name).then_some(value),
            _ => self.position(name).ok().map(|at| &self.0[at].1),
        }
    }

    /// Writes a value; says whether it differs from what was there.
    pub(crate) fn insert(&mut self, name: &str, value: V) -> bool
    where
        V: PartialEq,
    {
        match self.position(name) {
            Ok(at) if self.0[at].1 == value => false,
            Ok(at) => {
                self.0[at].1 = value;
                true
            }
            Err(at) => {
                self.0.insert(at, (Arc::from(name), value));
                true
            }
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.position(name).is_ok_and(|at| {
            self.0.remove(at);
            true
        })
    }

    pub(crate) fn entry(&mut self, name: &str) -> &mut V
    where
        V: Default,
    {
        let at = match self.position(name) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (Arc::from(name), V::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        self.position(name).ok().map(|at| &mut self.0[at].1)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.0.retain(|(_, value)| keep(value));
    }
}

impl<V: Serialize> Serialize for Cells<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Cells<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Read<V> {
            type Value = Cells<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names to settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells<V>, A::Error> {
                let mut cells = Vec::new();
                while let Some((key, value)) = map.next_entry::<Arc<str>, V>()? {
                    cells.push((key, value));
                }
                // Stable, so that of a name given twice the last one is kept by the pass below.
                cells.sort_by(|(a, _), (b, _)| a.cmp(b));
                cells.reverse();
                cells.dedup_by(|(a, _), (b, _)| a == b);
                cells.reverse();
                Ok(Cells(cells))
            }
        }
        deserializer.deserialize_map(Read(PhantomData))
    }
}
