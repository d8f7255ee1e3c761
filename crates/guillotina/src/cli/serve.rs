//! `guillotina serve`.

use super::{print_diagnostics, print_error, refuse};
use crate::app::App;
use crate::start::Configured;
use guillotina_http::Listening;
use guillotina_settings::Diagnostics;
use std::io::Write;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Starts, serves until a signal, stops. A failure leaves nothing running.
pub async fn serve(configured: Configured) -> ExitCode {
    print_diagnostics(configured.diagnostics());
    let app = match configured.start().await {
        Ok(app) => app,
        Err(diagnostics) => return refuse(&diagnostics),
    };
    let stop = CancellationToken::new();
    let watching = tokio::spawn(signals(stop.clone(), app.clone()));
    let served = guillotina_http::serve(&app, stop, |listening| announce(&app, listening)).await;
    let late = app.stop().await;
    // Until here a second signal ends the process at once.
    watching.abort();
    if let Err(error) = served {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(error.diagnostic(&app));
        return refuse(&diagnostics);
    }
    ended(app.failure(), &late)
}

/// The exit code of a server that has stopped; says why it is not 0.
fn ended(failure: Option<&str>, late: &[String]) -> ExitCode {
    if let Some(why) = failure {
        print_error(&format!("the server stopped by itself: {why}; correct that, then start it again"));
    }
    if !late.is_empty() {
        print_error(&format!(
            "these had not ended in time and were given up: {}; raise shutdown.grace_s if they need longer",
            late.join(", ")
        ));
    }
    if failure.is_none() && late.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends the server on SIGTERM, Ctrl-C, or when the application wants to stop; a second signal ends the process at once.
async fn signals(stop: CancellationToken, app: App) {
    let first = tokio::select! {
        first = next_signal() => first,
        () = app.stopping().wait() => None,
    };
    stop.cancel();
    if let Some(code) = first.and(next_signal().await) {
        std::process::exit(code);
    }
}

/// The exit code that goes with the signal (128 + its number); `None` when signals can't be watched.
async fn next_signal() -> Option<i32> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        _ = terminate.recv() => Some(143),
        result = tokio::signal::ctrl_c() => result.ok().map(|()| 130),
    }
}

/// Says where the server is and who can log in, on standard output.
fn announce(app: &App, listening: Listening) {
    let Listening { address, admin } = listening;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "Listening on http://{address}");
    for database in app.databases() {
        let _ = writeln!(out, "Database http://{address}/{}", database.name());
    }
    for (path, users) in crate::provisioned(app) {
        let _ = writeln!(out, "Container http://{address}{path} (users: {})", users.join(", "));
    }
    if let Some(admin) = admin {
        let _ = writeln!(out, "Metrics http://{admin}/metrics");
    }
    for (page, _) in &app.components().static_files {
        let _ = writeln!(out, "{} http://{address}/{}/", page.title, page.path);
    }
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(code: ExitCode, expected: u8) {
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(expected)));
    }

    #[test]
    fn what_ended_badly_is_no_success() {
        same(ended(None, &[]), 0);
        same(ended(Some("database \"db\" has stopped: disk I/O error"), &[]), 1);
        same(ended(None, &["the work of utility \"a\"".to_owned()]), 1);
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_had_is_a_mistake_in_the_settings_g0016() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        for (text, place, related) in [
            (format!("host = \"127.0.0.1\"\nport = {port}\n"), "settings.toml:2:8", "settings.toml:1:8"),
            (format!("address = {port}\nport = 0\n"), "settings.toml:1:11", "address"),
            ("host = \"no.such.host.invalid\"\n".to_owned(), "settings.toml:1:8", "127.0.0.1"),
            (
                format!("port = 0\nadmin = {{ address = \"127.0.0.1:{port}\" }}\n"),
                "settings.toml:2:21",
                "choose another admin.address",
            ),
            ("host = \"192.0.2.1\"\n".to_owned(), "settings.toml:1:8", "no address of this machine"),
        ] {
            let text = format!("{text}databases = {{ db = {{ storage = \"DUMMY\" }} }}\n");
            let configured = || App::builder(&[]).settings_text("settings.toml", &text).configure().unwrap();
            let app = configured().start().await.unwrap();
            let error = guillotina_http::serve(&app, CancellationToken::new(), |_| ()).await.unwrap_err();
            let said = error.diagnostic(&app).to_string();
            for part in ["error[G0016]", place, related, "help:"] {
                assert!(said.contains(part), "{part} in {said}");
            }
            app.stop().await;
            same(serve(configured()).await, 78);
        }
    }
}
