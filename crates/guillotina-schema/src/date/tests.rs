use super::*;

#[test]
fn r014_the_usual_forms_are_read() {
    let midnight = "2020-01-02T00:00:00+00:00";
    let cases = [
        ("2020-01-02", midnight),
        (" 2020-1-2 ", midnight),
        ("20200102", midnight),
        ("2020/01/02", midnight),
        ("01/02/2020", midnight),
        ("Jan 2 2020", midnight),
        ("2 January 2020", midnight),
        ("13/02/2020", "2020-02-13T00:00:00+00:00"),
        ("2020-01-02T03", "2020-01-02T03:00:00+00:00"),
        ("2020-01-02 3:4", "2020-01-02T03:04:00+00:00"),
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05+00:00"),
        ("2020-01-02t03:04:05z", "2020-01-02T03:04:05+00:00"),
        ("2020-01-02T03:04:05.5", "2020-01-02T03:04:05.500000+00:00"),
        ("2020-01-02T03:04:05,123456", "2020-01-02T03:04:05.123456+00:00"),
        ("2020-01-02T03:04:05.1234567Z", "2020-01-02T03:04:05.123456+00:00"),
        ("2020-01-02T03:04:05.000000Z", "2020-01-02T03:04:05+00:00"),
        ("20200102T030405Z", "2020-01-02T03:04:05+00:00"),
        ("2020-01-02T03:04:05+0200", "2020-01-02T03:04:05+02:00"),
        ("2020-01-02T03:04:05+02", "2020-01-02T03:04:05+02:00"),
        ("2020-01-02T03:04:05 -02:30", "2020-01-02T03:04:05-02:30"),
        ("2020-01-02T03:04:05-00:00", "2020-01-02T03:04:05+00:00"),
        ("2020-01-02T03:04:05 UTC", "2020-01-02T03:04:05+00:00"),
        ("2 January 2020 10:20 PM", "2020-01-02T22:20:00+00:00"),
        ("2 January 2020 12:20am", "2020-01-02T00:20:00+00:00"),
        ("Thu, 02 Jan 2020 03:04:05 GMT", "2020-01-02T03:04:05+00:00"),
        ("Thu Jan  2 03:04:05 2020", "2020-01-02T03:04:05+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
        ("2026-11-22T16:25:13.488677+00:00", "2026-11-22T16:25:13.488677+00:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(canonical_datetime(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn r014_what_is_no_complete_date_is_refused() {
    let cases = [
        "",
        " ",
        "x",
        "today",
        "2020",
        "2020-01",
        "10:20",
        "2020-W01-2",
        "2020-002",
        "2020-13-01",
        "2020-02-30",
        "2020-01-02T24:00:00",
        "2020-01-02T25:00",
        "2020-01-02T03:04:60Z",
        "10000-01-01",
        "1577934245",
        "T",
        "-",
        "2020-01-02 2020-01-03",
        "2020-01-02T03:04:05+99",
        "2020-01-02 +02:00",
        "Jan Jan 2 2020",
        "2 3 Jan 2020",
        "٢٠٢٠-01-02",
        "0000-01-01",
        "13:00 pm 2 Jan 2020",
        "2020-01-02T",
        "1/2",
        "1/2/3/4",
    ];
    for text in cases {
        assert_eq!(canonical_datetime(text), None, "{text}");
    }
    assert_eq!(canonical_datetime(&"2".repeat(1_000_000)), None);
}

#[test]
fn r010_moments_are_written_as_guillotina_writes_them() {
    let now = now();
    assert_eq!(canonical_datetime(&now).as_deref(), Some(now.as_str()));
    assert!(now.ends_with("+00:00"));
    let moment = parse_datetime("2020-01-02T03:04:05+02:00").unwrap();
    assert_eq!(isoformat(moment), "2020-01-02T01:04:05+00:00");
}

#[test]
fn never_is_a_date_unless_a_timestamp_has_to_hold_it() {
    use crate::{Field, FieldType, Kind};
    let never = serde_json::json!("9999-12-31T23:59:59Z");
    assert!(Field::new("f", Kind::datetime()).deserialize(&never, None, &()).is_ok());
    let typed = Field::new("f", Timestamp::kind());
    assert_eq!(typed.deserialize(&never, None, &()).unwrap_err().message, "Value is too big");
    assert_eq!(typed.json_schema(), serde_json::json!({"type": "datetime"}));
}

#[test]
fn times_of_day_have_one_form() {
    let time = |text| parse_time(text).map(time_isoformat);
    assert_eq!(time("10").as_deref(), Some("10:00:00"));
    assert_eq!(time("9:5").as_deref(), Some("09:05:00"));
    assert_eq!(time("10:20:30.25").as_deref(), Some("10:20:30.250000"));
    for bad in ["", "24:00", "10:60", "10:20:30:40", "-1:00", "1 0:00", "10:20:30.x", "100:00"] {
        assert_eq!(time(bad), None, "{bad}");
    }
}
