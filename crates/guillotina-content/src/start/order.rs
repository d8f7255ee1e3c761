//! Sorting by requirement, for applications, utilities and add-ons alike.

/// What sorting came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Everything that was reached, requirements first.
    pub(super) order: Vec<usize>,
    /// Cycles, each beginning and ending with the same one.
    pub(super) cycles: Vec<Vec<usize>>,
}

/// Visits `roots` in order, and before each what it needs, in order.
pub(super) fn requirements_first(
    roots: impl IntoIterator<Item = usize>,
    needs: impl Fn(usize) -> Vec<usize>,
) -> Sorted {
    let mut sorting = Sorting { needs, path: Vec::new(), sorted: Sorted::default() };
    for root in roots {
        sorting.visit(root);
    }
    sorting.sorted
}

struct Sorting<F> {
    needs: F,
    path: Vec<usize>,
    sorted: Sorted,
}

impl<F: Fn(usize) -> Vec<usize>> Sorting<F> {
    /// The recursion is at most as deep as there are things to sort: one that is on the path is not visited again.
    fn visit(&mut self, one: usize) {
        if self.sorted.order.contains(&one) {
            return;
        }
        if let Some(at) = self.path.iter().position(|on_path| *on_path == one) {
            let cycle = self.path[at..].iter().copied().chain([one]).collect();
            self.sorted.cycles.push(cycle);
            return;
        }
        self.path.push(one);
        for needed in (self.needs)(one) {
            self.visit(needed);
        }
        self.path.pop();
        self.sorted.order.push(one);
    }
}

/// A cycle as words: `a → b → a`.
pub(super) fn words<'a>(cycle: &[usize], name: impl Fn(usize) -> &'a str) -> String {
    cycle.iter().map(|one| name(*one)).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_come_first_and_only_once() {
        let needs = |n: usize| match n {
            0 => vec![2],
            1 => vec![2, 0],
            _ => Vec::new(),
        };
        assert_eq!(requirements_first([0, 1, 2], needs).order, [2, 0, 1]);
        assert_eq!(requirements_first([1], needs).order, [2, 0, 1]);
    }

    #[test]
    fn a_cycle_is_found_once_and_the_rest_is_still_sorted() {
        let needs = |n: usize| if n == 3 { Vec::new() } else { vec![(n + 1) % 3] };
        let sorted = requirements_first([3, 0, 1, 2], needs);
        assert_eq!(sorted.cycles, [vec![0, 1, 2, 0]]);
        assert_eq!(sorted.order, [3, 2, 1, 0]);
        assert_eq!(words(&sorted.cycles[0], |n| ["a", "b", "c", "d"][n]), "a → b → c → a");
        assert_eq!(requirements_first([0], |_| vec![0]).cycles, [vec![0, 0]]);
    }
}
