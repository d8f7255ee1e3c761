use serde_json::json;

use super::*;
use crate::VocabularyTerm;

fn accepts(field: &Field, value: Value) -> bool {
    field.deserialize(&value, None, &()).is_ok()
}

#[test]
fn d001_uris_ids_and_dotted_names() {
    let uri = Field::new("f", Kind::uri());
    for good in ["http://x", "a:b", "urn:isbn:1", "x+y.z-1:", "_:x"] {
        assert!(accepts(&uri, json!(good)), "{good}");
    }
    for bad in ["", "x", ":x", "a b:c", "a:b c", "a:\n", "é:x"] {
        assert!(!accepts(&uri, json!(bad)), "{bad}");
    }
    let name = Field::new("f", Kind::dotted_name()).min_dots(1).max_dots(2);
    for (text, expected) in [
        ("a.b", true),
        ("a.b_1.c", true),
        ("a", false),
        ("a.b.c.d", false),
        ("a..b", false),
        (".a", false),
        ("a.1", false),
    ] {
        assert_eq!(accepts(&name, json!(text)), expected, "{text}");
    }
    let id = Field::new("f", Kind::id());
    assert!(accepts(&id, json!("a.b")) && accepts(&id, json!("a:b")) && !accepts(&id, json!("ab")));
}

#[test]
fn lengths_count_characters_of_text_and_bytes_of_bytes() {
    assert!(accepts(&Field::new("f", Kind::text()).max_length(2), json!("éé")));
    assert!(!accepts(&Field::new("f", Kind::bytes()).max_length(2), json!("éé")));
}

#[test]
fn d002_bounds_of_every_ordered_kind() {
    let cases = [
        (Field::new("f", Kind::int()).min(1).max(2), json!(0), json!(1), json!(3)),
        (Field::new("f", Kind::float()).min(0.5).max(1), json!(0.4), json!(1), json!(1.1)),
        (Field::new("f", Kind::decimal()).min("0.5").max(1), json!("0.49"), json!("1.0"), json!("1.01")),
        (Field::new("f", Kind::timedelta()).min(1).max(60), json!(0.5), json!(60), json!(61)),
        (Field::new("f", Kind::time()).min("08:00").max("10:00"), json!("7:59"), json!("10"), json!("10:01")),
        (
            Field::new("f", Kind::date()).min("2020-01-02").max("2020-01-03"),
            json!("2020-01-01"),
            json!("2020-01-03"),
            json!("2020-01-04"),
        ),
        (
            Field::new("f", Kind::datetime()).min("2020-01-02T00:00:00Z").max("2020-01-03"),
            json!("2020-01-02T00:30:00+01:00"),
            json!("2020-01-03T01:00:00+01:00"),
            json!("2020-01-04"),
        ),
    ];
    for (field, low, inside, high) in cases {
        assert!(field.problems().is_empty(), "{field:?}");
        let message = |value: Value| field.deserialize(&value, None, &()).unwrap_err().message;
        assert_eq!(message(low), "Value is too small");
        assert!(accepts(&field, inside));
        assert_eq!(message(high), "Value is too big");
        assert!(field.json_schema().get("max").is_some());
    }
}

#[test]
fn d003_sets_drop_duplicates_and_keep_the_order() {
    let field = Field::new("f", Kind::set(Kind::text_line()));
    let stored = field.deserialize(&json!(["b", 1, "a", "b", "1"]), None, &()).unwrap();
    assert_eq!(stored, json!(["b", "1", "a"]));
}

#[test]
fn naive_items_are_converted_but_not_validated() {
    let field = Field::new("f", Kind::list(Kind::text_line())).naive(true);
    assert_eq!(field.deserialize(&json!(["a\nb", 5]), None, &()), Ok(json!(["a\nb", "5"])));
    assert!(!accepts(&field, json!([{}])));
}

