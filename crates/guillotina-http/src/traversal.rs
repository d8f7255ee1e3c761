//! From a path to an object and the rest of the path (rows C-001 to C-005).

use guillotina_content::{App, Database, Error, Located, Resource, Result, Tx};
use serde_json::json;
use std::collections::BTreeMap;

/// Where a path led and what was left of it.
pub struct Found<'p> {
    /// The object.
    pub context: Located,
    /// The container that it is in.
    pub container: Option<Resource>,
    /// The first segment that could not be traversed and all after it.
    pub tail: &'p [String],
    /// The transaction that it was found in; `None` at the application.
    pub tx: Option<Tx>,
}

/// The database that a path leads into; `None` at the application.
pub fn database(app: &App, path: &[String]) -> Option<Database> {
    app.database(path.first()?)
}

/// Walks down from the database (row C-001); a segment with `@` stops it at once (row C-003).
///
/// # Errors
/// When the database fails.
pub async fn walk<'p>(tx: &Tx, path: &'p [String]) -> Result<Found<'p>> {
    let mut found =
        Found { context: Located::Database(tx.database().clone()), container: None, tail: path, tx: Some(tx.clone()) };
    while let Some((segment, rest)) = found.tail.split_first() {
        if segment.starts_with('@') {
            break;
        }
        let next = match &found.context {
            Located::Resource(resource) => tx.child(resource, segment).await?,
            _ => tx.container(segment).await?,
        };
        let Some(next) = next else { break };
        if found.container.is_none() {
            found.container = Some(next.clone());
        }
        found.context = Located::Resource(next);
        found.tail = rest;
    }
    Ok(found)
}

/// The key that the views of a tail are registered under (row C-002): its first part and one slash for each other.
pub fn view_key(tail: &[String]) -> String {
    let Some(first) = tail.first() else { return String::new() };
    let mut key = String::with_capacity(first.len() + tail.len());
    key.push_str(first);
    key.extend(std::iter::repeat_n('/', tail.len() - 1));
    key
}

/// Row C-007.
pub fn nothing_there() -> Error {
    Error::http(404, json!({"reason": "object and/or route not found"}))
}

/// The variables of a route in a tail that matched its key (row C-005).
///
/// # Errors
/// Row C-007 when a fixed part of the route is another one in the tail.
pub fn match_route(route: &str, tail: &[String]) -> Result<BTreeMap<String, String>> {
    let mut matched = BTreeMap::new();
    if !route.contains('/') {
        return Ok(matched);
    }
    for (at, part) in route.split('/').enumerate() {
        let Some(given) = tail.get(at) else { return Err(nothing_there()) };
        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(variable) => match variable.strip_suffix(":path") {
                Some(rest) => drop(matched.insert(rest.to_owned(), tail[at..].join("/"))),
                None => drop(matched.insert(variable.to_owned(), given.clone())),
            },
            None if part == given => {}
            None => return Err(nothing_there()),
        }
    }
    Ok(matched)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn keys_of_tails_c_002() {
        assert_eq!(view_key(&[]), "");
        assert_eq!(view_key(&tail("@a")), "@a");
        assert_eq!(view_key(&tail("@a/b/c")), "@a//");
    }

    #[test]
    fn variables_of_routes_c_005() {
        let found = match_route("@match/{foo}/{bar}", &tail("@match/1/2")).unwrap();
        assert_eq!(found["foo"], "1");
        assert_eq!(found["bar"], "2");
        let found = match_route("@files/{rest:path}", &tail("@files/a/b/c")).unwrap();
        assert_eq!(found["rest"], "a/b/c");
        assert!(match_route("@users/{user}/sessions", &tail("@users/bob/other")).is_err());
    }
}
