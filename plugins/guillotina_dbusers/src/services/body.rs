//! Parts of bodies that users and groups share.

use crate::membership;
use guillotina::prelude::*;

/// A list of ids after `{"id": true, "other": false}`.
///
/// # Errors
/// 412 when the changes are something else (row ZZ-03).
pub(crate) fn switched(key: &str, current: &[String], changes: &Value) -> Result<Vec<String>> {
    let refused = || Error::http(412, json!({"reason": format!("\"{key}\" must be an object of id: true or false")}));
    let mut ids = current.to_vec();
    for (id, present) in changes.as_object().ok_or_else(refused)? {
        membership::set(&mut ids, id, present.as_bool().ok_or_else(refused)?);
    }
    Ok(ids)
}

/// Takes values over under the names of the fields: pairs of key and field.
pub(crate) fn renamed(data: &Map<String, Value>, names: &[(&str, &str)]) -> Map<String, Value> {
    let named = |(key, field): &(&str, &str)| data.get(*key).map(|value| ((*field).to_owned(), value.clone()));
    names.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_switched_on_and_off_s_104() {
        let current = ["a".to_owned(), "b".to_owned()];
        let of = |changes: Value| switched("roles", &current, &changes).map_err(|error| error.to_string());
        assert_eq!(of(json!({"a": false, "c": true, "b": true, "d": false})), Ok(vec!["b".into(), "c".into()]));
        assert_eq!(of(json!({})), Ok(current.to_vec()));
        for bad in [json!(["a"]), json!(null), json!({"a": "yes"}), json!({"a": 1})] {
            assert!(of(bad).is_err_and(|error| error.contains("412")));
        }
    }

    #[test]
    fn keys_become_fields() {
        let data = json!({"fullname": "Bob", "email": null, "other": 1});
        let fields =
            renamed(data.as_object().unwrap(), &[("email", "email"), ("fullname", "name"), ("password", "password")]);
        assert_eq!(Value::Object(fields), json!({"email": null, "name": "Bob"}));
    }
}
