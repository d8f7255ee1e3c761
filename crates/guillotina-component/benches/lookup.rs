//! What a cached lookup costs, against a plain `HashMap` lookup of the same question in the same run, and how it grows
//! with the number of registrations. Criterion reports each; the ratios are printed at the end.
//!
//! The maps have ids as keys when there is no name. An empty name in a key would make them slow, and our ratio good,
//! for no good reason: where `memcmp` uses masked loads, comparing the dangling pointers of two empty strings can
//! take over 100 ns.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::hint::black_box;
use std::time::Instant;

use criterion::Criterion;
use guillotina_component::{AdapterRegistry, AdapterRegistryBuilder, Interface, InterfaceId};
use rustc_hash::FxBuildHasher;

/// How many different questions each measurement goes through.
const QUESTIONS: usize = 64;

/// The name of the named questions.
const NAME: &str = "@conversations";

type Ids = [InterfaceId; 3];

/// A registry of `size` adapters, from 64 content types and a request to interfaces of their own.
struct World {
    registry: AdapterRegistry<usize>,
    questions: Vec<[Interface; 3]>,
    name: &'static str,
}

impl World {
    fn new(size: usize, name: &'static str) -> Self {
        let request = Interface::new("bench.IRequest", []);
        let mut builder = AdapterRegistryBuilder::new();
        let mut questions = Vec::new();
        let classes: Vec<Interface> = (0..QUESTIONS).map(content_type).collect();
        for value in 0..size {
            let class = &classes[value % QUESTIONS];
            let provided = Interface::new(format!("bench.IProvided{value}"), []);
            let required = class.resolution_order()[2].clone();
            builder.register(&[required, request.clone()], &provided, name, value);
            if value < QUESTIONS {
                questions.push([class.clone(), request.clone(), provided]);
            }
        }
        Self { registry: builder.freeze(), questions, name }
    }

    fn map<K: Hash + Eq, S: BuildHasher + Default>(&self, key: impl Fn(Ids) -> K) -> HashMap<K, usize, S> {
        self.questions.iter().map(|question| key(question.each_ref().map(Interface::id))).zip(0..).collect()
    }

    fn ask_registry(&self) -> usize {
        let answers = self.questions.iter().map(|[class, request, provided]| {
            self.registry.lookup(black_box(&[class, request]), black_box(provided), black_box(self.name))
        });
        sum(answers)
    }

    fn ask_map<K: Hash + Eq, S: BuildHasher>(&self, map: &HashMap<K, usize, S>, key: impl Fn(Ids) -> K) -> usize {
        let questions = self.questions.iter().map(|question| black_box(question).each_ref().map(Interface::id));
        sum(questions.map(|ids| map.get(&key(ids)).copied()))
    }
}

/// The sum of the answers, which must all be there.
fn sum(answers: impl Iterator<Item = Option<usize>>) -> usize {
    answers.fold(0, |sum, answer| sum + answer.unwrap_or(usize::MAX / 2))
}

/// A content type below four others.
fn content_type(number: usize) -> Interface {
    (0..5).fold(Interface::root().clone(), |base, depth| Interface::new(format!("bench.I{number}x{depth}"), [base]))
}

fn unnamed(ids: Ids) -> Ids {
    ids
}

fn named(ids: Ids) -> (Ids, &'static str) {
    (ids, black_box(NAME))
}

fn criterion_groups(criterion: &mut Criterion) {
    for size in [10, 100, 1_000, 10_000] {
        let world = World::new(size, "");
        criterion.bench_function(&format!("lookups/{size}"), |bencher| bencher.iter(|| world.ask_registry()));
    }
    let world = World::new(QUESTIONS, "");
    let std_map: HashMap<_, _, RandomState> = world.map(unnamed);
    let fx_map: HashMap<_, _, FxBuildHasher> = world.map(unnamed);
    criterion.bench_function("lookups/std HashMap", |bencher| bencher.iter(|| world.ask_map(&std_map, unnamed)));
    criterion.bench_function("lookups/Fx HashMap", |bencher| bencher.iter(|| world.ask_map(&fx_map, unnamed)));
    criterion.bench_function("first lookup of a registry", |bencher| {
        bencher.iter_with_setup(|| world.registry.thaw().freeze(), |registry| ask_once(&world, &registry));
    });
}

fn ask_once(world: &World, registry: &AdapterRegistry<usize>) -> Option<usize> {
    let [class, request, provided] = world.questions.first()?;
    registry.lookup(&[class, request], provided, "")
}

/// Nanoseconds of one question: the best of many rounds, which is what the machine can do undisturbed.
fn nanoseconds(questions: usize, mut ask: impl FnMut() -> usize) -> f64 {
    const REPEAT: usize = 500;
    let expected = questions * (questions - 1) / 2;
    assert_eq!(ask(), expected, "a question without its answer");
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        for _ in 0..REPEAT {
            black_box(ask());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / (REPEAT * questions) as f64);
    }
    best
}

fn print_ratios<K: Hash + Eq>(what: &str, name: &'static str, key: impl Fn(Ids) -> K + Copy) {
    let world = World::new(QUESTIONS, name);
    let std_map: HashMap<_, _, RandomState> = world.map(key);
    let fx_map: HashMap<_, _, FxBuildHasher> = world.map(key);
    let lookup = nanoseconds(QUESTIONS, || world.ask_registry());
    for (map, time) in [
        ("std HashMap", nanoseconds(QUESTIONS, || world.ask_map(&std_map, key))),
        ("Fx HashMap", nanoseconds(QUESTIONS, || world.ask_map(&fx_map, key))),
    ] {
        println!("{what}: cached lookup {lookup:.1} ns, {map} {time:.1} ns, ratio {:.2}", lookup / time);
    }
}

fn print_growth() {
    let times = [10, 100, 1_000, 10_000].map(|size| {
        let world = World::new(size, "");
        (size, nanoseconds(world.questions.len(), || world.ask_registry()))
    });
    for (size, time) in times {
        println!("{size:>6} registrations: {time:.1} ns, {:.2} times the time of 10", time / times[0].1);
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    criterion_groups(&mut criterion);
    criterion.final_summary();
    println!();
    print_ratios("unnamed", "", unnamed);
    print_ratios("named", NAME, named);
    print_growth();
}
