//! Route patterns of services (rows C-002, C-005).

/// The key under which a service with this route is registered, and by which the tail of a path is looked up: the first
/// part and one `/` for each further part; a part `{name:path}` takes all that follows, and then the key is the first
/// part and `?`.
///
/// ```
/// use guillotina_content::start::route_key;
/// assert_eq!(route_key("").as_deref(), Ok(""));
/// assert_eq!(route_key("@users").as_deref(), Ok("@users"));
/// assert_eq!(route_key("@users/{user}").as_deref(), Ok("@users/"));
/// assert_eq!(route_key("@files/{name}/{rest:path}").as_deref(), Ok("@files?"));
/// assert!(route_key("{user}").is_err());
/// ```
///
/// # Errors
/// What is wrong with the route.
pub fn route_key(route: &str) -> Result<String, String> {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.is_empty() {
        return Ok(String::new());
    }
    let mut parts = route.split('/');
    let first = parts.next().unwrap_or_default();
    if first.is_empty() || first.contains(['{', '}']) {
        return Err("its first part must be a name, such as `@users`".to_owned());
    }
    let mut key = first.to_owned();
    let mut names: Vec<&str> = Vec::new();
    while let Some(part) = parts.next() {
        let Some(variable) = variable(part)? else {
            key.push('/');
            continue;
        };
        let (name, rest) = variable.strip_suffix(":path").map_or((variable, false), |name| (name, true));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("`{part}` is not a variable: write `{{name}}` or `{{name:path}}`"));
        }
        if names.contains(&name) {
            return Err(format!("the variable `{name}` is there twice"));
        }
        names.push(name);
        if rest {
            return if parts.next().is_none() {
                Ok(format!("{first}?"))
            } else {
                Err(format!("`{part}` takes the rest of the path, so nothing can follow it"))
            };
        }
        key.push('/');
    }
    Ok(key)
}

/// What stands in the braces of a part; `None` for a part that is a name.
fn variable(part: &str) -> Result<Option<&str>, String> {
    if part.is_empty() {
        return Err("it has an empty part".to_owned());
    }
    match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(inside) => Ok(Some(inside)),
        None if part.contains(['{', '}']) => Err(format!("`{part}` is neither a name nor a variable")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::route_key;

    #[test]
    fn parts_become_slashes_c_002() {
        assert_eq!(route_key("@a/b/{c}").as_deref(), Ok("@a//"));
        assert_eq!(route_key("@a/").as_deref(), Ok("@a"));
        assert_eq!(route_key("@a/{rest:path}").as_deref(), Ok("@a?"));
    }

    #[test]
    fn routes_that_cannot_be_are_refused_c_005() {
        for bad in ["{a}", "/a", "@a//b", "@a/{b", "@a/{}", "@a/{b c}", "@a/{b}/{b}", "@a/{b:path}/c", "@a/x{b}"] {
            assert!(route_key(bad).is_err(), "{bad}");
        }
    }
}
