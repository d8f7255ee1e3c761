//! Which of the provided interfaces answer for an interface, and in which order.

use once_cell::sync::OnceCell;
use rustc_hash::FxHashMap;

use crate::{Interface, InterfaceId};

/// The provided interfaces of a registry, by every interface that they extend.
#[derive(Default)]
pub(super) struct Extendors(FxHashMap<InterfaceId, Extending>);

#[derive(Default)]
struct Extending {
    first_seen: Vec<Interface>,
    /// In order of preference. Computed when asked for: it takes quadratic time, which matters for the root, that
    /// everything extends and hardly anybody asks for.
    ranked: OnceCell<Box<[InterfaceId]>>,
}

impl Extendors {
    /// `provided` in the order in which the interfaces were first seen.
    pub fn new(provided: &[Interface]) -> Self {
        let mut extendors = Self::default();
        for interface in provided {
            for base in interface.resolution_order() {
                extendors.0.entry(base.id()).or_default().first_seen.push(interface.clone());
            }
        }
        extendors
    }

    /// The provided interfaces that answer for this one, best first.
    pub fn of(&self, provided: &Interface) -> &[InterfaceId] {
        self.0.get(&provided.id()).map_or(&[], |extending| extending.ranked.get_or_init(|| rank(&extending.first_seen)))
    }
}

/// Each interface goes behind those that it extends and before all others: of unrelated ones, the newest is first.
fn rank(first_seen: &[Interface]) -> Box<[InterfaceId]> {
    let mut ranked: Vec<&Interface> = Vec::with_capacity(first_seen.len());
    for interface in first_seen {
        let (mut before, after): (Vec<_>, Vec<_>) = ranked.iter().partition(|other| interface.is_or_extends(other));
        before.push(interface);
        before.extend(after);
        ranked = before;
    }
    ranked.into_iter().map(Interface::id).collect()
}
