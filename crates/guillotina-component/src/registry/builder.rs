//! The mutable form of a registry.

use std::fmt;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::AdapterRegistry;
use crate::{Interface, InterfaceId};

/// One adapter (or, without `required`, one utility) of a registry.
#[derive(Debug, Clone)]
pub struct Registration<V> {
    /// One interface per object that is adapted; empty for a utility.
    pub required: Box<[Interface]>,
    /// What the value provides.
    pub provided: Interface,
    /// The name, which tells registrations for the same interfaces apart; usually empty.
    pub name: Arc<str>,
    /// The factory or the utility.
    pub value: V,
}

/// One subscriber; without `provided`, a handler.
#[derive(Debug, Clone)]
pub(super) struct Subscriber<V> {
    pub required: Box<[Interface]>,
    pub provided: Option<Interface>,
    pub priority: i32,
    pub value: V,
}

/// What was registered, in order.
#[derive(Debug, Clone)]
pub(super) struct Registrations<V> {
    pub adapters: Vec<Registration<V>>,
    pub subscribers: Vec<Subscriber<V>>,
    /// The provided interfaces in the order in which they were first seen. The order decides between unrelated
    /// interfaces that answer for the same base; utilities have one of their own, as in Zope's components.
    pub provided_by_utilities: Vec<Interface>,
    pub provided_by_adapters: Vec<Interface>,
}

type AdapterKey = (SmallVec<[InterfaceId; 4]>, InterfaceId, Arc<str>);

/// Collects registrations; [`freeze`](Self::freeze) makes the registry that answers lookups.
pub struct AdapterRegistryBuilder<V> {
    registrations: Registrations<V>,
    positions: FxHashMap<AdapterKey, usize>,
    /// Which interfaces are in the two lists of provided interfaces, by (is a utility's, id).
    seen: FxHashSet<(bool, InterfaceId)>,
}

impl<V: Clone> AdapterRegistryBuilder<V> {
    /// A builder without registrations.
    pub fn new() -> Self {
        Self::from_registrations(Registrations {
            adapters: Vec::new(),
            subscribers: Vec::new(),
            provided_by_utilities: Vec::new(),
            provided_by_adapters: Vec::new(),
        })
    }

    pub(super) fn from_registrations(registrations: Registrations<V>) -> Self {
        let adapters = registrations.adapters.iter().enumerate();
        let positions =
            adapters.map(|(position, adapter)| (key(&adapter.required, &adapter.provided, &adapter.name), position));
        let utilities = registrations.provided_by_utilities.iter().map(|provided| (true, provided.id()));
        let others = registrations.provided_by_adapters.iter().map(|provided| (false, provided.id()));
        Self { positions: positions.collect(), seen: utilities.chain(others).collect(), registrations }
    }

    /// Registers an adapter for objects with the required interfaces; without `required`, a utility.
    ///
    /// The usual number of required interfaces is up to four; lookups for more work but are not cached. Returns the
    /// value that was registered for the same required interfaces, provided interface and name, and is replaced now.
    pub fn register(&mut self, required: &[Interface], provided: &Interface, name: &str, value: V) -> Option<V> {
        self.note_provided(required, provided);
        let name: Arc<str> = name.into();
        let adapters = &mut self.registrations.adapters;
        let position = *self.positions.entry(key(required, provided, &name)).or_insert(adapters.len());
        match adapters.get_mut(position) {
            Some(present) => Some(std::mem::replace(&mut present.value, value)),
            None => {
                adapters.push(Registration { required: required.into(), provided: provided.clone(), name, value });
                None
            }
        }
    }

    /// Registers a subscriber for objects with the required interfaces; without `provided`, a handler.
    ///
    /// Subscribers never replace each other. A lower priority comes first; Guillotina's default is 100.
    pub fn subscribe(&mut self, required: &[Interface], provided: Option<&Interface>, priority: i32, value: V) {
        if let Some(provided) = provided {
            self.note_provided(required, provided);
        }
        let subscriber = Subscriber { required: required.into(), provided: provided.cloned(), priority, value };
        self.registrations.subscribers.push(subscriber);
    }

    /// Makes the registry. Takes time in proportion to the number of registrations; answers are computed when first
    /// asked for.
    pub fn freeze(self) -> AdapterRegistry<V> {
        AdapterRegistry::new(self.registrations)
    }

    fn note_provided(&mut self, required: &[Interface], provided: &Interface) {
        let is_utility = required.is_empty();
        if !self.seen.insert((is_utility, provided.id())) {
            return;
        }
        let list = if is_utility {
            &mut self.registrations.provided_by_utilities
        } else {
            &mut self.registrations.provided_by_adapters
        };
        list.push(provided.clone());
    }
}

fn key(required: &[Interface], provided: &Interface, name: &Arc<str>) -> AdapterKey {
    (required.iter().map(Interface::id).collect(), provided.id(), name.clone())
}

impl<V: Clone> Default for AdapterRegistryBuilder<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for AdapterRegistryBuilder<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdapterRegistryBuilder")
            .field("adapters", &self.registrations.adapters.len())
            .field("subscribers", &self.registrations.subscribers.len())
            .finish_non_exhaustive()
    }
}
