use super::*;

fn throttle() -> Throttle {
    Throttle::new(ThrottleSettings { user: 3, address: 5, strangers: 0, window: Duration::from_secs(60) })
}

fn at(second: u64) -> Instant {
    // One point in time for a whole test, since only differences count.
    static BEGIN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    *BEGIN + Duration::from_secs(second)
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn a_user_waits_until_the_oldest_failure_is_past() {
    let throttle = throttle();
    let alice = throttle.attempt(&"alice", None);
    for second in [0, 10, 20] {
        assert_eq!(throttle.admit(&alice, at(second)), Ok(()));
        assert_eq!(throttle.failed(&alice, at(second)), Ok(()));
    }
    assert_eq!(throttle.admit(&alice, at(20)).unwrap_err().seconds(), 40);
    assert_eq!(throttle.failed(&alice, at(59)).unwrap_err().seconds(), 1, "it is not counted again");
    assert_eq!(throttle.admit(&throttle.attempt(&"bob", None), at(20)), Ok(()));
    assert_eq!(throttle.admit(&alice, at(60)), Ok(()));
    assert_eq!(throttle.failed(&alice, at(60)), Ok(()));
    assert_eq!(throttle.admit(&alice, at(61)).unwrap_err().seconds(), 9, "any 60 seconds hold 3 failures at most");
}

#[test]
fn a_success_is_a_new_beginning_for_the_user_alone() {
    let throttle = throttle();
    let alice = throttle.attempt(&"alice", address("192.0.2.1"));
    for second in 0..5 {
        assert_eq!(throttle.failed(&alice, at(second)), Ok(()));
        throttle.succeeded(&alice);
    }
    let wait = throttle.admit(&alice, at(5)).unwrap_err();
    assert_eq!(wait.seconds(), 55, "the address has had its five");
    assert_eq!(throttle.admit(&throttle.attempt(&"alice", address("192.0.2.2")), at(5)), Ok(()));
}

#[test]
fn who_guesses_elsewhere_keeps_nobody_out_s_060() {
    let throttle = Throttle::new(ThrottleSettings { user: 3, strangers: 200, ..ThrottleSettings::default() });
    let (home, guesser) =
        (throttle.attempt(&"root", address("192.0.2.1")), throttle.attempt(&"root", address("203.0.113.9")));
    while throttle.admit(&guesser, at(0)).is_ok() {
        throttle.failed(&guesser, at(0)).unwrap();
    }
    assert_eq!(throttle.admit(&home, at(0)), Ok(()));
    assert_eq!(throttle.admit(&throttle.attempt(&"root", address("::1")), at(0)), Ok(()));
}

/// A thousand addresses, each trying once a minute for a day: the catalogue's R-24.
#[test]
fn from_many_addresses_too_there_are_few_guesses_a_day_r_024() {
    let throttle = Throttle::new(ThrottleSettings::default());
    let known = throttle.attempt(&"root", address("192.0.2.1"));
    throttle.succeeded(&known);
    let guessers: Vec<Attempt> =
        (0..1_000).map(|n| throttle.attempt(&"root", address(&format!("10.0.{}.{}", n / 250, n % 250)))).collect();
    let (mut guesses, mut at_once) = (0, 0);
    for minute in 0..24 * 60 {
        let answered = guessers.iter().filter(|guesser| {
            throttle.admit(guesser, at(minute * 60)).is_ok() && throttle.failed(guesser, at(minute * 60)).is_ok()
        });
        guesses += answered.count();
        at_once = if minute == 0 { guesses } else { at_once };
        assert_eq!(throttle.admit(&known, at(minute * 60)), Ok(()), "where the user is known nobody waits");
    }
    assert_eq!(at_once, 100);
    assert!((190..=200).contains(&guesses), "{guesses}");
    // A stranger waits for minutes, and that is said; the user's own success is nothing to the strangers.
    throttle.succeeded(&known);
    let stranger = throttle.attempt(&"root", address("198.51.100.1"));
    let wait = throttle.admit(&stranger, at(24 * 3600 - 60)).unwrap_err().seconds();
    assert!((1..=864).contains(&wait), "{wait}");
    assert_eq!(throttle.admit(&throttle.attempt(&"bob", address("198.51.100.1")), at(0)), Ok(()));
    // A known address has a bound of its own.
    for _ in 0..10 {
        throttle.failed(&known, at(0)).unwrap();
    }
    assert!(throttle.admit(&known, at(0)).is_err());
}

#[test]
fn who_is_seen_is_known_and_no_failure_is_forgotten_s_060() {
    let throttle = Throttle::new(ThrottleSettings { user: 3, strangers: 2, ..ThrottleSettings::default() });
    let home = throttle.attempt(&"root", address("192.0.2.1"));
    let guesser = throttle.attempt(&"root", address("203.0.113.9"));
    throttle.failed(&home, at(0)).unwrap();
    assert!(throttle.failed(&guesser, at(0)).is_err(), "the strangers have had theirs");
    assert!(throttle.admit(&home, at(0)).is_err(), "it is a stranger too");
    throttle.seen(&home);
    for _ in 0..2 {
        throttle.admit(&home, at(0)).unwrap();
        throttle.failed(&home, at(0)).unwrap();
        throttle.seen(&home);
    }
    assert!(throttle.admit(&home, at(0)).is_err(), "its three failures count");
}

#[test]
fn one_user_is_known_at_sixteen_addresses_and_pushes_out_nobody_else() {
    let throttle = Throttle::new(ThrottleSettings { strangers: 1, ..ThrottleSettings::default() });
    let bob = throttle.attempt(&"bob", address("192.0.2.1"));
    throttle.succeeded(&bob);
    let places: Vec<Attempt> = (0..2 * REMEMBERED)
        .map(|n| throttle.attempt(&"mallory", address(&format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255))))
        .collect();
    for place in &places {
        throttle.succeeded(place);
    }
    let (old, latest) = places.split_at(places.len() - PLACES);
    assert!(latest.iter().all(|place| !throttle.is_stranger(place)));
    assert!(throttle.is_stranger(&old[old.len() - 1]));
    // Who comes back to an address keeps it.
    throttle.seen(&latest[0]);
    throttle.seen(&old[0]);
    assert!(!throttle.is_stranger(&latest[0]) && throttle.is_stranger(&latest[1]));
    assert!(!throttle.is_stranger(&bob));
}

