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

/// Lets this process, and those that it starts from now on, have that many files and connections open, if they may not yet.
pub fn allow_open_files(count: usize) {
    let limits = std::fs::read_to_string("/proc/self/limits").expect("the limits of a process");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("the limit of open files");
    let soft = line.split_whitespace().next().expect("a number");
    if soft.parse::<usize>().is_ok_and(|soft| soft < count) {
        let (id, limit) = (std::process::id().to_string(), format!("--nofile={count}:"));
        let raised = Command::new("prlimit").args(["--pid", &id, &limit]).status();
        let raised = raised.is_ok_and(|status| status.success());
        assert!(raised, "the limit of open files is {soft}: `ulimit -n {count}` before the test raises it");
    }
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
