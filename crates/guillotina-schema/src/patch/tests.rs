use serde_json::json;

use super::*;

fn run(field: &Field, op: Value, current: Value) -> Result<Value, Value> {
    field.deserialize(&op, Some(&current), &()).map_err(|error| error.to_json())
}

fn refused(message: &str) -> Result<Value, Value> {
    Err(json!({"message": message, "field": "f"}))
}

fn tags() -> Field {
    Field::new("f", Kind::tuple(Kind::text_line())).patch(Some(3))
}

#[test]
fn zz07_update_without_an_item_to_update_is_refused() {
    let update = |index: Value| json!({"op": "update", "value": {"index": index, "value": "z"}});
    for (index, current) in [
        (json!(0), json!(null)),
        (json!(0), json!([])),
        (json!(2), json!(["a", "b"])),
        (json!(-3), json!(["a", "b"])),
        (json!("0"), json!(["a", "b"])),
        (json!(null), json!(["a", "b"])),
        (json!(i64::MIN), json!(["a", "b"])),
    ] {
        assert_eq!(run(&tags(), update(index), current), refused("Not valid index value"));
    }
    assert_eq!(run(&tags(), update(json!(-1)), json!(["a", "b"])), Ok(json!(["a", "z"])));
}

#[test]
fn d012_what_crashes_guillotina_is_refused() {
    let no_value = json!({"op": "update", "value": 5});
    assert_eq!(run(&tags(), no_value, json!(["a"])), refused("Not valid patch value"));
    for current in [json!(null), json!([])] {
        let del = json!({"op": "del", "value": 0});
        assert_eq!(run(&tags(), del, current.clone()), refused("Not valid index value"));
        let remove = json!({"op": "remove", "value": {"k": 1}});
        assert_eq!(run(&tags(), remove, current), refused("{\"k\":1} not in value"));
    }
    let set = Field::new("f", Kind::set(Kind::int())).patch(None);
    let append = json!({"op": "append", "value": 1});
    assert_eq!(run(&set, append, json!([])), refused("\"append\" not a valid operation"));
}

#[test]
fn d012_items_of_an_operation_are_converted_and_validated() {
    let append = |value: Value| run(&tags(), json!({"op": "append", "value": value}), json!(["a"]));
    assert_eq!(append(json!(5)), Ok(json!(["a", "5"])));
    let error = json!({"message": "Constraint not satisfied", "field": "f", "value": "x\ny"});
    assert_eq!(append(json!("x\ny")), Err(error));
    let unique = json!({"op": "extendunique", "value": ["b", "a", "b"]});
    assert_eq!(run(&tags(), unique, json!(["a"])), Ok(json!(["a", "b"])));
    let long = tags().max_length(2);
    let extend = json!({"op": "extend", "value": ["b", "c"]});
    let error = run(&long, extend, json!(["a"])).unwrap_err();
    assert_eq!(error["message"], "Value is too long");
}

#[test]
fn d013_dictionary_keys_are_checked() {
    let field = Field::new("f", Kind::dict(Kind::text_line(), Kind::int())).patch(Some(1));
    let assign = |key: Value| run(&field, json!({"op": "assign", "value": {"key": key, "value": 1}}), json!({}));
    assert_eq!(assign(json!("a")), Ok(json!({"a": 1})));
    assert_eq!(assign(json!("a\n")).unwrap_err()["message"], "Constraint not satisfied");
    assert_eq!(assign(json!(["x"])).unwrap_err()["message"], "Expected string but found array.");
    let update = json!({"op": "update", "value": [1]});
    assert_eq!(run(&field, update, json!({})), refused("Not valid patch value"));
}

#[test]
fn d013_a_value_of_a_dictionary_takes_operations_of_its_own() {
    let inner = Field::from(Kind::list(Kind::int())).patch(None);
    let field = Field::new("f", Kind::dict(Kind::text_line(), inner)).patch(None);
    let op = json!({"op": "assign", "value": {"key": "a", "value": {"op": "append", "value": 2}}});
    assert_eq!(run(&field, op, json!({"a": [1]})), Ok(json!({"a": [1, 2]})));
}

#[test]
fn d014_integers_do_not_overflow() {
    let field = Field::new("f", Kind::int()).patch(None);
    let op = |name: &str, value: Value, now: i64| run(&field, json!({"op": name, "value": value}), json!(now));
    assert_eq!(op("inc", json!(null), 1), Ok(json!(2)));
    assert_eq!(op("reset", json!(null), 9), Ok(json!(0)));
    assert_eq!(op("inc", json!(null), i64::MAX).unwrap_err()["message"], "Value is too big");
    assert_eq!(op("dec", json!(null), i64::MIN).unwrap_err()["message"], "Value is too small");
    assert_eq!(op("dec", json!(i64::MIN), 0).unwrap_err()["message"], "Value is too big");
    assert_eq!(op("inc", json!(u64::MAX), 0).unwrap_err()["message"], "Value is too big");
}

#[test]
fn d015_d016_free_json_takes_the_operations_of_what_is_there() {
    let field = Field::new("f", Kind::any_json()).patch(None);
    let append = json!({"op": "append", "value": {"a": 1}});
    assert_eq!(run(&field, append.clone(), json!([])), Ok(json!([{"a": 1}])));
    assert_eq!(run(&field, append.clone(), json!(null)), Ok(json!([{"a": 1}])));
    assert_eq!(run(&field, append.clone(), json!({})), refused("\"append\" not a valid operation"));
    assert_eq!(run(&field, append, json!(5)), refused("\"append\" not a valid operation"));
    let assign = json!({"op": "assign", "value": {"key": "k", "value": [1]}});
    assert_eq!(run(&field, assign.clone(), json!(null)), Ok(json!({"k": [1]})));
    assert_eq!(run(&field, assign, json!([])), refused("Not valid index value"));
}

#[test]
fn d017_several_operations_see_each_other() {
    let ops = json!({"op": "multi", "value": [
        {"op": "append", "value": "b"},
        {"op": "del", "value": 0},
        {"op": "multi", "value": [{"op": "update", "value": {"index": 0, "value": "c"}}]},
    ]});
    assert_eq!(run(&tags(), ops, json!(["a"])), Ok(json!(["c"])));
    let too_many = json!({"op": "multi", "value": [{}, {}, {}, {}]});
    assert_eq!(run(&tags(), too_many, json!([])), refused("Exceeded max allowed operations for field: 3"));
    for bad in [json!(null), json!({"a": 1}), json!("x")] {
        let multi = json!({"op": "multi", "value": bad});
        let message = "Invalid type patch data, must be list of updates";
        assert_eq!(run(&tags(), multi, json!([])), refused(message));
    }
    let nested = json!({"op": "multi", "value": [{"k": 1}]});
    assert_eq!(run(&tags(), nested, json!([])), refused("{\"k\":1} not a valid operation"));
}
