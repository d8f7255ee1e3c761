//! The indexes of a type or behaviour: those of its fields and those that are declared of it as a whole (row D-011).

use crate::directives::{Accessor, IndexDirective};
use guillotina_schema::{Field, IndexType};

/// One index, with everything that was said of it.
#[derive(Clone, Debug)]
pub struct IndexInfo {
    /// Its name in the catalog.
    pub name: String,
    /// What it holds.
    pub kind: IndexType,
    /// Whether the value is also stored in the index.
    pub store: bool,
    /// The fields that the value is made from: when one of them changes, it is made again. Without any it is made again at
    /// every change.
    pub fields: Vec<String>,
    /// Makes the value; without one it is the value of the only one of `fields`.
    pub accessor: Option<Accessor>,
}

/// The indexes of a struct: first those of its fields, then the others.
pub(crate) fn declared(fields: &[Field], directives: Vec<IndexDirective>) -> Vec<IndexInfo> {
    let of_fields = fields.iter().flat_map(|field| {
        field
            .indexes
            .iter()
            .map(|index| IndexDirective { index: index.clone(), accessor: None })
            .map(|d| (&*field.name, d))
    });
    of_fields.chain(directives.into_iter().map(|directive| ("", directive))).map(|(on, d)| info(on, d)).collect()
}

fn info(on: &str, directive: IndexDirective) -> IndexInfo {
    let IndexDirective { index, accessor } = directive;
    let name = index.name.map_or_else(|| on.to_owned(), |name| name.into_owned());
    let mut fields: Vec<String> = index.fields.into_iter().map(|field| field.into_owned()).collect();
    if fields.is_empty() && accessor.is_none() {
        fields.push(if on.is_empty() { name.clone() } else { on.to_owned() });
    }
    IndexInfo { name, kind: index.kind, store: index.store, fields, accessor }
}

/// The indexes of a base, with its own in the place of those of the same name.
pub(crate) fn inherited(base: &[IndexInfo], own: Vec<IndexInfo>) -> Vec<IndexInfo> {
    let mut all: Vec<IndexInfo> = base.to_vec();
    for index in own {
        match all.iter_mut().find(|known| known.name == index.name) {
            Some(known) => *known = index,
            None => all.push(index),
        }
    }
    all
}