#[test]
fn errors_inside_collections_say_where() {
    let field = Field::new("f", Kind::dict(Kind::text(), Kind::list(Field::from(Kind::int()).max(5))));
    let error = field.deserialize(&json!({"k": [1, 9]}), None, &()).unwrap_err();
    let inner = json!({"message": "Value is too big", "field": "f[k][1]", "value": 9});
    let middle = json!({"message": "Wrong contained type", "field": "f[k]", "value": "[1,9]", "errors": [inner]});
    let outer = json!({"message": "Wrong contained type", "field": "f", "value": "{\"k\":[1,9]}", "errors": [middle]});
    assert_eq!(error.to_json(), outer);
}

struct Languages;

impl Context for Languages {
    fn vocabulary(&self, name: &str) -> Option<Vec<VocabularyTerm>> {
        (name == "languages").then(|| vec![(json!("ca"), "Català".to_owned())])
    }
}

#[test]
fn d004_choices_come_from_values_vocabularies_and_sources() {
    let field = Field::new("f", Kind::vocabulary("languages"));
    assert!(field.deserialize(&json!("ca"), None, &Languages).is_ok());
    let message = |result: Result<Value, FieldError>| result.unwrap_err().message;
    assert_eq!(message(field.deserialize(&json!("xx"), None, &Languages)), "Constraint not satisfied");
    assert_eq!(message(field.deserialize(&json!("ca"), None, &())), "Value error");
    assert_eq!(field.json_schema()["vocabularyName"], "languages");
    let field = Field::new("f", Kind::source(|| vec![json!(1), json!({"a": 1})]));
    assert!(accepts(&field, json!({"a": 1})) && !accepts(&field, json!(2)));
}

#[test]
fn d009_constraints_and_missing_values() {
    let even = Field::new("f", Kind::int()).constraint(|value| value.as_i64().is_some_and(|n| n % 2 == 0));
    assert!(accepts(&even, json!(4)) && !accepts(&even, json!(5)));
    let field = Field::new("f", Kind::text()).missing_value("").required(true);
    let error = field.deserialize(&json!(""), None, &()).unwrap_err();
    assert_eq!(error.to_json(), json!({"message": "Required input is missing.", "field": "f"}));
    assert!(!accepts(&field, json!(null)) && accepts(&field, json!("x")));
}

#[test]
fn d001_secrets_are_not_served() {
    let masked = Field::new("f", Kind::list(Field::from(Kind::mask_text_line()).unmask_len(2)));
    assert_eq!(masked.serialize(&json!(["héllo", "hé"])), json!(["hé******", "hé"]));
    let password = Field::new("f", Kind::union([Kind::password()]));
    assert_eq!(password.serialize(&json!("secret")), json!(null));
    assert_eq!(password.serialize(&json!("no\nlonger valid")), json!(null));
    let short = Field::new("f", Kind::password()).min_length(8);
    assert_eq!(short.deserialize(&json!("secret"), None, &()).unwrap_err().value, None);
}

#[test]
fn r016_files_have_one_of_two_shapes() {
    let field = Field::new("f", Kind::file());
    for good in [
        json!("data:text/plain;base64,aGk="),
        json!({"data": "aGk=", "filename": "a"}),
        json!({"filename": "a"}),
        json!({}),
    ] {
        assert!(accepts(&field, good.clone()), "{good}");
    }
    for bad in
        [json!("x"), json!("data:text/plain,hi"), json!({"data": "*"}), json!({"filename": 1}), json!([1]), json!(5)]
    {
        assert!(!accepts(&field, bad.clone()), "{bad}");
    }
    assert_eq!(field.json_schema(), json!({"type": "object", "widget": "file"}));
}

#[test]
fn a_json_schema_that_is_wrong_accepts_nothing() {
    let field = Field::new("f", Kind::json(json!({"type": "nonsense"})));
    assert!(!accepts(&field, json!({})));
    let remote = Field::new("f", Kind::json(json!({"$ref": "http://127.0.0.1:1/schema"})));
    assert!(!accepts(&remote, json!({})) && !remote.problems().is_empty());
}
