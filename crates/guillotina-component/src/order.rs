//! The resolution order of an interface: C3, as `zope.interface` computes it.
//!
//! Two things differ from the C3 of a programming language: an inconsistent hierarchy is not an error but falls back
//! to an older ordering, and the root interface is always last.

use rustc_hash::FxHashSet;

use crate::{Interface, InterfaceId};

/// Everything that an interface with these bases extends, nearest first; the interface itself is not included.
pub(crate) fn ancestors(bases: &[Interface], root: Option<&Interface>) -> Vec<Interface> {
    let mut order = match bases {
        [] => Vec::new(),
        [only] => only.resolution_order().to_vec(),
        _ => c3(bases).unwrap_or_else(|| depth_first(bases)),
    };
    if let Some(root) = root
        && order.last() != Some(root)
    {
        order.retain(|interface| interface != root);
        order.push(root.clone());
    }
    order
}

/// Merges the orders of the bases and the list of the bases itself; `None` when they contradict each other.
fn c3(bases: &[Interface]) -> Option<Vec<Interface>> {
    let mut remaining: Vec<&[Interface]> = bases.iter().map(Interface::resolution_order).collect();
    remaining.push(bases);
    let mut order = Vec::new();
    let mut chosen = FxHashSet::default();
    loop {
        // Taken interfaces are skipped only at the head of a list: a candidate can never stand in the tail of another.
        for list in &mut remaining {
            while let [first, rest @ ..] = list
                && chosen.contains(&first.id())
            {
                *list = rest;
            }
        }
        remaining.retain(|list| !list.is_empty());
        if remaining.is_empty() {
            return Some(order);
        }
        let next =
            remaining.iter().map(|list| &list[0]).find(|candidate| can_be_next(candidate, &remaining, &chosen))?;
        chosen.insert(next.id());
        order.push(next.clone());
    }
}

/// Whether nothing that is still to be placed has to come before the candidate.
fn can_be_next(candidate: &Interface, remaining: &[&[Interface]], chosen: &FxHashSet<InterfaceId>) -> bool {
    remaining.iter().all(|list| {
        let mut rest = list.iter().filter(|interface| !chosen.contains(&interface.id()));
        rest.next() == Some(candidate) || !rest.any(|interface| interface == candidate)
    })
}

/// The order used when C3 has no answer: depth first, left to right, and of an interface that is met more than once
/// only the last place counts. That is the reverse of a right-to-left post-order, which visits each interface once.
fn depth_first(bases: &[Interface]) -> Vec<Interface> {
    enum Step<'a> {
        Enter(&'a Interface),
        Leave(&'a Interface),
    }
    let mut seen = FxHashSet::default();
    let mut order = Vec::new();
    let mut stack: Vec<Step<'_>> = bases.iter().map(Step::Enter).collect();
    while let Some(step) = stack.pop() {
        match step {
            Step::Enter(interface) if seen.insert(interface.id()) => {
                stack.push(Step::Leave(interface));
                stack.extend(interface.bases().iter().map(Step::Enter));
            }
            Step::Enter(_) => {}
            Step::Leave(interface) => order.push(interface.clone()),
        }
    }
    order.reverse();
    order
}
