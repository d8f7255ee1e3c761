//! A program that is run to its end.

use crate::Binary;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Output {
    /// Exit code; `None` when it did not end by itself.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Both outputs.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A command in `folder`, without what the caller's environment would change in the settings.
pub(crate) fn command(binary: Binary, folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary.path());
    command.current_dir(folder).args(args).stdin(Stdio::null()).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("G_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program in `folder` until it ends, at most for a minute.
pub fn run(binary: Binary, folder: &Path, args: &[&str]) -> Output {
    let (out, err) = (folder.join("stdout.txt"), folder.join("stderr.txt"));
    let file = |path: &Path| std::fs::File::create(path).expect("a file for the output");
    let mut child =
        command(binary, folder, args).stdout(file(&out)).stderr(file(&err)).spawn().expect("the binary can be started");
    let deadline = Instant::now() + Duration::from_secs(60);
    let status = loop {
        match child.try_wait().expect("the state of a child") {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => {
                child.kill().expect("a child can be killed");
                child.wait().expect("a killed child ends");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).expect("the output")).into_owned();
    Output { code: status.and_then(|s| s.code()), stdout: read(&out), stderr: read(&err) }
}