#[test]
fn strangers_at_once_are_not_more_than_one_after_the_other() {
    let throttle = Throttle::new(ThrottleSettings { user: 0, address: 0, strangers: 5, ..ThrottleSettings::default() });
    let stranger = throttle.attempt(&"root", address("192.0.2.1"));
    let answered = (0..8).filter(|_| throttle.failed(&stranger, at(0)).is_ok()).count();
    assert_eq!(answered, 3, "half of the day's, rounded up");
    assert_eq!(throttle.admit(&stranger, at(0)).unwrap_err().seconds(), 43_200, "two more in a day");
    assert_eq!(throttle.admit(&stranger, at(43_200)), Ok(()));
}

#[test]
fn addresses_count_by_client() {
    let throttle = throttle();
    let tries = |text: &str| {
        let failures = (0..20).map(|user| throttle.failed(&throttle.attempt(&(text, user), address(text)), at(0)));
        failures.filter(Result::is_ok).count()
    };
    assert_eq!(tries("192.0.2.1"), 5);
    assert_eq!(tries("::ffff:192.0.2.1"), 0, "the same address in another form");
    assert_eq!((tries("2001:db8::1"), tries("2001:db8::2"), tries("2001:db8:0:1::1")), (5, 0, 5));
    assert_eq!((tries("127.0.0.1"), tries("::1"), tries("::ffff:127.0.0.9")), (20, 20, 20));
}

#[test]
fn zero_is_no_bound_and_memory_has_one() {
    let open = Throttle::new(ThrottleSettings { user: 0, address: 0, strangers: 0, window: Duration::from_secs(60) });
    let attempt = open.attempt(&"alice", address("192.0.2.1"));
    assert!((0..100).all(|_| open.failed(&attempt, at(0)).is_ok() && open.admit(&attempt, at(0)).is_ok()));
    let throttle = throttle();
    for user in 0..3 * REMEMBERED {
        let _ = throttle.failed(&throttle.attempt(&user, None), at(0));
    }
    assert!(throttle.users.failures.len() <= REMEMBERED);
}

#[test]
fn at_once_is_not_more_than_one_after_the_other() {
    let throttle = throttle();
    let alice = throttle.attempt(&"alice", None);
    let answered = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| throttle.failed(&alice, at(0)).is_ok())).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|ok| *ok).count()
    });
    assert_eq!(answered, 3);
}
