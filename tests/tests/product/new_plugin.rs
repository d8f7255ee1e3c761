//! `new-plugin`: what it writes passes its own tests as written.

use guillotina_tests::{Binary, run};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

/// A workspace with one member, which takes all crates from this one: the same versions, features and profiles, so that what
/// is built already is used.
fn workspace(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.lines().find(|line| line.starts_with("members = ")).unwrap();
    let manifest = manifest
        .replace(members, "members = [\"plugins/*\"]")
        .replace("default-members", "# default-members")
        .replace("path = \"", &format!("path = \"{}/", root.display()));
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    std::fs::create_dir(folder.join("plugins")).unwrap();
}

#[test]
fn the_tests_of_a_new_plugin_pass_as_written() {
    let folder = TempDir::new().unwrap();
    workspace(folder.path());
    let made = run(Binary::Guillotina, folder.path(), &["new-plugin", "demo"]);
    assert_eq!(made.code, Some(0), "{}", made.all());
    for line in
        ["guillotina::main![guillotina_dbusers, guillotina_chat, demo];", "applications = [", "cargo test -p demo"]
    {
        assert!(made.stdout.contains(line), "{line}: {}", made.stdout);
    }
    assert!(!made.stdout.contains("members"), "the workspace covers it: {}", made.stdout);

    let target = Binary::TestServer.path().parent().unwrap().parent().unwrap().to_owned();
    let begin = Instant::now();
    let output = Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(["test", "--offline", "-p", "demo", "--target-dir"])
        .arg(target)
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("test the_socket_answers ... ok"), "{said}");
    println!("built and tested in {:?}", begin.elapsed());
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("demo")).unwrap();
    let refused = run(Binary::Guillotina, folder.path(), &["new-plugin", "demo"]);
    assert_eq!(refused.code, Some(1), "{}", refused.all());
    assert!(refused.stderr.contains("choose another name"), "{}", refused.stderr);
    assert_eq!(std::fs::read_dir(folder.path().join("demo")).unwrap().count(), 0);
    for name in ["my-plugin", "fn", "guillotina_chat", "../x"] {
        assert_eq!(run(Binary::Guillotina, folder.path(), &["new-plugin", name]).code, Some(2), "{name}");
    }
}
