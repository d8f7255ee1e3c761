//! Dotted names: what an item is called in settings, on the wire and in messages.

use crate::registration::{Kind, Registration};

/// The dotted name of `item` in the module `module_path`: the crate's part is its application's name, so that
/// `guillotina_dbusers::content::users` is `guillotina.contrib.dbusers.content.users`, and our own crates are `guillotina`.
///
/// ```
/// assert_eq!(guillotina_content::naming::dotted_name("my_plugin::a", "B"), "my_plugin.a.B");
/// ```
pub fn dotted_name(module_path: &str, item: &str) -> String {
    let (krate, rest) = module_path.split_once("::").unwrap_or((module_path, ""));
    let mut name = application_of(krate).to_owned();
    for part in rest.split("::").filter(|p| !p.is_empty()) {
        name.push('.');
        name.push_str(part);
    }
    name.push('.');
    name.push_str(item);
    name
}

/// The application that the crate `krate` is; a crate without `application!` counts by its own name.
pub fn application_of(krate: &str) -> &str {
    if krate.starts_with("guillotina_") && CORE.contains(&krate) {
        return "guillotina";
    }
    inventory::iter::<Registration>
        .into_iter()
        .find_map(|r| match &r.kind {
            Kind::Application(p) if p.module == krate => Some(p.name),
            _ => None,
        })
        .unwrap_or(krate)
}

/// Crates whose components belong to the application `guillotina`, which is always enabled.
const CORE: [&str; 4] = ["guillotina_content", "guillotina_http", "guillotina_api", "guillotina_security"];

/// Both `a.b.C` and `a::b::C` name the same thing in settings.
pub fn normalise(name: &str) -> String {
    name.replace("::", ".")
}
