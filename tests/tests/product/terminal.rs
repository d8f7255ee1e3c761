//! What people see on a terminal: lines for them instead of JSON, with colours unless they want none, and Ctrl-C.
//!
//! The terminal is the one that `script` of util-linux makes; where there is none, nothing is tested.

use guillotina_tests::{Binary, Client, SETTINGS};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long something may take to appear on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal.
struct Terminal {
    script: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    _folder: TempDir,
}

impl Terminal {
    /// Starts the product with those settings and words; `None` without `script`.
    fn start(settings: &str, words: &str, coloured: bool) -> Option<Terminal> {
        let known = Command::new("script").arg("--version").output();
        if !known.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
            eprintln!("not tested: script of util-linux is missing");
            return None;
        }
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
        let mut command = Command::new("script");
        command.args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &format!("exec \"$PROGRAM\" {words}"),
            "/dev/null",
        ]);
        command.current_dir(folder.path()).env("PROGRAM", Binary::Guillotina.path()).env("SHELL", "/bin/sh");
        command.env_remove("NO_COLOR").env_remove("RUST_LOG");
        if !coloured {
            command.env("NO_COLOR", "1");
        }
        let mut script = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut output, shown) = (script.stdout.take().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let here = shown.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read) = output.read(&mut buffer)
                && read > 0
            {
                here.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Some(Terminal { script, shown, _folder: folder })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for a line in which something is found.
    async fn line<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A line that is not ended yet is not looked at.
            let text = self.text();
            if let Some(found) =
                text.split_inclusive('\n').filter(|l| l.ends_with('\n')).find_map(|l| find(l.trim_end()))
            {
                return found;
            }
            assert!(Instant::now() < deadline, "no line with {what} in\n{text}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.script.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Fails when it has ended already. The program loses its terminal, and ends too.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

/// The line of the log about one request, after which the server is stopped with Ctrl-C.
async fn logged(coloured: bool) -> Option<String> {
    let mut terminal = Terminal::start(&format!("{SETTINGS}[logs]\naccess = \"all\"\n"), "serve", coloured)?;
    let address: SocketAddr = terminal
        .line("the address", |line| line.strip_prefix("Listening on http://")?.trim_end_matches('/').parse().ok())
        .await;
    Client::new(address).basic("root", "root").get("/db").await.expect(200);
    let line = terminal.line("the answer", |line| line.contains("answered").then(|| line.to_owned())).await;
    terminal.script.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    assert_eq!(terminal.code().await, Some(0), "{}", terminal.text());
    assert!(!terminal.text().contains("{\"timestamp\""), "no JSON for people: {}", terminal.text());
    Some(line)
}

#[tokio::test]
async fn the_log_is_for_people_and_ctrl_c_ends_the_server() {
    let Some(line) = logged(false).await else { return };
    assert!(!line.contains('\x1b'), "{line:?}");
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
    assert!(rest.trim_start().starts_with("INFO guillotina::access: answered status=200 duration_ms="), "{line}");
    assert!(rest.contains(" request=") && rest.ends_with(" GET /db user=root"), "{line}");
}

#[tokio::test]
async fn the_log_has_colours_unless_nobody_wants_them() {
    let Some(line) = logged(true).await else { return };
    assert!(line.contains("\x1b[32m INFO\x1b[0m"), "{line:?}");
}

#[tokio::test]
async fn mistakes_have_colours_unless_nobody_wants_them() {
    for coloured in [true, false] {
        let settings = format!("hots = 1\n{SETTINGS}");
        let Some(mut terminal) = Terminal::start(&settings, "check", coloured) else { return };
        assert_eq!(terminal.code().await, Some(78));
        let line = terminal.line("the mistake", |line| line.contains("G0005").then(|| line.to_owned())).await;
        assert_eq!(line.contains('\x1b'), coloured, "{line:?}");
    }
}
