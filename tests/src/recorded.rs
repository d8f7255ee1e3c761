//! Answers recorded from Guillotina, compared with ours (`fixtures/record.py`).

use crate::{Answer, Server};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Values that differ from run to run.
const MASKED: [&str; 8] = ["eid", "token", "exp", "@uid", "uid", "uuid", "creation_date", "modification_date"];

/// Headers that must be as they were recorded.
const HEADERS: [&str; 8] = [
    "location",
    "allow",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];

/// Sends the requests of a scenario to the server and compares the answers; says all that differs.
pub async fn replay(server: &Server, scenario: &str) {
    let path = format!("{}/fixtures/wire/{scenario}.json", env!("CARGO_MANIFEST_DIR"));
    let recorded: Value = serde_json::from_slice(&std::fs::read(&path).expect("the fixture")).expect("JSON");
    let mut tokens = BTreeMap::new();
    let mut differences = Vec::new();
    let steps = recorded["steps"].as_array().expect("steps");
    for (number, step) in steps.iter().enumerate() {
        let answer = ask(server, step, &tokens).await;
        let mut found = Vec::new();
        compare(server, step, &answer, &mut found);
        for (name, key) in step["capture"].as_object().into_iter().flatten() {
            let token = answer.json()[key.as_str().expect("a key")].as_str().unwrap_or_default().to_owned();
            tokens.insert(name.clone(), token);
        }
        if !found.is_empty() {
            let what = step.get("body").or_else(|| step.get("raw")).map(Value::to_string).unwrap_or_default();
            differences.push(format!(
                "{number}. {} {} {what}\n     {}",
                text(step, "method"),
                text(step, "path"),
                found.join("\n     ")
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{scenario}: {} of {} answers differ\n{}",
        differences.len(),
        steps.len(),
        differences.join("\n")
    );
}

fn text<'a>(step: &'a Value, key: &str) -> &'a str {
    step[key].as_str().unwrap_or_default()
}

async fn ask(server: &Server, step: &Value, tokens: &BTreeMap<String, String>) -> Answer {
    let client = match step["auth"].as_str() {
        None => server.anonymous(),
        Some("root") => server.root(),
        Some(other) => match other.split(':').collect::<Vec<_>>()[..] {
            ["basic", user, password] => server.anonymous().basic(user, password),
            ["bearer", name] => server.anonymous().bearer(&tokens[name]),
            _ => panic!("unknown credentials {other}"),
        },
    };
    let headers: Vec<(&str, &str)> = step["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(n, v)| (n.as_str(), v.as_str().expect("a text")))
        .collect();
    let body = match (step.get("body"), step["raw"].as_str()) {
        (Some(body), _) => Some(body.to_string()),
        (None, raw) => raw.map(str::to_owned),
    };
    client.send(text(step, "method"), text(step, "path"), body.as_deref().map(str::as_bytes), &headers).await
}

fn compare(server: &Server, step: &Value, answer: &Answer, found: &mut Vec<String>) {
    let recorded = &step["answer"];
    let ours = step.get("ours");
    let status = ours.unwrap_or(recorded)["status"].as_u64().expect("a status");
    if u64::from(answer.status) != status {
        found.push(format!("status {} instead of {status}: {}", answer.status, answer.text()));
        return;
    }
    if ours.is_some() || text(step, "compare") == "status" {
        return;
    }
    let body = answer.text().replace(&format!("http://{}", server.address()), "{base}");
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap_or(Value::String(body)) };
    let shape_only = text(step, "compare") == "keys";
    let expected = recorded.get("body").unwrap_or(&Value::Null);
    // Row E-018: the refused origin gets a body; it has none in the reference.
    if !expected.is_null() || status < 400 {
        differ("", expected, &body, shape_only, found);
    }
    compare_headers(server, recorded, answer, found);
}

fn compare_headers(server: &Server, recorded: &Value, answer: &Answer, found: &mut Vec<String>) {
    for name in HEADERS {
        let expected = recorded["headers"][name].as_str();
        let got = answer.header(name).map(|value| value.replace(&format!("http://{}", server.address()), "{base}"));
        // Row S-023: where a service names the headers that a page may read, its word counts.
        let named = name == "access-control-expose-headers" && got.as_deref() == Some("Location");
        if let Some(expected) = expected
            && !named
            && set(expected) != set(got.as_deref().unwrap_or_default())
        {
            found.push(format!("header {name}: {got:?} instead of {expected:?}"));
        }
    }
}

/// A list in a header, without its order.
fn set(list: &str) -> Vec<String> {
    let mut items: Vec<String> = list.split(',').map(|item| item.trim().to_owned()).collect();
    items.sort();
    items
}

fn differ(at: &str, expected: &Value, got: &Value, shape_only: bool, found: &mut Vec<String>) {
    let key = at.rsplit('/').next().unwrap_or_default();
    match (expected, got) {
        (Value::Object(a), Value::Object(b)) => differ_objects(at, a, b, shape_only, found),
        (Value::Array(a), Value::Array(b)) if shape_only => {
            if let (Some(a), Some(b)) = (a.first(), b.first()) {
                differ(&format!("{at}/0"), a, b, shape_only, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{at}/{index}"), a, b, shape_only, found);
            }
        }
        (Value::String(_), Value::String(_)) if shape_only || MASKED.contains(&key) => {}
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) if shape_only => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{at}: {b} instead of {a}")),
    }
}

fn differ_objects(
    at: &str,
    expected: &Map<String, Value>,
    got: &Map<String, Value>,
    shape_only: bool,
    found: &mut Vec<String>,
) {
    for (key, value) in expected {
        match got.get(key) {
            Some(other) => differ(&format!("{at}/{key}"), value, other, shape_only, found),
            None => found.push(format!("{at}/{key}: missing, {value} is expected")),
        }
    }
    for key in got.keys().filter(|key| !expected.contains_key(*key)) {
        found.push(format!("{at}/{key}: unexpected, {}", got[key]));
    }
}
