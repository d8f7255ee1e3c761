//! `completions`: what each shell gets. The shells that are there are asked; for the others the script is looked at.

use guillotina_tests::{Binary, SETTINGS, run};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// The script for a shell, in a folder of its own.
fn script(binary: Binary, shell: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.toml"), SETTINGS).unwrap();
    let output = run(binary, folder.path(), &["completions", shell]);
    assert_eq!(output.code, Some(0), "{}", output.all());
    std::fs::write(folder.path().join("script"), &output.stdout).unwrap();
    (folder, output.stdout)
}

/// What a shell says to those words; `None` where there is no such shell.
fn ask(shell: &str, folder: &Path, words: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(shell).args(words).current_dir(folder).output() else {
        eprintln!("not asked: {shell} is missing");
        return None;
    };
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && complaint.is_empty(), "{shell} {words:?}: {}\n{complaint}", output.status);
    Some(said.into_owned())
}

#[test]
fn every_shell_learns_every_command_and_option() {
    for shell in SHELLS {
        let (_folder, script) = script(Binary::TestServer, shell);
        // Fish writes options without their dashes.
        let dashes = if shell == "fish" { "" } else { "--" };
        let options = ["configuration", "override", "port", "kind", "layer"].map(|option| format!("{dashes}{option}"));
        let commands = ["serve", "check", "list-components", "routes", "explain", "generate-settings", "new-plugin"];
        // The last is a command of a plugin.
        for word in
            commands.into_iter().chain(["gen-key", "subscribers", "say"]).chain(options.iter().map(String::as_str))
        {
            assert!(script.contains(word), "{shell} does not learn {word}");
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let (folder, _) = script(Binary::Guillotina, "bash");
    let complete = |words: &str| {
        let last = words.split(' ').count() - 1;
        let ask_it = format!(
            ". ./script; COMP_WORDS=({words}); COMP_CWORD={last}; \
             _guillotina guillotina \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last} - 1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        ask("bash", folder.path(), &["--norc", "-c", &ask_it])
    };
    let Some(commands) = complete("guillotina ex") else { return };
    assert_eq!(commands.trim(), "explain");
    assert_eq!(complete("guillotina explain sub").unwrap().trim(), "subscribers");
    assert_eq!(complete("guillotina serve --po").unwrap().trim(), "--port");
}

#[test]
fn fish_completes_commands_and_options() {
    let (folder, _) = script(Binary::Guillotina, "fish");
    let complete = |line: &str| {
        let ask_it = format!("source ./script; complete -C '{line}'");
        ask("fish", folder.path(), &["--no-config", "-c", &ask_it])
    };
    let Some(commands) = complete("guillotina ex") else { return };
    assert_eq!(commands.trim(), "explain\tSays who answers, who is shadowed and why, with the places in the source");
    let subscribers = complete("guillotina explain sub").unwrap();
    assert!(subscribers.starts_with("subscribers\t"), "{subscribers}");
    let port = complete("guillotina serve --po").unwrap();
    assert!(port.starts_with("--port\t"), "{port}");
}

#[test]
fn zsh_can_read_its_script() {
    let (folder, script) = script(Binary::Guillotina, "zsh");
    // The first line names what is completed, for scripts that are found by their place.
    assert!(script.starts_with("#compdef guillotina\n"), "{script}");
    ask("zsh", folder.path(), &["--no-rcs", "-n", "script"]);
}

#[test]
fn elvish_completes_commands() {
    let (folder, script) = script(Binary::Guillotina, "elvish");
    // What an editor has, which is not there without a terminal.
    let editor = "var edit: = (ns [&completion:=(ns [&arg-completer=[&]]) \
                  &complex-candidate~={|text &display=''| put $text}])";
    let asked = "$edit:completion:arg-completer[guillotina] guillotina explain ''";
    std::fs::write(folder.path().join("script"), format!("{editor}\n{script}\n{asked}\n")).unwrap();
    let Some(said) = ask("elvish", folder.path(), &["-norc", "script"]) else { return };
    for command in ["adapter", "utility", "subscribers", "service"] {
        assert!(said.lines().any(|line| line.ends_with(command)), "{said}");
    }
}

/// PowerShell is no package of Debian: its script is looked at.
#[test]
fn the_script_for_powershell_is_whole() {
    let (_folder, script) = script(Binary::Guillotina, "powershell");
    assert!(script.contains("Register-ArgumentCompleter -Native -CommandName 'guillotina'"), "{script}");
    let (mut depth, mut quoted) = (Vec::new(), false);
    for letter in script.chars() {
        match (letter, quoted) {
            // A quote within quotes is written twice, so it ends them and begins them anew.
            ('\'', _) => quoted = !quoted,
            ('\n', true) => panic!("a text goes over the end of its line: {script}"),
            ('(' | '[' | '{', false) => depth.push(letter),
            (')' | ']' | '}', false) => {
                let opened = depth.pop();
                assert!(matches!((opened, letter), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')), "{script}");
            }
            _ => {}
        }
    }
    assert!(depth.is_empty() && !quoted, "{depth:?} {quoted}");
    for words in ["'guillotina;explain;subscribers' {", "'guillotina;serve' {"] {
        assert!(script.contains(words), "{words}");
    }
}
