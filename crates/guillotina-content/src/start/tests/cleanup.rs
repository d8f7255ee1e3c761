//! What the subscribers to the end of the application do, and what becomes of one that fails.

use super::*;
use crate::call::Call;
use crate::events::{ApplicationCleanup, Event};
use crate::interfaces::IApplication;
use crate::registration::{Handler, Registration, SubscriberDecl};
use crate::{BoxFuture, Error, Result};
use guillotina_component::InterfaceType;
use parking_lot::Mutex;

fn fails(_: &Call) -> BoxFuture<'_, Result<()>> {
    Box::pin(async { Err(Error::internal("the door is stuck")) })
}

fn panics(_: &Call) -> BoxFuture<'_, Result<()>> {
    Box::pin(async { panic!("the roof came down") })
}

fn panics_at_once(_: &Call) -> BoxFuture<'_, Result<()>> {
    panic!("no roof at all")
}

fn works(_: &Call) -> BoxFuture<'_, Result<()>> {
    Box::pin(async {
        note("cleanup", "cleaned up");
        Ok(())
    })
}

const fn subscriber(item: &'static str, priority: i32, handler: Handler<()>) -> Registration {
    let decl = SubscriberDecl {
        context: <dyn IApplication as InterfaceType>::interface,
        events: &[<ApplicationCleanup as Event>::type_interface],
        priority,
        handler,
        needs: &[],
    };
    Registration { place: place("gamma", item, 7), kind: Kind::Subscriber(decl) }
}

static PARTS: [Registration; 5] = [
    application(&GAMMA),
    subscriber("fails", 1, fails),
    subscriber("panics", 2, panics),
    subscriber("panics_at_once", 3, panics_at_once),
    subscriber("works", 4, works),
];

/// The lines of the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_clean_up_that_fails_or_panics_is_logged_and_the_others_run_ev_009() {
    let lines = Lines::default();
    let writer = lines.clone();
    let format = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(format.finish());
    let text = format!("applications = [\"gamma\"]\n{QUIET}");
    let app = configured(with_text(&text).with(&GAMMA, &PARTS)).start().await.unwrap_or_else(|d| panic!("{d}"));
    assert!(app.stop().await.is_empty());
    assert_eq!(noted("cleanup"), ["cleaned up"]);
    let log = String::from_utf8(lines.0.lock().clone()).unwrap();
    for (who, what) in [
        ("gamma.fails", "error=the door is stuck"),
        ("gamma.panics", "the clean-up panicked: the roof came down"),
        ("gamma.panics_at_once", "the clean-up panicked: no roof at all"),
    ] {
        let said = log.lines().any(|line| line.contains(what) && line.contains(&format!("subscriber=\"{who}\"")));
        assert!(said, "{who}: {log}");
    }
}
