//! "Did you mean …?"

/// Names longer than this are not compared: the comparison is quadratic, and nobody misspells them by hand.
const MAX_COMPARED_BYTES: usize = 256;

/// A candidate must be more similar than this to be offered.
const THRESHOLD: f64 = 0.8;

/// The candidate most similar to `name` (Jaro-Winkler), if one is similar enough to be what was meant. Of equally
/// similar candidates the first one is taken.
///
/// ```
/// use guillotina_settings::nearest;
/// assert_eq!(nearest("backlg", ["settings", "backlog"].into_iter()), Some("backlog"));
/// assert_eq!(nearest("xyz", ["settings", "backlog"].into_iter()), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_COMPARED_BYTES {
        return None;
    }
    let mut best = None;
    let mut best_score = THRESHOLD;
    for candidate in candidates.filter(|candidate| candidate.len() <= MAX_COMPARED_BYTES) {
        let score = strsim::jaro_winkler(name, candidate);
        if score > best_score {
            best = Some(candidate);
            best_score = score;
        }
    }
    best
}
