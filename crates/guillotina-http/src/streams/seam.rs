//! Where replay and live delivery of one socket meet.
//!
//! A socket is registered first and read for afterwards. What is delivered live meanwhile is held back; once the log has
//! nothing more, what is held and was not replayed follows, and from then on frames go straight through. So each
//! frame comes once and in order, whatever is committed while it happens.

use guillotina_content::Position;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::mem::take;

/// Frames that are held back. Beyond that they are read from the log, which waits for the client.
const HELD: usize = 64;

/// The place of one socket between the log and the live frames.
pub(super) struct Seam<F> {
    state: Mutex<State<F>>,
}

struct State<F> {
    /// The last position that was passed on, or skipped for good.
    last: Position,
    phase: Phase<F>,
}

enum Phase<F> {
    Live,
    Replaying {
        held: VecDeque<(Position, F)>,
        /// More came than is held back: the log has it.
        overran: bool,
    },
}

impl<F> Seam<F> {
    /// A seam that passes on what comes from now on.
    pub fn live() -> Self {
        Seam { state: Mutex::new(State { last: Position::default(), phase: Phase::Live }) }
    }

    /// A seam that holds back what comes, until [`go_live`](Self::go_live).
    pub fn replaying() -> Self {
        let phase = Phase::Replaying { held: VecDeque::new(), overran: false };
        Seam { state: Mutex::new(State { last: Position::default(), phase }) }
    }

    /// Takes in a live frame; `out` gets it if it is its turn.
    pub fn deliver(&self, position: Position, frame: F, out: impl FnOnce(F)) {
        let mut state = self.state.lock();
        if position <= state.last {
            return;
        }
        match &mut state.phase {
            // Under the lock, so that nobody overtakes.
            Phase::Live => {
                out(frame);
                state.last = position;
            }
            Phase::Replaying { overran: true, .. } => {}
            Phase::Replaying { held, overran } if held.len() >= HELD => {
                *overran = true;
                *held = VecDeque::new();
            }
            Phase::Replaying { held, .. } => held.push_back((position, frame)),
        }
    }

    /// Everything up to `position` was read from the log: `out` gets what was held after it, and what comes from now on. False when
    /// the log has to be read on first.
    pub fn go_live(&self, position: Position, mut out: impl FnMut(F)) -> bool {
        let mut state = self.state.lock();
        state.last = state.last.max(position);
        let Phase::Replaying { held, overran } = &mut state.phase else { return true };
        let held = take(held);
        if take(overran) {
            return false;
        }
        for (position, frame) in held {
            if position > state.last {
                state.last = position;
                out(frame);
            }
        }
        state.phase = Phase::Live;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What can happen, in any order, while one client comes back.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Somebody commits so many frames.
        Commit(u8),
        /// The queue between the commits and the sockets moves on by so many.
        Deliver(u8),
        /// The client comes.
        Register,
        /// A page is read, or what was read is passed on.
        Replay,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1..40_u8).prop_map(Step::Commit),
            (1..40_u8).prop_map(Step::Deliver),
            Just(Step::Register),
            Just(Step::Replay),
        ];
        prop::collection::vec(step, 1..60)
    }

    #[derive(Default)]
    struct World {
        committed: u64,
        delivered: u64,
        seam: Option<Seam<u64>>,
        /// A page that was read: its frames, and where it ends.
        read: Option<(Vec<u64>, u64)>,
        at: u64,
        live: bool,
        got: Vec<u64>,
    }

    impl World {
        const PAGE: u64 = 7;

        fn deliver(&mut self) {
            if self.delivered == self.committed {
                return;
            }
            self.delivered += 1;
            let (frame, got) = (self.delivered, &mut self.got);
            if let Some(seam) = &self.seam {
                seam.deliver(Position(frame), frame, |frame| got.push(frame));
            }
        }

        fn replay(&mut self) {
            let Some(seam) = self.seam.as_ref().filter(|_| !self.live) else { return };
            match self.read.take() {
                None => {
                    let end = self.committed.min(self.at + World::PAGE);
                    self.read = Some(((self.at + 1..=end).collect(), end));
                }
                Some((frames, end)) => {
                    let full = frames.len() as u64 == World::PAGE;
                    self.got.extend(frames);
                    self.at = end;
                    let got = &mut self.got;
                    self.live = !full && seam.go_live(Position(end), |frame| got.push(frame));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn each_frame_comes_once_and_in_order(since in 0..30_u64, steps in steps()) {
            let mut world = World { committed: since, delivered: since / 2, at: since, ..World::default() };
            let last = [Step::Register].into_iter().chain([Step::Replay, Step::Deliver(200)].repeat(400));
            for step in steps.into_iter().chain(last) {
                match step {
                    Step::Commit(n) => world.committed += u64::from(n),
                    Step::Deliver(n) => (0..n).for_each(|_| world.deliver()),
                    Step::Register if world.seam.is_none() => world.seam = Some(Seam::replaying()),
                    Step::Register => {}
                    Step::Replay => world.replay(),
                }
            }
            prop_assert!(world.live);
            prop_assert_eq!(world.got, (since + 1..=world.committed).collect::<Vec<_>>());
        }

        #[test]
        fn a_frame_of_two_channels_comes_once(frames in prop::collection::vec(1..20_u64, 1..50)) {
            let seam = Seam::live();
            let mut got = Vec::new();
            let mut sorted = frames;
            sorted.sort_unstable();
            for frame in &sorted {
                seam.deliver(Position(*frame), *frame, |frame| got.push(frame));
            }
            sorted.dedup();
            prop_assert_eq!(got, sorted);
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let seam = Seam::replaying();
        for position in 1..=10_000 {
            seam.deliver(Position(position), position, |_| unreachable!("it replays"));
        }
        assert!(!seam.go_live(Position(5), |_| unreachable!("what was held is gone")), "the log has to be read on");
        assert!(seam.go_live(Position(10_000), |_| unreachable!("all was read")));
    }
}
