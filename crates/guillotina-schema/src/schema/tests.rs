use serde_json::json;

use super::*;
use crate::{Index, IndexType, Kind};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn ordered(values: &Map<String, Value>) -> Result<(), Invalid> {
    let start = values.get("start").and_then(Value::as_i64);
    let end = values.get("end").and_then(Value::as_i64);
    if start > end { Err(Invalid::new("the end comes before the start").field("end")) } else { Ok(()) }
}

fn event() -> Schema {
    Schema::new("app.content.IEvent")
        .field(Field::new("title", Kind::text_line()).required(true).max_length(10))
        .field(Field::new("start", Kind::int()).write_permission("app.Plan"))
        .field(Field::new("end", Kind::int()))
        .field(Field::new("tags", Kind::list(Kind::text_line())).patch(None))
        .field(Field::new("state", Kind::text_line()).missing_value("new"))
        .field(Field::new("room", Kind::text_line()).required(true).default("hall"))
        .field(Field::new("owner", Kind::text_line()).readonly(true))
        .invariant("app.content.ordered", ordered)
}

fn run(data: Value, current: Value, mode: Mode) -> Result<Changes, SchemaError> {
    event().deserialize(&map(data), &map(current), mode, &mut |_| true, &())
}

fn messages(result: Result<Changes, SchemaError>) -> Value {
    match result {
        Err(SchemaError::Invalid(errors)) => errors.iter().map(FieldError::to_json).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r013_creation_asks_for_required_fields_and_fills_in_missing_values() {
    let changes = run(json!({"title": 5}), json!({}), Mode::Create).unwrap();
    assert_eq!(json!(changes.set), json!({"title": "5", "state": "new"}));
    let errors = messages(run(json!({"tags": 1}), json!({}), Mode::Create));
    let missing = json!({"message": "Required parameter", "field": "title"});
    let tags = json!({"message": "Expected array but found integer.", "field": "tags", "value": 1});
    assert_eq!(errors, json!([missing, tags]));
    assert!(run(json!({}), json!({"title": "there"}), Mode::Create).is_ok());
}

#[test]
fn r013_updates_touch_only_what_is_named() {
    assert!(run(json!({}), json!({}), Mode::Update).unwrap().is_empty());
    let changes = run(json!({"end": 5, "unknown": 1, "owner": "me"}), json!({}), Mode::Update).unwrap();
    assert_eq!(json!(changes.set), json!({"end": 5}));
    assert_eq!(
        messages(run(json!({"title": null}), json!({}), Mode::Update)),
        json!([{"message": "Required input is missing.", "field": "title"}])
    );
}

#[test]
fn r013_all_errors_are_collected_and_invariants_run_last() {
    let data = json!({"title": "far too long a title", "end": "x", "start": 9});
    let errors = messages(run(data, json!({"end": 1}), Mode::Update));
    assert_eq!(
        errors,
        json!([
            {"message": "Value is too long", "field": "title", "value": "far too long a title"},
            {"message": "Expected integer but found string.", "field": "end", "value": "x"},
            {"message": "the end comes before the start", "field": "end"},
        ])
    );
}

#[test]
fn d010_invariants_see_the_values_the_object_would_have() {
    assert!(run(json!({"start": 3}), json!({"end": 4}), Mode::Update).is_ok());
    assert!(run(json!({"start": 5}), json!({"end": 4}), Mode::Update).is_err());
    assert!(run(json!({"start": 5, "end": 6}), json!({"end": 4}), Mode::Update).is_ok());
}

#[test]
fn d010_bases_bring_their_fields_and_invariants() {
    let special = Schema::new("app.content.ISpecial")
        .field(Field::new("title", Kind::text()))
        .field(Field::new("price", Kind::decimal()))
        .base(&event());
    let names: Vec<_> = special.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["start", "end", "tags", "state", "room", "owner", "title", "price"]);
    assert!(!special.get("title").unwrap().required);
    assert_eq!(special.base(&event()).invariants.len(), 1);
}

#[test]
fn d011_a_field_without_its_permission_stops_everything() {
    let mut asked = Vec::new();
    let mut can_write = |field: &Field| {
        asked.push(field.name.to_string());
        field.write_permission.is_none()
    };
    let data = map(json!({"title": {}, "start": 1, "owner": "me"}));
    let result = event().deserialize(&data, &Map::new(), Mode::Update, &mut can_write, &());
    assert_eq!(result, Err(SchemaError::Unauthorized("start".into())));
    assert_eq!(asked, ["title", "start"]);
}

#[test]
fn replacing_starts_from_nothing_and_asks_for_nothing() {
    let current = json!({"title": "a", "tags": ["x"], "owner": "me", "start": 3, "other": 1});
    let data = json!({"tags": {"op": "append", "value": "y"}, "end": 1});
    let changes = run(data, current.clone(), Mode::Replace).unwrap();
    assert_eq!(changes.unset, ["title", "start", "owner"]);
    let mut values = map(current);
    changes.apply(&mut values);
    assert_eq!(json!(values), json!({"tags": ["y"], "other": 1, "end": 1}));
}

#[test]
fn zz08_a_behaviour_section_has_to_be_an_object() {
    let schema = Schema::new("app.IRated");
    assert!(schema.section(&map(json!({}))).unwrap().is_none());
    assert!(schema.section(&map(json!({"app.IRated": null}))).unwrap().unwrap().is_empty());
    assert_eq!(schema.section(&map(json!({"app.IRated": {"a": 1}}))).unwrap().unwrap().len(), 1);
    let error = schema.section(&map(json!({"app.IRated": [1]}))).unwrap_err();
    assert_eq!(error.to_json(), json!({"message": "Not an object", "field": "app.IRated"}));
}

#[test]
fn d009_defaults_come_from_the_factory_first() {
    let schema = Schema::new("app.I")
        .field(Field::new("a", Kind::int()).default(1))
        .field(Field::new("b", Kind::int()).default(1).default_factory(|| json!(2)))
        .field(Field::new("c", Kind::int()));
    assert_eq!(json!(schema.defaults()), json!({"a": 1, "b": 2}));
}

#[test]
fn declarations_are_checked() {
    let schema = Schema::new("app.IBad")
        .field(Field::new("a", Kind::int()).max_length(3).min("x").default("five"))
        .field(Field::new("b", Kind::dict(Kind::int(), Kind::list(Field::new("", Kind::bool()).mask_len(2)))))
        .field(Field::new("c", Kind::json(json!({"type": "nonsense"}))))
        .field(Field::new("d", Kind::vocabulary("languages")).default("en"));
    let problems = schema.problems();
    assert_eq!(problems.len(), 6, "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.starts_with("app.IBad.")), "{problems:#?}");
    assert!(event().problems().is_empty());
}

#[test]
fn r020_a_type_with_behaviours_is_a_draft_04_schema() {
    let behaviour = Schema::new("app.IRated").field(Field::new("stars", Kind::int()));
    let behaviours = [crate::BehaviorInfo { title: Some("Rated"), description: None, ..(&behaviour).into() }];
    assert_eq!(
        crate::type_json_schema("Event", &Schema { fields: event().fields[..1].to_vec(), ..event() }, &behaviours),
        json!({
            "title": "Event",
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["title"],
            "properties": {
                "title": {"type": "string", "widget": "input", "max_length": 10},
                "app.IRated": [{"$ref": "#/components/schemas/app.IRated"}],
            },
            "definitions": {"app.IRated": {
                "type": "object",
                "properties": {"stars": {"type": "integer"}},
                "required": [],
                "invariants": [],
                "title": "Rated",
                "description": null,
            }},
            "invariants": ["app.content.ordered"],
        })
    );
    assert_eq!(
        behaviour.json_schema(),
        json!({"type": "object", "properties": {"stars": {"type": "integer"}}, "required": [], "invariants": []})
    );
}

#[test]
fn d009_defaults_of_an_object_are_made_where_there_is_one() {
    struct Of(i64);
    impl Context for Of {
        fn vocabulary(&self, _name: &str) -> Option<Vec<crate::VocabularyTerm>> {
            None
        }
        fn object(&self) -> Option<&dyn std::any::Any> {
            Some(&self.0)
        }
    }
    let double = |object: &dyn std::any::Any| Some(Ok(json!(object.downcast_ref::<i64>()? * 2)));
    let field = || Field::new("a", Kind::int()).max(10).default_factory(crate::DefaultFactory::of_object(double));
    assert_eq!((field().default_value(), field().default_in(&()).unwrap()), (None, None));
    assert_eq!(field().default_in(&Of(4)).unwrap(), Some(json!(8)));
    assert_eq!(field().default_in(&Of(6)).unwrap_err().message, "Value is too big");
    assert!(field().json_schema().get("default").is_none(), "a schema is of no object");
    let schema = Schema::new("app.I").field(field().required(true));
    let create = |cx: &dyn Context| schema.deserialize(&Map::new(), &Map::new(), Mode::Create, &mut |_| true, cx);
    assert!(create(&Of(1)).is_ok() && create(&()).is_err());
}

#[test]
fn d009_a_factory_is_checked_like_a_default() {
    let schema = Schema::new("app.I")
        .field(Field::new("a", Kind::int()).default_factory(|| json!("five")))
        .field(Field::new("b", Kind::int()).default_of(&std::collections::BTreeMap::from([((1, 2), 3)])))
        .field(Field::new("c", Kind::dotted_name()).min_dots(3).max_dots(2))
        .field(Field::new("d", Kind::int()).index(Index::new(IndexType::Int)).index(Index::new(IndexType::Long)));
    let problems = schema.problems();
    assert_eq!(problems.len(), 4, "{problems:#?}");
    assert!(problems[0].contains("the default is not a value of the field"), "{problems:#?}");
    assert!(problems[1].contains("`default` has no JSON form (key must be a string)"), "{problems:#?}");
    assert!(problems[2].contains("make `max_dots` larger"), "{problems:#?}");
    assert!(problems[3].contains("two indexes have the name `d`"), "{problems:#?}");
}

#[test]
fn d001_what_is_said_of_a_mask_and_of_dots_is_served() {
    let masked = Field::new("a", Kind::mask_text_line());
    assert_eq!(masked.json_schema(), json!({"type": "string", "widget": "input"}));
    let masked = masked.unmask_len(2).mask_len(0);
    assert_eq!(masked.json_schema(), json!({"type": "string", "widget": "input", "unmask_len": 2, "mask_len": 0}));
    assert_eq!(masked.serialize(&json!("secret")), json!("se"));
    let name = Field::new("b", Kind::dotted_name()).min_dots(1).max_dots(2);
    assert_eq!(name.json_schema(), json!({"type": "string", "widget": "input", "min_dots": 1, "max_dots": 2}));
}

#[test]
fn d010_invariants_of_a_structure_are_checked_with_its_members() {
    let field = Field::new("when", Kind::object(event()));
    let error = field
        .deserialize(&json!({"title": "a", "room": "b", "state": "c", "tags": [], "start": 2, "end": 1}), None, &())
        .unwrap_err();
    assert_eq!(error.errors[0].to_json(), json!({"message": "the end comes before the start", "field": "end"}));
    assert!(
        field
            .deserialize(&json!({"title": "a", "room": "b", "state": "c", "tags": [], "start": 1, "end": 1}), None, &())
            .is_ok()
    );
}
