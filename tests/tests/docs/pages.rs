//! Pages: none is missing, no link leads nowhere, what is included exists.

use crate::tree::{files, root, text, with_ending};
use guillotina_settings::CODES;
use std::path::PathBuf;

#[test]
fn every_code_has_a_page() {
    let (summary, index) = (text("docs/SUMMARY.md"), text("docs/errors/index.md"));
    for (code, title) in CODES {
        let page = text(format!("docs/errors/{code}.md"));
        assert!(
            page.starts_with(&format!("# {code}: {title}\n")),
            "the page of {code} begins with \"# {code}: {title}\""
        );
        assert!(page.contains("\n## What to do\n"), "the page of {code} says what to do");
        assert!(page.contains("```text\n"), "the page of {code} has an example");
        assert!(summary.contains(&format!("errors/{code}.md")), "docs/SUMMARY.md links {code}");
        assert!(index.contains(&format!("| [{code}]({code}.md) | {title} |")), "docs/errors/index.md has {code}");
    }
    assert_eq!(files("docs/errors").len(), CODES.len() + 1, "a page in docs/errors is of no code");
}

/// The pages for people, with their folders.
fn pages() -> Vec<PathBuf> {
    let root = root();
    let own = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name));
    with_ending("docs", &["md"]).into_iter().chain(own).collect()
}

#[test]
fn no_link_leads_nowhere() {
    for page in pages() {
        let content = text(&page);
        for link in content.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(page.parent().unwrap().join(target).exists(), "{} links {link}", page.display());
        }
    }
}

#[test]
fn what_is_included_exists() {
    for page in with_ending("docs", &["md"]) {
        let content = text(&page);
        for include in content.split("{{#include ").skip(1).filter_map(|rest| rest.split("}}").next()) {
            let (file, anchor) = include.split_once(':').unwrap_or((include, ""));
            let path = page.parent().unwrap().join(file);
            assert!(path.exists(), "{} includes {file}", page.display());
            let begins = format!("// ANCHOR: {anchor}\n");
            assert!(
                anchor.is_empty() || text(&path).contains(&begins),
                "{} includes {include}: no such anchor",
                page.display()
            );
        }
    }
}

#[test]
fn every_page_is_in_the_book() {
    let summary = text("docs/SUMMARY.md");
    for page in with_ending("docs", &["md"]) {
        let name = page.strip_prefix(root().join("docs")).unwrap().to_string_lossy().into_owned();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("]({name})")),
            "docs/SUMMARY.md does not link {name}"
        );
    }
}

#[test]
fn every_limit_is_in_the_table() {
    let page = text("docs/limits.md");
    for (key, _) in crate::reference::limits() {
        assert!(page.contains(&format!("`{key}`")), "docs/limits.md does not say what {key} bounds");
    }
}

#[test]
fn the_readme_shows_the_plugin_that_is_compiled() {
    let plugin = text("docs/examples/likes.rs");
    assert!(
        text("README.md").contains(plugin.trim_end()),
        "README.md shows another plugin than docs/examples/likes.rs"
    );
    assert!(plugin.lines().count() <= 30);
}
