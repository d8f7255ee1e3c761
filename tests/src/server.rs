//! A server process in a folder of its own.

use crate::plugin::GO_ON;
use crate::process::command;
use crate::{Binary, Client};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The settings that every test begins with; what a test adds is written after them. A busy machine is no reason to answer 503.
pub const SETTINGS: &str = r#"
applications = ["guillotina.contrib.dbusers", "guillotina_chat"]
host = "127.0.0.1"
port = 0

[databases.db]
storage = "sqlite"
path = "data.sqlite"
wait_ms = 60000

[root_user]
password = "root"

[jwt]
secret = "0123456789abcdef0123456789abcdef0123456789abcdef"

[cors]
allow_origin = ["https://app.example"]
"#;

/// Settings with the container `/db/c`, both add-ons, and the users alice, bob and eve, whose passwords are `secret-` and their names.
pub const PEOPLE: &str = r#"
[[provision.containers]]
id = "c"
title = "Container"
addons = ["dbusers", "guillotina_chat"]
users = [
  { id = "alice", password = "secret-alice", roles = ["guillotina.Member"] },
  { id = "bob", password = "secret-bob", roles = ["guillotina.Member"] },
  { id = "eve", password = "secret-eve", roles = ["guillotina.Member"] },
]
"#;

/// What makes the product serve.
const SERVE: &[&str] = &["-c", "settings.toml", "serve"];

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server. It is killed, and its folder removed, when the value goes.
pub struct Server {
    binary: Binary,
    folder: TempDir,
    child: Child,
    address: SocketAddr,
    admin: Admin,
}

/// Where it listens for operators, once it has said so.
type Admin = Arc<OnceLock<SocketAddr>>;

impl Server {
    /// The product with [`SETTINGS`].
    pub async fn start() -> Server {
        Server::with("").await
    }

    /// The product with [`SETTINGS`] and those tables.
    pub async fn with(tables: &str) -> Server {
        Server::of(Binary::Guillotina, &format!("{SETTINGS}{tables}")).await
    }

    /// The product with the plugin of the tests enabled, [`SETTINGS`] and those tables.
    pub async fn with_test_plugin(tables: &str) -> Server {
        let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
        Server::of(Binary::TestServer, &format!("{settings}{tables}")).await
    }

    /// A program with exactly those settings, in TOML.
    pub async fn of(binary: Binary, settings: &str) -> Server {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("settings.toml"), settings).expect("the settings can be written");
        Server::launched(binary, folder, SERVE)
    }

    /// The product in that folder, with those words on the command line, which make it serve.
    pub fn run(folder: TempDir, args: &[&str]) -> Server {
        Server::launched(Binary::Guillotina, folder, args)
    }

    fn launched(binary: Binary, folder: TempDir, args: &[&str]) -> Server {
        let (child, address, admin) = launch(binary, folder.path(), args);
        Server { binary, folder, child, address, admin }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client of the server for operators, with the setting `admin.address`.
    pub fn admin(&self) -> Client {
        Client::new(*self.admin.wait())
    }

    /// The folder that it runs in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// A client without credentials.
    pub fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    /// A client that is root.
    pub fn root(&self) -> Client {
        self.anonymous().basic("root", "root")
    }

    /// What it has written to its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_file(self.folder.path())).unwrap_or_default()
    }

    /// Kills it in the middle of whatever it does (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Lets the requests of `@slow` be answered, those that wait and those that come.
    pub fn go_on(&self) {
        std::fs::write(self.folder.path().join(GO_ON), "").expect("a file in the folder");
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        self.tell_to_stop();
        self.ended().await
    }

    /// Asks it to stop (SIGTERM).
    pub fn tell_to_stop(&self) {
        // The shell has a `kill` of its own wherever the program is missing.
        let kill = format!("kill -TERM {}", self.child.id());
        let told = Command::new("sh").args(["-c", &kill]).status().expect("a shell can be started");
        assert!(told.success(), "the server is gone already");
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Starts it again on the same data after it has ended; the time until it answered a request.
    pub async fn restart(&mut self) -> Duration {
        let begin = Instant::now();
        (self.child, self.address, self.admin) = launch(self.binary, self.folder.path(), SERVE);
        let answer = self.anonymous().get("/").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        begin.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
            eprintln!("--- the server's log ---\n{}--- end of the log ---", &log[from..]);
        }
    }
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// The address in a line of the server's output.
fn address_after(words: &str, line: &str) -> Option<SocketAddr> {
    line.strip_prefix(words)?.trim().split('/').next()?.parse().ok()
}

/// Starts the program and reads where it listens.
fn launch(binary: Binary, folder: &Path, args: &[&str]) -> (Child, SocketAddr, Admin) {
    let mut log =
        OpenOptions::new().create(true).append(true).read(true).open(log_file(folder)).expect("a file for the log");
    let begin = log.seek(SeekFrom::End(0)).expect("the length of the log");
    let stderr = log.try_clone().expect("a second handle");
    let mut child =
        command(binary, folder, args).stdout(Stdio::piped()).stderr(stderr).spawn().expect("the binary can be started");
    let stdout = child.stdout.take().expect("a pipe");
    let (sender, receiver) = mpsc::channel();
    let admin = Admin::default();
    let said = admin.clone();
    // Reads on, so that the server never waits for the pipe.
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = address_after("Listening on http://", &line) {
                // Nobody waits any more after the first.
                let _ = sender.send(address);
            }
            if let Some(address) = address_after("Metrics http://", &line) {
                let _ = said.set(address);
            }
        }
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(address) => (child, address, admin),
        Err(e) => {
            let _ = child.kill();
            panic!("the server does not say where it listens ({e}):\n{}", tail(&mut log, begin));
        }
    }
}

fn tail(log: &mut File, begin: u64) -> String {
    let mut text = String::new();
    log.seek(SeekFrom::Start(begin)).and_then(|_| log.read_to_string(&mut text)).expect("the log can be read");
    text
}
