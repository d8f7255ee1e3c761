//! Names on the command line: which interface, or which objects, a word means.

use crate::app::Components;
use crate::registration::{Kind, Registration};
use guillotina_component::Interface;

/// What an object provides that is called by this word: a content type (`Message`), an interface (`IFolder`, or its dotted
/// name), or several of them (`Item+IAttachment`: an item with that dynamic behaviour).
pub fn object(components: &Components, word: &str) -> Result<Interface, String> {
    let mut parts = Vec::new();
    for part in word.split('+') {
        match components.types.get(part) {
            Some(kind) => parts.push(kind.spec.clone()),
            None => parts.push(interface(components, part)?),
        }
    }
    match <[Interface; 1]>::try_from(parts) {
        Ok([one]) => Ok(one),
        Err(several) => Ok(Interface::declaration(several)),
    }
}

/// The interface of that name: dotted, its last part, or the Rust name of the item that declares it.
pub fn interface(components: &Components, word: &str) -> Result<Interface, String> {
    if word == Interface::root().name() || word == "Interface" {
        return Ok(Interface::root().clone());
    }
    let wanted = crate::naming::normalise(word.trim_start_matches("dyn "));
    let known: Vec<(&Registration, Interface)> =
        components.registrations.iter().filter_map(|r| Some((*r, declared(r)?))).collect();
    if let Some((_, exact)) = known.iter().find(|(r, i)| i.name() == wanted || r.place.dotted() == wanted) {
        return Ok(exact.clone());
    }
    let mut found: Vec<&Interface> = Vec::new();
    for (registration, interface) in &known {
        let is_meant = last(interface.name()) == wanted || registration.place.item == wanted;
        if is_meant && !found.contains(&interface) {
            found.push(interface);
        }
    }
    match found[..] {
        [one] => Ok(one.clone()),
        [] => Err(unknown(&wanted, &known)),
        _ => {
            let names: Vec<&str> = found.iter().map(|i| i.name()).collect();
            Err(format!("{word:?} may be any of {}; write one of these names", names.join(", ")))
        }
    }
}

/// The interface that an item declares.
fn declared(registration: &Registration) -> Option<Interface> {
    match &registration.kind {
        Kind::Interface(interface) | Kind::Event(interface) => Some(interface().clone()),
        Kind::ContentType(decl) => Some((decl.vtable.interface)().clone()),
        Kind::Behavior(decl) => Some((decl.vtable.interface)().clone()),
        _ => None,
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn unknown(word: &str, known: &[(&Registration, Interface)]) -> String {
    let names = known.iter().flat_map(|(r, i)| [i.name(), last(i.name()), r.place.item]);
    let help = match guillotina_settings::nearest(word, names) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "`guillotina list-components --kind interface` shows the interfaces".to_owned(),
    };
    format!("no enabled application has an interface or a content type {word:?}; {help}")
}
