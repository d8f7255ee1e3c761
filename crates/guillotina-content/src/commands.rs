//! Commands that plugins add to the binary (row G-011).

use crate::App;
use parking_lot::Mutex;
use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;

/// What a `#[command]` is called with.
pub struct CommandCall {
    /// The application: configured, its databases open, its utilities created, no port open.
    pub app: App,
    /// The words after the command's name.
    pub args: Vec<String>,
    /// Whether `--json` was given: data is printed as JSON.
    pub json: bool,
    /// Where a test reads what is said; standard output otherwise.
    said: Option<Arc<Mutex<String>>>,
}

impl CommandCall {
    /// A call that says what it says on standard output.
    pub fn new(app: App, args: Vec<String>, json: bool) -> CommandCall {
        CommandCall { app, args, json, said: None }
    }

    /// The same, but what is said is collected: for tests.
    pub fn collecting(self, said: Arc<Mutex<String>>) -> CommandCall {
        CommandCall { said: Some(said), ..self }
    }

    /// Says a line. A reader that has gone away is no error.
    pub fn say(&self, line: impl Display) {
        match &self.said {
            Some(said) => *said.lock() += &format!("{line}\n"),
            None => {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
        }
    }
}

/// What a `#[command]` may return inside its `Result`: nothing, or an exit code.
pub trait CommandInject {
    /// The exit code.
    fn exit_code(self) -> i32;
}

impl CommandInject for () {
    fn exit_code(self) -> i32 {
        0
    }
}

impl CommandInject for i32 {
    fn exit_code(self) -> i32 {
        self
    }
}
