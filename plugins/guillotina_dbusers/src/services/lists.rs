//! Lists of users and groups, whole or a page of them.

use guillotina::prelude::*;

/// A page of a list: `_from` and `_size` of the query; without them the whole list (row S-102 ⚠).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slice {
    from: usize,
    size: usize,
}

impl Slice {
    /// What the request asks for.
    ///
    /// # Errors
    /// 412 when it is no number.
    pub(crate) fn of(request: &Request) -> Result<Slice> {
        Slice::parse(request.query_value("_from"), request.query_value("_size"))
    }

    fn parse(from: Option<String>, size: Option<String>) -> Result<Slice> {
        Ok(Slice { from: number("_from", from)?.unwrap_or(0), size: number("_size", size)?.unwrap_or(usize::MAX) })
    }

    /// That part of a list.
    pub(crate) fn cut<T>(self, items: Vec<T>) -> impl Iterator<Item = T> {
        items.into_iter().skip(self.from).take(self.size)
    }
}

fn number(key: &str, text: Option<String>) -> Result<Option<usize>> {
    let wrong = |text: &str| {
        Error::http(412, json!({"reason": format!("{key} must be a number that is not negative, not {text:?}")}))
    };
    text.map(|text| text.parse().map_err(|_| wrong(&text))).transpose()
}

/// Ids as clients that were made for Plone read them.
pub(crate) fn titled(ids: &[String]) -> Value {
    let items: Vec<Value> = ids.iter().map(|id| json!({"id": id, "title": id})).collect();
    json!({"items_total": items.len(), "items": items})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(from: Option<&str>, size: Option<&str>) -> Option<Vec<u8>> {
        let slice = Slice::parse(from.map(str::to_owned), size.map(str::to_owned)).ok()?;
        Some(slice.cut(vec![1, 2, 3]).collect())
    }

    #[test]
    fn pages_s_102() {
        assert_eq!(page(None, None).unwrap(), [1, 2, 3]);
        assert_eq!(page(Some("1"), Some("1")).unwrap(), [2]);
        assert_eq!(page(Some("9"), Some("0")).unwrap(), [0u8; 0]);
        assert_eq!((page(Some("-1"), None), page(None, Some("x")), page(Some(""), None)), (None, None, None));
    }

    #[test]
    fn ids_for_plone() {
        assert_eq!(titled(&["a".into()]), json!({"items": [{"id": "a", "title": "a"}], "items_total": 1}));
    }
}
