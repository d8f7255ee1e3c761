//! Registrations, the frozen registry, and its lookups.

mod builder;
mod cache;
mod explain;
mod extendors;
mod index;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use builder::{AdapterRegistryBuilder, Registration};
pub use explain::{Candidate, Verdict};

use builder::Registrations;
use cache::{Cache, Key};
use index::Index;

use crate::{Interface, InterfaceId, LookupError};

/// Values with the names under which they are registered.
pub type NamedValues<V> = Arc<[(Arc<str>, V)]>;

/// A frozen set of registrations: answers lookups from many threads, without locks.
///
/// Each answer is computed once per combination of interfaces and then read from a cache, at a cost that does not
/// depend on the number of registrations. The cache is bounded; a name that nobody registered never enters it.
///
/// An object's interfaces decide: pass what it [provides](Interface::providing), one per object. More specific
/// interfaces of the first object win over those of the second, and so on; what the registrations *require* is
/// compared before what they *provide*; a more derived provided interface answers for its bases.
///
/// ```
/// use guillotina_component::{AdapterRegistryBuilder, Interface};
///
/// let item = Interface::new("example.IItem", []);
/// let folder = Interface::new("example.IFolder", [item.clone()]);
/// let summary = Interface::new("example.ISummary", []);
///
/// let mut builder = AdapterRegistryBuilder::new();
/// builder.register(&[item.clone()], &summary, "", "summary of an item");
/// let registry = builder.freeze();
///
/// assert_eq!(registry.lookup(&[&folder], &summary, ""), Some("summary of an item"));
/// assert_eq!(registry.lookup(&[Interface::root()], &summary, ""), None);
/// ```
pub struct AdapterRegistry<V> {
    registrations: Registrations<V>,
    index: Index,
    best: Cache<Option<V>>,
    ranked: Cache<Arc<[V]>>,
    named: Cache<NamedValues<V>>,
    subscribed: Cache<Arc<[V]>>,
}

impl<V: Clone> AdapterRegistry<V> {
    fn new(registrations: Registrations<V>) -> Self {
        Self {
            index: Index::new(&registrations),
            registrations,
            best: Cache::new(),
            ranked: Cache::new(),
            named: Cache::new(),
            subscribed: Cache::new(),
        }
    }

    /// The best value for objects with these interfaces; without `required`, the utility.
    pub fn lookup(&self, required: &[&Interface], provided: &Interface, name: &str) -> Option<V> {
        let name = self.index.name(name)?;
        self.best.get_or(Key::new(required, provided.id(), name), || {
            let mut best = None;
            self.index.matches(required, provided, name, &mut |position| {
                best = Some(self.registrations.adapters[position].value.clone());
                ControlFlow::Break(())
            });
            best
        })
    }

    /// As [`lookup`](Self::lookup), with an error that says what was asked and what matched partly.
    ///
    /// The error takes time in proportion to the number of registrations: where a miss is usual, use `lookup`.
    ///
    /// # Errors
    ///
    /// [`LookupError`] when nothing matches.
    pub fn require(&self, required: &[&Interface], provided: &Interface, name: &str) -> Result<V, LookupError> {
        self.lookup(required, provided, name).ok_or_else(|| self.lookup_error(required, provided, name))
    }

    /// The value that would be found if the current one, and all before it, were not registered ("super").
    ///
    /// `None` when the current one is the last, or is not among those that match.
    pub fn lookup_next(
        &self,
        required: &[&Interface],
        provided: &Interface,
        name: &str,
        is_current: impl Fn(&V) -> bool,
    ) -> Option<V> {
        let name = self.index.name(name)?;
        let ranked = self.ranked.get_or(Key::new(required, provided.id(), name), || {
            let mut ranked = Vec::new();
            self.index.matches(required, provided, name, &mut |position| {
                ranked.push(self.registrations.adapters[position].value.clone());
                ControlFlow::Continue(())
            });
            ranked.into()
        });
        let current = ranked.iter().position(is_current)?;
        ranked.get(current + 1).cloned()
    }

