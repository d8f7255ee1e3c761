//! What types and behaviours say of themselves has to make sense (rows D-009, D-010, D-011).

use super::suggestion;
use crate::indexes::IndexInfo;
use crate::registration::Place;
use crate::schemas::RESOURCE;
use crate::types::{TypeInfo, TypeRegistry};
use guillotina_schema::{IndexType, Schema};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Origin};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What an index can depend on beside fields: where an object is, and who may see it.
const BESIDE_FIELDS: [&str; 2] = ["acl", "id"];

/// A content type or behaviour.
struct Declaration<'a> {
    word: &'static str,
    place: Place,
    schema: &'a Schema,
    indexes: &'a [IndexInfo],
    metadata: &'a [String],
    /// Names of the fields that such an object has.
    known: BTreeSet<&'a str>,
}

/// Checks all of them.
pub(super) fn check(types: &TypeRegistry, diagnostics: &mut Diagnostics) {
    let mut kinds = FxHashMap::default();
    for declaration in all(types) {
        declaration.check(diagnostics);
        declaration.compare(&mut kinds, diagnostics);
    }
    types.all().iter().for_each(|kind| check_levels(kind, diagnostics));
}

fn all(types: &TypeRegistry) -> Vec<Declaration<'_>> {
    let behaviors = types.behaviors().iter().map(|info| Declaration {
        word: "behavior",
        place: info.place,
        schema: &info.schema,
        indexes: &info.indexes,
        metadata: &info.metadata,
        known: known([&*info.schema]),
    });
    let kinds = types.all().iter().map(|kind| Declaration {
        word: "content_type",
        place: kind.place,
        schema: &kind.schema,
        indexes: &kind.indexes,
        metadata: &kind.metadata,
        known: known(
            lineage(kind)
                .flat_map(|kind| std::iter::once(&*kind.schema).chain(kind.behaviors.iter().map(|b| &*b.schema))),
        ),
    });
    behaviors.chain(kinds).collect()
}

/// A type, what it is based on, and so on. What a base says of fields of its behaviours holds for those that have them.
fn lineage(kind: &TypeInfo) -> impl Iterator<Item = &TypeInfo> {
    std::iter::successors(Some(kind), |kind| kind.base.as_deref())
}

fn known<'a>(schemas: impl IntoIterator<Item = &'a Schema>) -> BTreeSet<&'a str> {
    let schemas = schemas.into_iter().chain([&*RESOURCE]);
    schemas.flat_map(|schema| schema.fields.iter().map(|field| &*field.name)).chain(BESIDE_FIELDS).collect()
}

fn origin(word: &str, place: &Place) -> Origin {
    Origin::Code { file: place.file.into(), line: place.line, what: format!("{word} `{}`", place.item) }
}

impl<'a> Declaration<'a> {
    fn check(&self, diagnostics: &mut Diagnostics) {
        let place = || origin(self.word, &self.place);
        for problem in self.schema.problems() {
            let mistake = Diagnostic::error(Code::BAD_VALUE, problem, place());
            diagnostics.push(mistake.help("correct what #[field] says of it"));
        }
        let indexed =
            self.indexes.iter().flat_map(|i| i.fields.iter().map(move |f| (format!("the index `{}`", i.name), f)));
        let metadata = self.metadata.iter().map(|name| ("`metadata`".to_owned(), name));
        for (who, name) in indexed.chain(metadata).filter(|(_, name)| !self.known.contains(name.as_str())) {
            let message = format!("{who} of {} names the field `{name}`, which there is not", self.schema.name);
            let help =
                suggestion(name, self.known.iter().copied(), "name a field of it, of its base or of a behaviour");
            diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, place()).help(help));
        }
    }

    /// One index of the catalog holds values of one type, whoever puts them there.
    fn compare(&self, kinds: &mut FxHashMap<&'a str, Vec<(IndexType, Origin)>>, diagnostics: &mut Diagnostics) {
        for index in self.indexes {
            let seen = kinds.entry(&index.name).or_default();
            if seen.iter().any(|(kind, _)| *kind == index.kind) {
                continue;
            }
            let place = origin(self.word, &self.place);
            if let Some((kind, first)) = seen.first() {
                let message = format!(
                    "the index `{}` is of the type {} here, and of the type {kind} elsewhere",
                    index.name, index.kind
                );
                let warning = Diagnostic::warning(Code::BAD_VALUE, message, place.clone());
                let warning =
                    warning.help("the first type counts: say the same type, or give this index another `name`");
                diagnostics.push(warning.related("it is first declared here", first.clone()));
            }
            seen.push((index.kind, place));
        }
    }
}

/// The values of all levels are stored together, so that a name stands for one field.
fn check_levels(kind: &TypeInfo, diagnostics: &mut Diagnostics) {
    let own = kind.levels.first().filter(|level| (level.vtable.interface)() == &kind.interface);
    let (Some(own), Some(base)) = (own, &kind.base) else { return };
    for field in (own.vtable.fields)().iter().filter(|field| base.schema.get(&field.name).is_some()) {
        let message = format!("the field `{}` of {} is also one of its base {}", field.name, kind.name, base.name);
        let mistake = Diagnostic::error(Code::BAD_VALUE, message, origin("content_type", &kind.place));
        diagnostics.push(mistake.help("give it another name, or take it away"));
    }
}
