//! Start, failure, supervision and stop.

use super::*;
use std::time::Duration;

/// Two utilities, the second needing the first, both noting under `label`.
fn two(label: &str, first: &str, second: &str) -> Builder {
    let text = format!(
        "applications = [\"alpha\"]\n{QUIET}\
         [utilities]\nbackoff_first_ms = 1\n[shutdown]\ngrace_s = 1\n\
         [load_utilities.b]\nfactory = \"alpha.Second\"\nsettings = {{ label = \"{label}\", fault = \"{second}\" }}\n\
         [load_utilities.a]\nfactory = \"alpha.First\"\nsettings = {{ label = \"{label}\", fault = \"{first}\" }}\n"
    );
    with_text(&text).with(&ALPHA, &ALPHA_PARTS)
}

async fn until(label: &str, what: &str, times: usize) {
    for _ in 0..6_000 {
        if noted(label).iter().filter(|note| *note == what).count() >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen {times} times: {:?}", noted(label));
}

#[tokio::test]
async fn utilities_are_created_in_order_and_ended_in_reverse() {
    let app = configured(two("order", "", "")).start().await.unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(app.utility::<dyn IFirst>().unwrap().label(), "order");
    assert_eq!(app.utility::<dyn IBase>().unwrap().label(), "order", "it answers for its base");
    assert_eq!(app.utility::<dyn ISecond>().unwrap().second_label(), "order");
    until("order", "Second works", 1).await;
    assert!(app.stop().await.is_empty());
    let notes = noted("order");
    assert_eq!(notes[..2], ["First created", "Second created"]);
    assert_eq!(notes[4..], ["Second stops", "Second finalized", "First stops", "First finalized"]);
    assert!(app.stop().await.is_empty() && app.databases().is_empty() && app.query_utility::<dyn IFirst>("").is_none());
    assert!(app.failure().is_none());
}

#[tokio::test]
async fn a_factory_that_fails_or_panics_undoes_what_was_made() {
    for (label, fault, says) in [("fails", "create", "no luck"), ("panics", "panic", "it panicked: no way")] {
        let found = configured(two(label, "", fault)).start().await.err().expect("refused");
        assert_eq!(errors(&found), ["G0013"]);
        let text = found.to_string();
        assert!(
            text.contains("utility \"b\"")
                && text.contains("alpha.Second")
                && text.contains(says)
                && text.contains("settings.toml:"),
            "{text}"
        );
        assert_eq!(noted(label), ["First created", "First finalized"]);
    }
}

#[tokio::test]
async fn work_that_fails_or_panics_is_started_again() {
    for (label, fault) in [("again", "work-once"), ("fallen", "work-panic")] {
        let app = configured(two(label, fault, "")).start().await.unwrap_or_else(|d| panic!("{d}"));
        until(label, "First works", 2).await;
        assert!(app.failure().is_none());
        assert!(app.stop().await.is_empty());
    }
}

#[tokio::test]
async fn work_that_fails_stops_the_server_where_the_settings_say_so() {
    let app = configured(two("stop", "work", "").overrides(["utilities.on_failure=stop"]))
        .start()
        .await
        .unwrap_or_else(|d| panic!("{d}"));
    tokio::time::timeout(Duration::from_secs(60), app.stopping().wait()).await.expect("it stops");
    assert!(app.failure().is_some_and(|why| why.contains("utility \"a\"") && why.contains("it broke")));
    assert!(app.stop().await.is_empty());
}

#[tokio::test]
async fn work_that_does_not_end_is_cut_and_named() {
    let app = configured(two("hang", "hang", "")).start().await.unwrap_or_else(|d| panic!("{d}"));
    until("hang", "First works", 1).await;
    assert_eq!(app.stop().await, ["the work of utility \"a\""]);
    assert_eq!(noted("hang").last().map(String::as_str), Some("First finalized"));
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_and_undoes_the_others() {
    let text = "[databases.good]\nstorage = \"DUMMY\"\n[databases.bad]\npath = \"/nowhere/at/all/x.sqlite\"\n";
    let found = configured(with_text(text)).start().await.err().expect("refused");
    assert_eq!(errors(&found), ["G0014"]);
    assert!(found.to_string().contains("settings.toml:3:") && found.to_string().contains("\"bad\""), "{found}");
}

#[tokio::test]
async fn the_folder_of_a_database_is_made() {
    let folder = std::env::temp_dir().join(format!("guillotina-start-{}", std::process::id()));
    let path = folder.join("g.sqlite");
    let text = format!("[databases.db]\npath = {:?}\n", path.to_string_lossy());
    let app = configured(with_text(&text)).start().await.unwrap_or_else(|d| panic!("{d}"));
    assert!(path.exists());
    assert!(app.stop().await.is_empty());
    std::fs::remove_dir_all(&folder).unwrap();
}
