//! The kinds of Rust types, for content types declared as structs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

use crate::kind::{Kind, Range};

/// A Rust type that a field of a content type can have.
///
/// ```
/// use guillotina_schema::{FieldType, Kind};
///
/// assert!(matches!(<Option<Vec<String>>>::kind(), Kind::List(_)));
/// assert!(!<Option<Vec<String>>>::REQUIRED);
/// assert!(<Vec<String>>::REQUIRED);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a content type",
    label = "not a field type",
    note = "fields are String, numbers, bool, jiff::Timestamp/civil::Date/civil::Time, serde_json::Value, Option<T>, Vec<T>, sets and maps of those, or a struct with #[schema]"
)]
pub trait FieldType {
    /// Whether a value must be given.
    const REQUIRED: bool = true;

    /// The kind of field that holds values of this type.
    fn kind() -> Kind;
}

macro_rules! simple {
    ($($type:ty => $kind:expr;)*) => {
        $(impl FieldType for $type {
            fn kind() -> Kind {
                $kind
            }
        })*
    };
}

simple! {
    String => Kind::text();
    bool => Kind::Bool;
    f32 => Kind::Float(Range { min: Some(f64::from(f32::MIN)), max: Some(f64::from(f32::MAX)) });
    f64 => Kind::float();
    i64 => Kind::int();
    // The canonical integer has 64 bits with sign; what is beyond them is refused before it gets here.
    u64 => Kind::Int(Range { min: Some(0), max: None });
    usize => Kind::Int(Range { min: Some(0), max: i64::try_from(usize::MAX).ok() });
    isize => Kind::Int(Range { min: i64::try_from(isize::MIN).ok(), max: i64::try_from(isize::MAX).ok() });
    // All that the type can hold; see `Kind::Datetime`.
    Timestamp => Kind::Datetime(Range { min: None, max: Some(Timestamp::MAX) });
    Date => Kind::date();
    Time => Kind::time();
    Value => Kind::any_json();
    Map<String, Value> => Kind::json_object();
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl FieldType for $type {
            fn kind() -> Kind {
                Kind::Int(Range { min: Some(i64::from(<$type>::MIN)), max: Some(i64::from(<$type>::MAX)) })
            }
        })*
    };
}

integers! { i8 i16 i32 u8 u16 u32 }

impl<T: FieldType> FieldType for Option<T> {
    const REQUIRED: bool = false;

    fn kind() -> Kind {
        T::kind()
    }
}

impl<T: FieldType> FieldType for Vec<T> {
    fn kind() -> Kind {
        Kind::list(T::kind())
    }
}

impl<T: FieldType> FieldType for BTreeSet<T> {
    fn kind() -> Kind {
        Kind::set(T::kind())
    }
}

impl<T: FieldType, S> FieldType for HashSet<T, S> {
    fn kind() -> Kind {
        Kind::set(T::kind())
    }
}

impl<T: FieldType> FieldType for BTreeMap<String, T> {
    fn kind() -> Kind {
        Kind::dict(Kind::text(), T::kind())
    }
}

impl<T: FieldType, S> FieldType for HashMap<String, T, S> {
    fn kind() -> Kind {
        Kind::dict(Kind::text(), T::kind())
    }
}

impl<T: FieldType> FieldType for Box<T> {
    const REQUIRED: bool = T::REQUIRED;

    fn kind() -> Kind {
        T::kind()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Field;

    fn accepts<T: FieldType>(value: Value) -> bool {
        Field::new("f", T::kind()).deserialize(&value, None, &()).is_ok()
    }

    #[test]
    fn integers_have_the_range_of_their_type() {
        assert!(accepts::<u8>(json!(255)) && !accepts::<u8>(json!(256)) && !accepts::<u8>(json!(-1)));
        assert!(accepts::<i8>(json!(-128)) && !accepts::<i8>(json!(128)));
        assert!(accepts::<usize>(json!(0)) && !accepts::<usize>(json!(-1)));
        assert!(accepts::<i64>(json!(i64::MIN)) && !accepts::<i64>(json!(u64::MAX)));
    }

    #[test]
    fn every_accepted_value_is_one_of_the_type() {
        let field = Field::new("f", <HashMap<String, Vec<i64>>>::kind());
        let stored = field.deserialize(&json!({"a": ["1", true, 2.9]}), None, &()).unwrap();
        let typed: HashMap<String, Vec<i64>> = serde_json::from_value(stored).unwrap();
        assert_eq!(typed["a"], [1, 1, 2]);
        let field = Field::new("f", Timestamp::kind());
        let stored = field.deserialize(&json!("2020-01-02 03:04"), None, &()).unwrap();
        let typed: Timestamp = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(field.serialize(&serde_json::to_value(typed).unwrap()), stored);
    }

    // Checked when it is compiled: only options need no value.
    const _: () = assert!(String::REQUIRED && <Vec<u8>>::REQUIRED && <Box<bool>>::REQUIRED);
    const _: () = assert!(!<Option<String>>::REQUIRED && !<Box<Option<bool>>>::REQUIRED);
}
