//! What Guillotina 7.1.5 answers, field by field (D-001…D-017, E-021, R-014, R-019).
//!
//! `data/reference.jsonl` was recorded from it: one conversion or one JSON schema a line. Python's
//! type names are recorded as JSON type names (E-021), and naive datetimes with the offset of UTC.
//! Where this crate differs on purpose, [`deliberate`] says so, with the reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use guillotina_schema::{Field, Kind, Schema};
use serde_json::{Value, json};

fn sub_schema() -> Arc<Schema> {
    let schema = Schema::new("test.ISub")
        .field(Field::new("street", Kind::text_line()).required(true))
        .field(Field::new("number", Kind::int()));
    Arc::new(schema)
}

fn patched(kind: Kind) -> Field {
    Field::new("", kind).patch(None)
}

fn text_fields() -> Vec<Field> {
    vec![
        Field::new("text", Kind::text()).title("T").description("d"),
        Field::new("line", Kind::text_line()).min_length(1).max_length(3),
        Field::new("src", Kind::source_text()),
        Field::new("ascii", Kind::ascii()),
        Field::new("asciiline", Kind::ascii_line()),
        Field::new("bytes", Kind::bytes()),
        Field::new("pw", Kind::password()),
        Field::new("mask", Kind::mask_text_line()).unmask_len(2).mask_len(3),
        Field::new("uri", Kind::uri()),
        Field::new("id", Kind::id()),
        Field::new("dn", Kind::dotted_name()).min_dots(1).max_dots(2),
        Field::new("choice", Kind::choice(["a", "b"])),
        Field::new("mv", Kind::text_line()).missing_value("none"),
        Field::new("opt", Kind::text_line()),
        Field::new("deftext", Kind::text_line()).default("hello"),
        Field::new("extra", Kind::text_line()).readonly(true).widget("special").extra_value("foo", 1),
    ]
}

fn scalar_fields() -> Vec<Field> {
    vec![
        Field::new("bool", Kind::bool()),
        Field::new("booldef", Kind::bool()).default(false),
        Field::new("int", Kind::int()).min(1).max(10),
        Field::new("intdef", Kind::int()).default(5),
        Field::new("float", Kind::float()),
        Field::new("dec", Kind::decimal()),
        Field::new("dt", Kind::datetime()),
        Field::new("date", Kind::date()),
        Field::new("time", Kind::time()),
        Field::new("td", Kind::timedelta()),
        Field::new("json", Kind::json_object()),
        Field::new("jsona", Kind::json(json!({"type": "array", "items": {"type": "integer"}}))),
        Field::new("union", Kind::union([Kind::int(), Kind::text_line()])),
        Field::new("unionobj", Kind::union([Kind::object(sub_schema()), Kind::datetime()])),
    ]
}

fn collection_fields() -> Vec<Field> {
    let line = Kind::text_line;
    vec![
        Field::new("list", Kind::list(Field::new("", line()).title("x"))),
        Field::new("tup", Kind::tuple(Kind::int())),
        Field::new("set", Kind::set(Kind::int())),
        Field::new("fset", Kind::frozen_set(line())),
        Field::new("ulist", Kind::list(Kind::int())).unique(true).max_length(3),
        Field::new("listbool", Kind::list(Kind::bool())),
        Field::new("listdt", Kind::list(Kind::datetime())),
        Field::new("dict", Kind::dict(line(), Kind::int())),
        Field::new("odict", Kind::ordered_dict(line(), Field::new("", line()).max_length(2))),
        Field::new("dictint", Kind::dict(Kind::int(), Kind::int())),
        Field::new("obj", Kind::object(sub_schema())),
        Field::new("listobj", Kind::list(Kind::object(sub_schema()))),
        Field::new("dictlist", Kind::dict(line(), Kind::list(Kind::int()))),
    ]
}

fn patch_fields() -> Vec<Field> {
    let line = Kind::text_line;
    let array = json!({"type": "array", "items": {"type": "integer"}});
    vec![
        Field::new("plist", Kind::list(Kind::int())).max_length(5).patch(Some(2)),
        Field::new("ptup", Kind::tuple(line())).patch(None),
        Field::new("pdict", Kind::dict(line(), Kind::int())).patch(Some(2)),
        Field::new("pint", Kind::int()).default(22).max(100).patch(None),
        Field::new("pj", Kind::json(array)).patch(Some(2)),
        Field::new("pjo", Kind::json(json!({"type": "object"}))).patch(None),
        Field::new("pdl", Kind::dict(line(), patched(Kind::list(Kind::int())))).patch(None),
    ]
}

