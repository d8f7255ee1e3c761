//! Random and hostile input: the merge against a naive one, and the bounds of the readers.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::HashMap;

use guillotina_settings::{Diagnostics, FieldDoc, Layers, MAX_DEPTH, MAX_FILE_BYTES, MAX_VALUES, Node, Section};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value as Json, json};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
struct Server {
    host: String,
    port: u16,
    debug: Option<bool>,
    names: Vec<String>,
    limits: HashMap<String, u64>,
}

impl Section for Server {
    const FIELDS: &'static [FieldDoc] = &[];
}

#[test]
fn broken_input_is_bounded() {
    let deep_json = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))
    });
    let files = [
        ("a.json", deep_json),
        ("a.json", format!("{{\"a\": {}", "[".repeat(100_000))),
        ("a.toml", format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("a.toml", format!("{}a = 1", "a.".repeat(100_000))),
        ("a.toml", format!("[{}a]", "a.".repeat(MAX_DEPTH + 1))),
        ("a.yaml", format!("a: {}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("a.yaml", (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("a.yaml", bomb),
        ("a.yaml", "a: &a [*a]".to_owned()),
        ("a.yaml", "? [a]\n: b\n".to_owned()),
        ("a.yaml", "<<: [1]\n".to_owned()),
        ("a.json", format!("{{\"a\": [{}1]}}", "1,".repeat(MAX_VALUES))),
        ("a.toml", " ".repeat(MAX_FILE_BYTES + 1)),
        ("a.json", "{\"a\": 1e999, \"b\": 99999999999999999999}".to_owned()),
        ("a.json", "{\"a\": \"\\ud800\"}".to_owned()),
        ("a.toml", "a = 0xffffffffffffffffff\n".to_owned()),
        ("a.json", String::new()),
        ("a.toml", "\0".to_owned()),
    ];
    for (name, text) in files {
        let (settings, diagnostics) = Layers::new().file(name, &text).finish();
        let start: String = text.chars().take(40).collect();
        assert!(diagnostics.has_errors(), "{name}: {start}");
        assert!(diagnostics.iter().all(|one| !one.help.is_empty()), "{diagnostics}");
        assert!(diagnostics.to_string().len() < 4000, "{name}: {start}");
        assert_eq!(settings.to_json(), json!({}));
    }
    let nested = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(!Layers::new().file("a.json", &nested(MAX_DEPTH)).finish().1.has_errors());
    let unknown: String = (0..90_000).map(|n| format!("key{n} = 1\n")).collect();
    let (settings, mut diagnostics) = Layers::new().file("a.toml", &format!("[server]\n{unknown}")).finish();
    assert!(settings.section::<Server>(&["server"], &mut diagnostics).is_some());
    assert_eq!(diagnostics.len(), 90_000);
    assert_eq!(diagnostics.iter().len(), Diagnostics::MAX);
}

/// What merging means, for JSON.
fn naive(lower: Json, upper: Json) -> Json {
    match (lower, upper) {
        (Json::Object(mut lower), Json::Object(upper)) => {
            for (key, value) in upper {
                let below = lower.remove(&key);
                lower.insert(key, below.map_or(value.clone(), |below| naive(below, value)));
            }
            Json::Object(lower)
        }
        (_, upper) => upper,
    }
}

fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "[a-z\"\\\\\n]{0,4}".prop_map(Json::from),
    ];
    let tree = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::hash_map("[abc]", inner, 0..4).prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::hash_map("[abc]", tree, 0..4).prop_map(|map| Json::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn merging_is_what_the_naive_merge_does(trees in prop::collection::vec(tree(), 0..4)) {
        let mut layers = Layers::new();
        let mut expected = json!({});
        for (at, tree) in trees.into_iter().enumerate() {
            layers = if at == 0 {
                layers.defaults(tree.clone())
            } else {
                layers.file(&format!("{at}.json"), &tree.to_string())
            };
            expected = naive(expected, tree);
        }
        let (settings, diagnostics) = layers.finish();
        prop_assert!(diagnostics.is_empty());
        prop_assert_eq!(settings.to_json(), expected);
    }

    #[test]
    fn json_gives_the_tree_and_the_places_of_its_values(tree in tree()) {
        let text = serde_json::to_string_pretty(&tree).unwrap();
        let (settings, diagnostics) = Layers::new().file("a.json", &text).finish();
        prop_assert!(diagnostics.is_empty());
        prop_assert_eq!(settings.to_json(), tree);
        let mut nodes: Vec<&Node> = settings.root().as_table().unwrap().values().collect();
        while let Some(node) = nodes.pop() {
            let place = node.origin.place().unwrap();
            let written: Json = serde_json::from_str(&text[place.range()]).unwrap();
            prop_assert_eq!(written, node.to_json());
            nodes.extend(node.as_table().into_iter().flat_map(|table| table.values()));
            nodes.extend(node.as_array().into_iter().flatten());
        }
    }

    #[test]
    fn no_text_panics(text in "[\\PC\n\t{}\\[\\]\"'=:,.#&*!<>|-]{0,60}", name in "G_[A-Za-z_.]{0,12}") {
        for file in ["a.toml", "a.yaml", "a.json"] {
            let (settings, mut diagnostics) = Layers::new().file(file, &text).finish();
            let _: Option<Server> = settings.section(&[], &mut diagnostics);
            let _ = diagnostics.to_string();
        }
        let layers = Layers::new().environment([(name, text.clone())]).override_(&text);
        let (settings, mut diagnostics) = layers.finish();
        let _: Option<Server> = settings.section(&[], &mut diagnostics);
        let _ = diagnostics.to_string();
        prop_assert!(diagnostics.iter().all(|one| one.place.is_some() && !one.help.is_empty()));
    }
}
