//! The search structure: a tree with one level per required interface, whose leaves are keyed by what is provided.
//! Values are positions in the lists of registrations.

use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::builder::Registrations;
use super::extendors::Extendors;
use crate::{Interface, InterfaceId};

/// A registered name; the empty name is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NameId(u32);

impl NameId {
    pub const EMPTY: Self = Self(0);

    pub fn get(self) -> u32 {
        self.0
    }
}

pub(super) struct Index {
    names: FxHashMap<Arc<str>, NameId>,
    /// By number of required interfaces.
    adapters: Vec<Node<Named>>,
    subscribers: Vec<Node<Vec<usize>>>,
    utility_extendors: Extendors,
    adapter_extendors: Extendors,
}

struct Node<L> {
    next: FxHashMap<InterfaceId, Node<L>>,
    leaves: FxHashMap<InterfaceId, L>,
}

impl<L> Default for Node<L> {
    fn default() -> Self {
        Self { next: FxHashMap::default(), leaves: FxHashMap::default() }
    }
}

/// The registrations with the same required and provided interfaces.
#[derive(Default)]
struct Named {
    positions: FxHashMap<NameId, usize>,
    /// In the order in which the names were first registered.
    ordered: Vec<(NameId, usize)>,
}

/// The order in which a walk goes through resolution orders.
#[derive(Clone, Copy)]
enum Direction {
    MostSpecificFirst,
    LeastSpecificFirst,
}

impl Index {
    pub fn new<V>(registrations: &Registrations<V>) -> Self {
        let mut index = Self {
            names: FxHashMap::default(),
            adapters: Vec::new(),
            subscribers: Vec::new(),
            utility_extendors: Extendors::new(&registrations.provided_by_utilities),
            adapter_extendors: Extendors::new(&registrations.provided_by_adapters),
        };
        for (position, adapter) in registrations.adapters.iter().enumerate() {
            let name = index.intern(&adapter.name);
            let leaf = leaf(&mut index.adapters, &adapter.required, adapter.provided.id());
            leaf.positions.insert(name, position);
            leaf.ordered.push((name, position));
        }
        for (position, subscriber) in registrations.subscribers.iter().enumerate() {
            let provided = subscriber.provided.as_ref().map_or(InterfaceId::NONE, Interface::id);
            leaf(&mut index.subscribers, &subscriber.required, provided).push(position);
        }
        index
    }

    fn intern(&mut self, name: &Arc<str>) -> NameId {
        if name.is_empty() {
            return NameId::EMPTY;
        }
        // 4 billion names don't fit in memory, so the number can't wrap.
        let next = NameId(self.names.len() as u32 + 1);
        *self.names.entry(name.clone()).or_insert(next)
    }

    /// The id of a registered name.
    pub fn name(&self, name: &str) -> Option<NameId> {
        if name.is_empty() { Some(NameId::EMPTY) } else { self.names.get(name).copied() }
    }

    /// Visits the positions of all matching adapters, best first, until the visitor breaks.
    pub fn matches(
        &self,
        required: &[&Interface],
        provided: &Interface,
        name: NameId,
        visit: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) {
        let Some(node) = self.adapters.get(required.len()) else {
            return;
        };
        let provided = self.extendors(required).of(provided);
        // A broken walk is not a failure: the visitor has what it wanted.
        let _ = node.walk(required, provided, Direction::MostSpecificFirst, &mut |leaf| {
            leaf.positions.get(&name).map_or(ControlFlow::Continue(()), |position| visit(*position))
        });
    }

    /// Visits all matching adapters of all names, least specific first.
    pub fn all_names(&self, required: &[&Interface], provided: &Interface, visit: &mut dyn FnMut(NameId, usize)) {
        let Some(node) = self.adapters.get(required.len()) else {
            return;
        };
        let provided = self.extendors(required).of(provided);
        let _ = node.walk(required, provided, Direction::LeastSpecificFirst, &mut |leaf| {
            for (name, position) in &leaf.ordered {
                visit(*name, *position);
            }
            ControlFlow::Continue(())
        });
    }

    /// The positions of all matching subscribers, least specific first.
    pub fn subscribers(&self, required: &[&Interface], provided: Option<&Interface>) -> Vec<usize> {
        let mut found = Vec::new();
        let Some(node) = self.subscribers.get(required.len()) else {
            return found;
        };
        let provided = match provided {
            Some(provided) => self.extendors(required).of(provided),
            None => &[InterfaceId::NONE],
        };
        let _ = node.walk(required, provided, Direction::LeastSpecificFirst, &mut |leaf| {
            found.extend_from_slice(leaf);
            ControlFlow::Continue(())
        });
        found
    }

    fn extendors(&self, required: &[&Interface]) -> &Extendors {
        if required.is_empty() { &self.utility_extendors } else { &self.adapter_extendors }
    }
}

/// The leaf for these interfaces; made when missing.
fn leaf<'a, L: Default>(trees: &'a mut Vec<Node<L>>, required: &[Interface], provided: InterfaceId) -> &'a mut L {
    if trees.len() <= required.len() {
        trees.resize_with(required.len() + 1, Node::default);
    }
    let tree = &mut trees[required.len()];
    let node = required.iter().fold(tree, |node, interface| node.next.entry(interface.id()).or_default());
    node.leaves.entry(provided).or_default()
}

impl<L> Node<L> {
    /// Visits the leaves that match: the first required interface is the outermost loop, `provided` the innermost.
    fn walk<'a>(
        &'a self,
        required: &[&Interface],
        provided: &[InterfaceId],
        direction: Direction,
        visit: &mut dyn FnMut(&'a L) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((first, rest)) = required.split_first() else {
            return each(provided, direction, |provided| {
                self.leaves.get(provided).map_or(ControlFlow::Continue(()), &mut *visit)
            });
        };
        each(first.resolution_order(), direction, |interface| {
            self.next
                .get(&interface.id())
                .map_or(ControlFlow::Continue(()), |node| node.walk(rest, provided, direction, visit))
        })
    }
}

fn each<T>(items: &[T], direction: Direction, mut visit: impl FnMut(&T) -> ControlFlow<()>) -> ControlFlow<()> {
    match direction {
        Direction::MostSpecificFirst => items.iter().try_for_each(&mut visit),
        Direction::LeastSpecificFirst => items.iter().rev().try_for_each(&mut visit),
    }
}