    /// For every name that has a match, the name and its best value; in the order in which `zope.interface` lists
    /// them: a name stands where its least specific match was met.
    pub fn lookup_all(&self, required: &[&Interface], provided: &Interface) -> NamedValues<V> {
        self.named.get_or(Key::unnamed(required, provided.id()), || {
            let adapters = &self.registrations.adapters;
            let mut found: Vec<usize> = Vec::new();
            let mut places = FxHashMap::default();
            self.index.all_names(required, provided, &mut |name, position| {
                let place = *places.entry(name).or_insert(found.len());
                match found.get_mut(place) {
                    Some(less_specific) => *less_specific = position,
                    None => found.push(position),
                }
            });
            found
                .into_iter()
                .map(|position| (adapters[position].name.clone(), adapters[position].value.clone()))
                .collect()
        })
    }

    /// The names that have a match, in the order of [`lookup_all`](Self::lookup_all).
    pub fn names(&self, required: &[&Interface], provided: &Interface) -> Vec<Arc<str>> {
        self.lookup_all(required, provided).iter().map(|(name, _)| name.clone()).collect()
    }

    /// All values subscribed for these objects that provide the interface: by priority, then least specific first,
    /// then in order of registration.
    pub fn subscriptions(&self, required: &[&Interface], provided: &Interface) -> Arc<[V]> {
        self.subscribed(required, Some(provided))
    }

    /// All handlers subscribed for these objects: by priority, then least specific first, then in order of
    /// registration.
    pub fn handlers(&self, required: &[&Interface]) -> Arc<[V]> {
        self.subscribed(required, None)
    }

    fn subscribed(&self, required: &[&Interface], provided: Option<&Interface>) -> Arc<[V]> {
        let key = Key::unnamed(required, provided.map_or(InterfaceId::NONE, Interface::id));
        self.subscribed.get_or(key, || {
            let subscribers = &self.registrations.subscribers;
            let mut found = self.index.subscribers(required, provided);
            found.sort_by_key(|position| subscribers[*position].priority);
            found.into_iter().map(|position| subscribers[position].value.clone()).collect()
        })
    }

    /// What a lookup considers, and why each registration won or lost; for explanations, not for the way of a request.
    ///
    /// First those that match, best first; then those that miss in one respect only: the name, what they require, or
    /// what they provide (of these, each group in order of registration). Takes time in proportion to the number of
    /// registrations.
    pub fn candidates(&self, required: &[&Interface], provided: &Interface, name: &str) -> Vec<Candidate<V>> {
        let mut candidates = Vec::new();
        let mut seen = FxHashSet::default();
        if let Some(name) = self.index.name(name) {
            self.index.matches(required, provided, name, &mut |position| {
                let verdict = if candidates.is_empty() { Verdict::Chosen } else { Verdict::LessSpecific };
                candidates.push(Candidate::new(&self.registrations.adapters[position], verdict));
                seen.insert(position);
                ControlFlow::Continue(())
            });
        }
        let rest = self.registrations.adapters.iter().enumerate().filter(|(position, _)| !seen.contains(position));
        let mut losers: Vec<Candidate<V>> = rest
            .filter_map(|(_, registration)| {
                let verdict = explain::near_miss(registration, required, provided, name)?;
                Some(Candidate::new(registration, verdict))
            })
            .collect();
        losers.sort_by_key(|candidate| candidate.verdict.rank());
        candidates.append(&mut losers);
        candidates
    }

    /// The error for a lookup that found nothing; also for a factory that was found but declined.
    pub fn lookup_error(&self, required: &[&Interface], provided: &Interface, name: &str) -> LookupError {
        LookupError::new(required, provided, name, &self.candidates(required, provided, name))
    }

    /// All adapters and utilities, in order of registration.
    pub fn registrations(&self) -> &[Registration<V>] {
        &self.registrations.adapters
    }

    /// A builder with all registrations of this registry, to make a changed snapshot of it.
    pub fn thaw(&self) -> AdapterRegistryBuilder<V> {
        AdapterRegistryBuilder::from_registrations(self.registrations.clone())
    }
}

impl<V> fmt::Debug for AdapterRegistry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdapterRegistry")
            .field("adapters", &self.registrations.adapters.len())
            .field("subscribers", &self.registrations.subscribers.len())
            .finish_non_exhaustive()
    }
}
