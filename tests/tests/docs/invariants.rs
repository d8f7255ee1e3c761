//! The invariants of `docs/architecture.md` that a test can check.

use crate::tree::{crates, dependencies, files, ours, root, text, with_ending};
use std::collections::BTreeSet;
use std::path::Path;

const ALL: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

#[test]
fn the_component_crate_knows_no_runtime_no_http_and_no_database() {
    let found = dependencies(&root().join("crates/guillotina-component"), ALL);
    for refused in ["tokio", "hyper", "http", "rusqlite", "futures-util", "async-trait"] {
        assert!(!found.contains(refused), "guillotina-component depends on {refused}");
    }
    assert!(!found.iter().any(|name| ours(name)), "guillotina-component depends on another crate of ours: {found:?}");
}

#[test]
fn the_settings_crate_knows_no_component() {
    let found = dependencies(&root().join("crates/guillotina-settings"), ALL);
    assert!(!found.iter().any(|name| ours(name)), "guillotina-settings depends on another crate of ours: {found:?}");
}

#[test]
fn a_plugin_depends_on_the_facade_alone() {
    // Its tests may take other plugins, and `guillotina-testing`.
    for plugin in crates("plugins") {
        let found: Vec<_> = dependencies(&plugin, &["dependencies"]).into_iter().filter(|name| ours(name)).collect();
        assert_eq!(found, ["guillotina"], "{}: let it take what it needs from `guillotina`", plugin.display());
    }
}

#[test]
fn the_attributes_emit_paths_under_the_facade_only() {
    for file in with_ending("crates/guillotina-macros/src", &["rs"]) {
        for (number, line) in text(&file).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let own = code.match_indices("guillotina_").any(|(at, _)| {
                let rest = &code[at..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                rest[end..].trim_start().starts_with("::")
            });
            assert!(!own, "{}:{}: name it under ::guillotina", file.display(), number + 1);
        }
    }
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let sources = ["crates", "plugins"]
        .iter()
        .flat_map(|folder| crates(folder))
        .flat_map(|krate| with_ending(krate.join("src"), &["rs"]));
    for file in sources {
        let lines = text(&file).lines().count();
        assert!(lines <= 500, "{} has {lines} lines; split it", file.display());
    }
}

fn third_party() -> BTreeSet<String> {
    let members = crates("crates").into_iter().chain(crates("plugins")).chain([root().join("tests")]);
    members.flat_map(|member| dependencies(&member, ALL)).filter(|name| !ours(name)).collect()
}

#[test]
fn every_third_party_crate_has_its_reason() {
    let page = text("docs/architecture.md");
    let table = page.split("## Dependencies").nth(1).expect("docs/architecture.md has the section Dependencies");
    let row = |line: &str| Some(line.strip_prefix("| `")?.split_once("` | ")?.0.to_owned());
    let named: BTreeSet<String> = table.lines().filter_map(row).collect();
    let used = third_party();
    let missing: Vec<_> = used.difference(&named).collect();
    assert!(missing.is_empty(), "add a line of why to docs/architecture.md for {missing:?}");
    let gone: Vec<_> = named.difference(&used).collect();
    assert!(gone.is_empty(), "no crate uses these any more; take them out of docs/architecture.md: {gone:?}");
}

#[test]
fn the_tree_speaks_of_the_project_alone() {
    let words = [
        ["/wo", "rk/"],
        ["../sha", "red"],
        ["/tmp/", "plan"],
        ["/tmp/tar", "get"],
        ["ref", "venv"],
        ["issues ", "show"],
    ]
    .map(|w| w.concat());
    let endings = ["rs", "toml", "md", "sh", "py", "json", "yaml", "yml", "stderr", "txt"];
    let is_text = |path: &Path| path.extension().is_none_or(|e| endings.contains(&&*e.to_string_lossy()));
    for file in files("").into_iter().filter(|path| is_text(path)) {
        let Ok(content) = std::fs::read_to_string(&file) else { continue };
        for word in &words {
            assert!(!content.contains(word.as_str()), "{} contains {word:?}", file.display());
        }
    }
}
