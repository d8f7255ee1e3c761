//! A set of roles as bits.

use crate::SecurityRegistry;
use smallvec::SmallVec;

/// Roles that the registry knows, as bits by their number there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits(SmallVec<[u64; 2]>);

impl Bits {
    pub(crate) fn set(&mut self, bit: u16, held: bool) {
        let (word, mask) = (usize::from(bit) / 64, 1 << (bit % 64));
        if held {
            if self.0.len() <= word {
                self.0.resize(word + 1, 0);
            }
            self.0[word] |= mask;
        } else if let Some(word) = self.0.get_mut(word) {
            *word &= !mask;
        }
    }

    fn first_common(&self, other: &Self) -> Option<usize> {
        let both = self.0.iter().zip(&other.0).map(|(a, b)| a & b).enumerate();
        both.filter(|(_, word)| *word != 0).map(|(at, word)| at * 64 + word.trailing_zeros() as usize).next()
    }

    /// Names of the roles, in the registry's order.
    pub(crate) fn names<'s>(&'s self, registry: &'s SecurityRegistry) -> impl Iterator<Item = &'static str> + 's {
        let bits = |word: u64| (0..64).filter(move |bit| word >> bit & 1 == 1);
        let all = self.0.iter().enumerate().flat_map(move |(at, word)| bits(*word).map(move |bit| at * 64 + bit));
        all.filter_map(|bit| registry.role_at(bit))
    }
}

/// Roles with those that the registry doesn't know (of a plugin that is no longer enabled) kept by
/// name, so they still compare as Guillotina's do.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleSet<'a> {
    bits: Bits,
    others: SmallVec<[&'a str; 2]>,
}

impl<'a> RoleSet<'a> {
    /// The roles that have a permission by code.
    pub(crate) fn from_code(bits: Option<&Bits>) -> Self {
        Self { bits: bits.cloned().unwrap_or_default(), others: SmallVec::new() }
    }

    pub(crate) fn set(&mut self, registry: &SecurityRegistry, role: &'a str, held: bool) {
        match (registry.role_bit(role), held) {
            (Some(bit), held) => self.bits.set(bit, held),
            (None, true) if self.others.contains(&role) => {}
            (None, true) => self.others.push(role),
            (None, false) => self.others.retain(|other| *other != role),
        }
    }

    pub(crate) fn set_bit(&mut self, bit: u16, held: bool) {
        self.bits.set(bit, held);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.bits.0.iter().all(|word| *word == 0)
    }

    /// The first role that is in both sets.
    pub(crate) fn common(&self, other: &RoleSet<'_>, registry: &SecurityRegistry) -> Option<&'a str> {
        match self.bits.first_common(&other.bits) {
            Some(bit) => registry.role_at(bit),
            None => self.others.iter().find(|role| other.others.iter().any(|o| o == *role)).copied(),
        }
    }

    /// The roles that the registry knows.
    pub(crate) fn registered(&self) -> &Bits {
        &self.bits
    }

    /// Names of the roles that the registry doesn't know.
    pub(crate) fn unregistered(&self) -> &[&'a str] {
        &self.others
    }
}