fn fields() -> Vec<Field> {
    [text_fields(), scalar_fields(), collection_fields(), patch_fields()].concat()
}

/// Why the answer to a case differs from Guillotina's on purpose.
fn deliberate(name: &str, case: &Value) -> Option<&'static str> {
    let raw = &case["raw"];
    let scalar_in_list = raw.as_array().is_some_and(|items| items.contains(&Value::Null));
    Some(match name {
        "odict" => "an ordered dictionary accepts objects; Guillotina's accepts none from JSON",
        "int" | "union" if raw.is_boolean() => "true as an integer is 1",
        "pint" if raw.is_boolean() => "true is no integer of its own",
        "dictlist" | "pdl" if raw.get("a") == Some(&Value::Null) => "null is no item",

        "mv" if raw.is_null() => "null stands for the missing value",
        "pw" => "an error doesn't repeat a secret",
        "bytes" => "bytes are text in JSON; Guillotina reads a number as that many zeros and fails on text",
        "dec" => "decimals keep the digits that were written, not those of the nearest binary number",
        "td" if raw.is_number() => "durations are read as the seconds they are served as",
        "time" => "times are stored in one form, and numbers of hours need no blanks around them",
        "dn" => "the message of a wrong number of dots names a Python type",
        "dt" | "unionobj" if raw.is_string() => "a date has to be complete: today never fills the gaps",
        "dict" | "listbool" | "listdt" if scalar_in_list => "null is no item",
        "plist" if raw["op"] == "append" && raw.get("value").is_none_or(Value::is_null) => "null is no item",
        "plist" if raw["op"] == "multi" && raw["value"] == json!([]) => "no operations change nothing",
        "plist" if raw.get("op").is_some_and(|op| !op.is_string()) => "the message names the operation",
        "pj" if raw["op"] == "assign" && case["current"].is_null() => "an index into no array is refused as such",
        "pjo" if raw["value"]["key"].is_number() => "keys in JSON are text",
        _ => return None,
    })
}

/// Drops what the two word differently: messages of JSON schemas, and fields that only ours name.
fn comparable(error: &Value, other: &Value) -> Value {
    let mut error = error.clone();
    if other["message"] == "*" {
        return json!({"message": "*"});
    }
    let Some(members) = error.as_object_mut() else {
        return error;
    };
    if other.get("field").is_none() {
        members.shift_remove("field");
    }
    if let (Some(Value::Array(ours)), Some(Value::Array(theirs))) = (members.get_mut("errors"), other.get("errors")) {
        for (ours, theirs) in ours.iter_mut().zip(theirs) {
            *ours = comparable(ours, theirs);
        }
    }
    error
}

fn check(field: &Field, case: &Value) -> Result<(), String> {
    let ours = field.deserialize(&case["raw"], case.get("current"), &());
    match (ours, case.get("ok"), case.get("error")) {
        // Where Guillotina crashes there is nothing to agree with; an answer is enough.
        (_, None, None) => Ok(()),
        (Ok(ours), Some(theirs), _) if &ours == theirs => Ok(()),
        (Err(ours), _, Some(theirs)) if &comparable(&ours.to_json(), theirs) == theirs => Ok(()),
        (ours, _, _) => Err(format!("{case}\n  ours: {:?}", ours.map_err(|error| error.to_json().to_string()))),
    }
}

#[test]
fn every_recorded_answer_is_ours_or_differs_for_a_reason() {
    let fields = fields();
    let mut wrong = Vec::new();
    let mut reasons = BTreeSet::new();
    let mut count = 0;
    for line in include_str!("data/reference.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(name) = case["field"].as_str() else {
            continue;
        };
        let field = fields.iter().find(|field| field.name == name).unwrap();
        count += 1;
        if let Err(difference) = check(field, &case) {
            match deliberate(name, &case) {
                Some(reason) => drop(reasons.insert(reason)),
                None => wrong.push(difference),
            }
        }
    }
    assert!(count > 1_000, "{count}");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(reasons.len(), 16, "a reason that no longer applies has to go: {reasons:#?}");
}

#[test]
fn r019_json_schemas_are_the_recorded_ones() {
    let fields = fields();
    let mut count = 0;
    for line in include_str!("data/reference.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(name) = case["schema"].as_str() else {
            continue;
        };
        let field = fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(field.json_schema(), case["is"], "{name}");
        count += 1;
    }
    assert_eq!(count, fields.len());
}
