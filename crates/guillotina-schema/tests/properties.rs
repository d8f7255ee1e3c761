//! Properties that hold for every value: no panic, canonical values stay as they are, operations do
//! what a naive model does.

use guillotina_schema::json::{Limits, parse_json};
use guillotina_schema::{Field, Invalid, Kind, Mode, Schema, SchemaError};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,6}",
        "[0-9:.eE+_TZ/-]{0,24}",
        Just("2020-01-02T03:04:05+02:00".to_owned()),
        Just("a.b".to_owned()),
        Just("a:b".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-20i64..20).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![Just("op".to_owned()), Just("value".to_owned()), Just("street".to_owned()), "[a-c]{1,2}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn kinds() -> Vec<Kind> {
    let address = || {
        Schema::new("I")
            .field(Field::new("street", Kind::text_line()))
            .field(Field::new("op", Kind::list(Kind::int())).patch(None))
    };
    vec![
        Kind::text(),
        Kind::text_line(),
        Kind::source_text(),
        Kind::ascii(),
        Kind::ascii_line(),
        Kind::bytes(),
        Kind::bytes_line(),
        Kind::uri(),
        Kind::id(),
        Kind::dotted_name(),
        Kind::bool(),
        Kind::int(),
        Kind::float(),
        Kind::decimal(),
        Kind::datetime(),
        Kind::date(),
        Kind::time(),
        Kind::timedelta(),
        Kind::list(Kind::float()),
        Kind::tuple(Kind::text()),
        Kind::set(Kind::decimal()),
        Kind::frozen_set(Kind::datetime()),
        Kind::dict(Kind::text(), Kind::list(Kind::int())),
        Kind::ordered_dict(Kind::text_line(), Kind::any_json()),
        Kind::object(address()),
        Kind::list(Kind::object(address())),
        Kind::any_json(),
        Kind::json(json!({"type": "array", "items": {"type": ["string", "integer"], "pattern": "^a*$"}})),
        Kind::json_object(),
        Kind::union([Kind::int(), Kind::date(), Kind::object(address()), Kind::text_line()]),
        Kind::interface(),
        Kind::choice([json!("a"), json!(1)]),
        Kind::vocabulary("none"),
        Kind::file(),
    ]
}

fn secrets() -> Vec<Kind> {
    vec![Kind::password(), Kind::mask_text_line()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn canonical_values_stay_as_they_are(raw in any_json()) {
        for kind in kinds() {
            let field = Field::new("f", kind);
            if let Ok(stored) = field.deserialize(&raw, None, &()) {
                prop_assert_eq!(&field.serialize(&stored), &stored);
                let again = field.deserialize(&stored, None, &());
                prop_assert_eq!(again.as_ref(), Ok(&stored), "{:?}", field.kind);
                prop_assert!(field.validate(&stored, &()).is_ok());
            }
        }
    }

    #[test]
    fn nothing_panics(raw in any_json(), current in any_json()) {
        for kind in kinds().into_iter().chain(secrets()) {
            let field = Field::new("f", kind).patch(Some(3));
            if let Err(error) = field.deserialize(&raw, Some(&current), &()) {
                prop_assert!(!error.message.is_empty());
                prop_assert!(error.to_json().is_object());
            }
            field.serialize(&raw);
            field.clone().default(raw.clone()).min(raw.clone()).max(current.clone()).problems();
            field.json_schema();
        }
    }

    #[test]
    fn bytes_never_break_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_json(&bytes, Limits { depth: 3, keys: 2, items: 2 });
    }

    #[test]
    fn what_is_parsed_is_what_was_sent(value in any_json()) {
        let text = value.to_string();
        let parsed = parse_json(text.as_bytes(), Limits::default());
        prop_assert_eq!(parsed.unwrap().to_string(), text);
    }

    #[test]
    fn d012_list_operations_do_what_the_model_does(
        start in prop::collection::vec(-3i64..3, 0..5),
        ops in prop::collection::vec((0usize..8, -6i64..6, prop::collection::vec(-3i64..3, 0..4)), 0..8),
    ) {
        let field = Field::new("f", Kind::list(Kind::int())).patch(None);
        let mut model = start.clone();
        let mut stored = json!(start);
        for (op, n, many) in ops {
            let (request, expected) = list_model(op, n, &many, &model);
            match (field.deserialize(&request, Some(&stored), &()), expected) {
                (Ok(value), Some(next)) => {
                    prop_assert_eq!(&value, &json!(next), "{}", request);
                    (stored, model) = (value, next);
                }
                (Err(_), None) => {}
                (got, expected) => prop_assert!(false, "{}: {:?} is not {:?}", request, got, expected),
            }
        }
    }

    #[test]
    fn d014_integer_operations_do_what_the_model_does(start in any::<i64>(), by in any::<i64>(), op in 0usize..3) {
        let field = Field::new("f", Kind::int()).default(7).patch(None);
        let name = ["inc", "dec", "reset"][op];
        let value = field.deserialize(&json!({"op": name, "value": by}), Some(&json!(start)), &());
        let expected = match (op, by) {
            (0, 0) => start.checked_add(1),
            (1, 0) => start.checked_sub(1),
            (2, 0) => Some(7),
            (0, by) => start.checked_add(by),
            (1, by) => start.checked_sub(by),
            (_, by) => Some(by),
        };
        prop_assert_eq!(value.ok(), expected.map(Value::from));
    }
}

