//! Answers by the ids of what was asked.

use papaya::HashMap;
use rustc_hash::FxBuildHasher;

use super::index::NameId;
use crate::{Interface, InterfaceId};

/// How many objects a lookup may have for its answer to be kept.
const MAX_REQUIRED: usize = 4;

/// How many answers are kept. When there are more the cache starts again from empty, so that even a server whose
/// clients find ever new combinations of interfaces stays within a few megabytes.
const MAX_ANSWERS: usize = 1 << 16;

/// What was asked: the required interfaces (padded), the provided one, the name. Ids start at 1, so that the padding
/// keeps questions of different lengths apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pairs: [u64; 3],
}

impl Key {
    /// `None` when there are too many required interfaces for a key.
    pub fn new(required: &[&Interface], provided: InterfaceId, name: NameId) -> Option<Self> {
        if required.len() > MAX_REQUIRED {
            return None;
        }
        let mut ids = [0; MAX_REQUIRED];
        for (id, interface) in ids.iter_mut().zip(required) {
            *id = interface.id().get();
        }
        let [a, b, c, d] = ids;
        Some(Self { pairs: [pair(a, b), pair(c, d), pair(provided.get(), name.get())] })
    }

    /// A key of a question without a name.
    pub fn unnamed(required: &[&Interface], provided: InterfaceId) -> Option<Self> {
        Self::new(required, provided, NameId::EMPTY)
    }
}

fn pair(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// Lock-free to read; an answer may be computed more than once when several threads miss it at the same time.
pub(super) struct Cache<T> {
    answers: HashMap<Key, T, FxBuildHasher>,
}

impl<T: Clone> Cache<T> {
    pub fn new() -> Self {
        Self { answers: HashMap::with_hasher(FxBuildHasher) }
    }

    /// The kept answer, or else the computed one, which is then kept if there is a key.
    pub fn get_or(&self, key: Option<Key>, compute: impl FnOnce() -> T) -> T {
        let Some(key) = key else { return compute() };
        let answers = self.answers.pin();
        if let Some(answer) = answers.get(&key) {
            return answer.clone();
        }
        let answer = compute();
        if answers.len() >= MAX_ANSWERS {
            answers.clear();
        }
        answers.insert(key, answer.clone());
        answer
    }

    /// The number of kept answers.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.answers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_different_questions_differ() {
        let [a, b] = ["IA", "IB"].map(|name| Interface::new(name, []));
        let keys = [
            Key::unnamed(&[], a.id()),
            Key::unnamed(&[&a], a.id()),
            Key::unnamed(&[&a, &a], a.id()),
            Key::unnamed(&[&a, &b], a.id()),
            Key::unnamed(&[&b, &a], a.id()),
            Key::unnamed(&[&b, &a], b.id()),
            Key::unnamed(&[&b, &a], InterfaceId::NONE),
            Key::unnamed(&[&b, &a, &a, &a], a.id()),
        ];
        let different: std::collections::HashSet<_> = keys.iter().map(|key| key.expect("it fits")).collect();
        assert_eq!(different.len(), keys.len());
        assert!(Key::unnamed(&[&a, &a, &a, &a, &a], a.id()).is_none());
    }

    #[test]
    fn an_answer_is_computed_once() {
        let interface = Interface::new("IA", []);
        let cache = Cache::new();
        let key = Key::unnamed(&[&interface], interface.id());
        assert_eq!(cache.get_or(key, || 1), 1);
        assert_eq!(cache.get_or(key, || unreachable!("it is kept")), 1);
        assert_eq!(cache.get_or(None, || 2), 2);
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn the_number_of_answers_is_bounded() {
        let interfaces: Vec<Interface> = (0..300).map(|number| Interface::new(format!("I{number}"), [])).collect();
        let cache = Cache::new();
        for (a, first) in interfaces.iter().enumerate() {
            for (b, second) in interfaces.iter().enumerate() {
                let key = Key::unnamed(&[first, second], first.id());
                assert_eq!(cache.get_or(key, || (a, b)), (a, b));
                assert!(cache.len() <= MAX_ANSWERS);
            }
        }
        assert!(cache.len() > 10_000, "emptied once, not always");
    }
}
