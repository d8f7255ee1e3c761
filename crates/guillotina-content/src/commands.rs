//! Commands that plugins add to the binary (row G-011).

use crate::App;

/// What a `#[command]` is called with.
pub struct CommandCall {
    /// The application: configured, its databases open, its utilities created, no port open.
    pub app: App,
    /// The words after the command's name.
    pub args: Vec<String>,
    /// Whether `--json` was given: data is printed as JSON.
    pub json: bool,
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