proptest! {
    #[test]
    fn d001_a_mask_shows_the_beginning_and_nothing_else(text in "\\PC{0,12}", shown in 0usize..14, stars in 0usize..9) {
        let field = Field::new("f", Kind::mask_text_line()).unmask_len(shown).mask_len(stars);
        let length = text.chars().count();
        let expected = match shown < length {
            true => text.chars().take(shown).chain(std::iter::repeat_n('*', stars)).collect(),
            false => text.clone(),
        };
        prop_assert_eq!(field.serialize(&json!(text)), json!(expected));
    }

    #[test]
    fn d001_a_dotted_name_has_its_dots(dots in 0usize..6, min in 0usize..6, max in 0usize..6) {
        let name = vec!["a"; dots + 1].join(".");
        let field = Field::new("f", Kind::dotted_name()).min_dots(min).max_dots(max);
        prop_assert_eq!(field.deserialize(&json!(name), None, &()).is_ok(), (min..=max).contains(&dots));
        prop_assert_eq!(field.problems().is_empty(), min <= max);
    }

    /// What an invariant sees is what the object would hold: what is wrong or unknown changes nothing.
    #[test]
    fn d010_invariants_see_what_would_be(
        current in prop::collection::btree_map("[a-c]", -9i64..9, 0..4),
        data in prop::collection::btree_map("[a-d]", prop_oneof![(-9i64..9).prop_map(Value::from), Just(json!("x"))], 0..5),
        replace in any::<bool>(),
    ) {
        let seen = Arc::new(Mutex::new(None));
        let note = seen.clone();
        let schema = ["a", "b", "c"].into_iter().fold(Schema::new("I"), |schema, name| schema.field(Field::new(name, Kind::int())));
        let schema = schema.invariant("note", move |values| {
            *note.lock().unwrap() = Some(values.clone());
            Err(Invalid::new("no").field("a").field("b"))
        });
        let (current, data): (Map<_, _>, Map<_, _>) = (current.into_iter().map(|(k, v)| (k, v.into())).collect(), data.into_iter().collect());
        let good: Map<String, Value> = data.iter().filter(|(k, v)| v.is_i64() && *k != "d").map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut expected = if replace { Map::new() } else { current.clone() };
        expected.extend(good);
        let wrong = data.iter().filter(|(k, v)| v.is_string() && *k != "d").count();
        let mode = if replace { Mode::Replace } else { Mode::Update };
        let refused = schema.deserialize(&data, &current, mode, &mut |_| true, &());
        let Err(SchemaError::Invalid(errors)) = refused else { panic!("the invariant refuses everything") };
        prop_assert_eq!(errors.len(), wrong + 2);
        prop_assert_eq!(seen.lock().unwrap().take(), Some(expected));
    }
}

/// One operation as a request, and the list after it; `None` where it has to be refused.
fn list_model(op: usize, n: i64, many: &[i64], model: &[i64]) -> (Value, Option<Vec<i64>>) {
    let mut next = model.to_vec();
    let length = model.len() as i64;
    let position = if n < 0 { n + length } else { n };
    let position = (0..length).contains(&position).then_some(position as usize);
    let request = |name: &str, value: Value| json!({"op": name, "value": value});
    match op {
        0 => {
            next.push(n);
            (request("append", json!(n)), Some(next))
        }
        1 => {
            if !next.contains(&n) {
                next.push(n);
            }
            (request("appendunique", json!(n)), Some(next))
        }
        2 => {
            next.extend(many);
            (request("extend", json!(many)), Some(next))
        }
        3 => {
            for item in many {
                if !next.contains(item) {
                    next.push(*item);
                }
            }
            (request("extendunique", json!(many)), Some(next))
        }
        4 => (request("del", json!(n)), position.map(|at| [&model[..at], &model[at + 1..]].concat())),
        5 => {
            let at = model.iter().position(|item| *item == n);
            (request("remove", json!(n)), at.map(|at| [&model[..at], &model[at + 1..]].concat()))
        }
        6 => {
            let updated = position.map(|at| {
                next[at] = 42;
                next
            });
            (request("update", json!({"index": n, "value": 42})), updated)
        }
        _ => (request("clear", Value::Null), Some(Vec::new())),
    }
}
