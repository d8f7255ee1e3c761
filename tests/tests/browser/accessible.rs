//! On a small screen, and by the rules of axe-core.

use crate::person::Person;
use crate::{server, skipped};
use serde_json::{Value, json};
use std::process::Command;
use tempfile::TempDir;

/// The rules, installed for this test alone; `None` where there is no npm.
fn axe() -> Option<String> {
    let folder = TempDir::new().unwrap();
    let install = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
    let Ok(output) = Command::new("npm").args(install).arg(folder.path()).arg("axe-core@4").output() else {
        eprintln!("not checked with axe-core: npm is missing");
        return None;
    };
    assert!(output.status.success(), "npm cannot install axe-core: {}", String::from_utf8_lossy(&output.stderr));
    Some(std::fs::read_to_string(folder.path().join("node_modules/axe-core/axe.min.js")).unwrap())
}

/// What the page shows breaks no rule, in either colour scheme, and fits the screen.
async fn is_good(person: &Person, axe: Option<&str>, what: &str) {
    assert_eq!(person.overflowing().await, json!([]), "{what}: too wide");
    let Some(axe) = axe else { return };
    for scheme in ["light", "dark"] {
        person.browser.prefer(scheme).await;
        person.browser.evaluate(&format!("window.axe ?? (() => {{ {axe} }})(), undefined")).await;
        let run = "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => ({rule: v.id, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary)})))";
        let violations: Value = person.browser.evaluate(run).await;
        assert_eq!(violations, json!([]), "{what}, {scheme}");
    }
}

#[tokio::test]
async fn everything_fits_a_small_screen_and_breaks_no_rule_of_axe() {
    if skipped() {
        return;
    }
    let axe = tokio::task::spawn_blocking(axe).await.unwrap();
    let axe = axe.as_deref();
    let server = server().await;
    let api = server.anonymous().login("/db/c", "alice", "secret-alice").await;
    let long = "unbroken".repeat(40);
    let room = json!({"@type": "Conversation", "id": "room", "title": long, "users": ["bob", "eve"]});
    api.post("/db/c/conversations", room).await.expect(201);
    for text in ["Short", &long, "Two\nlines"] {
        api.post("/db/c/conversations/room", json!({"@type": "Message", "text": text})).await.expect(201);
    }
    let bob = Person::arrive(&server, "bob").await;
    is_good(&bob, axe, "the page").await;
    bob.browser.resize(360, 640).await;
    bob.browser.until("return document.querySelector('#conversations .unread')").await;
    is_good(&bob, axe, "the list").await;
    bob.open("unbroken").await;
    bob.browser.until("return document.querySelectorAll('.message').length === 3").await;
    bob.say("Mine").await;
    bob.browser.until("return document.querySelectorAll('.mine:not(.pending)').length === 1").await;
    is_good(&bob, axe, "a conversation").await;
    // Back to the list, with the focus on the conversation that was left.
    bob.browser.click("#back").await;
    bob.browser.until("return document.activeElement?.closest('li')?.dataset.id === 'room'").await;
    bob.browser.click("#start").await;
    bob.browser.until("return document.querySelectorAll('#choices input').length === 2").await;
    is_good(&bob, axe, "the dialog").await;
    bob.browser.click("#starting-form [type=submit]").await;
    bob.browser.until("return !document.getElementById('starting-error').hidden").await;
    is_good(&bob, axe, "a mistake in the dialog").await;
    bob.browser.click("#starting-cancel").await;
    bob.browser.offline(true).await;
    bob.state("No network").await;
    is_good(&bob, axe, "without network").await;
    bob.browser.offline(false).await;
    bob.browser.click("#sign-out").await;
    is_good(&bob, axe, "signing in").await;
}
