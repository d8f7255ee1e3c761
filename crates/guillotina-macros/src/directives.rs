//! What a struct says of itself beside its fields: `invariants`, `tagged_values`, `indexes`, `metadata`.

use crate::errors::Errors;
use crate::options::{Opt, Options, Pair, Shape, Spec};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, LitStr};

/// Those of `#[content_type]` and `#[behavior]`.
pub const INVARIANTS: Opt = Opt("invariants", Shape::Exprs, "invariants(ends_after_start)");
pub const TAGGED_VALUES: Opt = Opt("tagged_values", Shape::Pairs, "tagged_values(colour = \"red\")");
pub const INDEXES: Opt =
    Opt("indexes", Shape::Entries, "indexes(year(type = \"int\", accessor = year_of, fields(\"start\")))");
pub const METADATA: Opt = Opt("metadata", Shape::Strs, "metadata(\"title\")");

const INDEX: Spec = Spec {
    attribute: "an index",
    options: &[
        Opt("type", Shape::Str, "type = \"keyword\""),
        Opt("accessor", Shape::Expr, "accessor = year_of"),
        Opt("fields", Shape::Strs, "fields(\"start\", \"end\")"),
        Opt("store", Shape::Flag, "store"),
    ],
    hints: &[
        ("name", "its name stands before the parentheses: `year(type = \"int\")`"),
        ("index_name", "its name stands before the parentheses: `year(type = \"int\")`"),
        ("field", "it is spelt `fields(\"start\")`"),
    ],
};

/// The types of indexes, each with the schema's word for it.
const INDEX_TYPES: [(&str, &str); 14] = [
    ("searchabletext", "SearchableText"),
    ("text", "Text"),
    ("keyword", "Keyword"),
    ("textkeyword", "TextKeyword"),
    ("int", "Int"),
    ("date", "Date"),
    ("boolean", "Boolean"),
    ("binary", "Binary"),
    ("object", "Object"),
    ("float", "Float"),
    ("long", "Long"),
    ("nested", "Nested"),
    ("completion", "Completion"),
    ("path", "Path"),
];

/// One index.
pub struct IndexSpec {
    /// Its name and where it stands.
    pub name: (String, Span),
    kind: Option<LitStr>,
    store: bool,
    fields: Vec<LitStr>,
    accessor: Option<Expr>,
}

impl IndexSpec {
    /// `index = "keyword"` on a field.
    pub fn simple(name: (String, Span), kind: &LitStr, store: bool, errors: &mut Errors) -> IndexSpec {
        check_type(kind, errors);
        IndexSpec { name, kind: Some(kind.clone()), store, fields: Vec::new(), accessor: None }
    }

    /// `indexes(…)` on a field, whose values they hold.
    pub fn on_field(options: &Options, errors: &mut Errors) -> Vec<IndexSpec> {
        read(options, errors, |given, errors| {
            if let Some(span) = given.span("accessor").or(given.span("fields")) {
                errors.say(span, "an index of a field holds its value: an index with `accessor` or `fields` is declared on the struct, in `#[content_type(indexes(…))]`");
            }
        })
    }

    /// `indexes(…)` on a struct.
    pub fn on_struct(options: &Options, errors: &mut Errors) -> Vec<IndexSpec> {
        read(options, errors, |given, errors| {
            if let ([_, second, ..], None) = (given.strs("fields"), given.span("accessor")) {
                errors.say(
                    second.span(),
                    "an index holds one value: add `accessor = function`, which makes it of several fields",
                );
            }
        })
    }

    /// The schema's `Index`, with its name unless that is `field`.
    pub fn build(&self, field: Option<&str>) -> TokenStream {
        let kind = self.kind.as_ref().and_then(|kind| index_type(&kind.value())).unwrap_or("Text");
        let kind = format_ident!("{kind}");
        let name = Some(&self.name.0).filter(|name| field != Some(name)).map(|name| quote!(.name(#name)));
        let store = self.store.then(|| quote!(.store(true)));
        let fields = &self.fields;
        let fields = (!fields.is_empty()).then(|| quote!(.fields([#(#fields),*])));
        quote!(::guillotina::__rt::Index::new(::guillotina::__rt::IndexType::#kind) #name #store #fields)
    }

    fn directive(&self, owner: &Ident) -> TokenStream {
        let index = self.build(None);
        let accessor = self
            .accessor
            .as_ref()
            .map(|function| quote_spanned!(function.span()=> ::guillotina::__rt::accessor::<#owner, _>(#function)));
        let accessor = crate::content::optional(accessor);
        quote!(::guillotina::__rt::IndexDirective { index: #index, accessor: #accessor })
    }
}

fn read(options: &Options, errors: &mut Errors, check: impl Fn(&Options, &mut Errors)) -> Vec<IndexSpec> {
    let mut all = Vec::new();
    for (name, tokens) in options.entries("indexes") {
        let before = errors.count();
        let given = Options::parse(&INDEX, tokens.clone(), errors);
        check(&given, errors);
        match given.str("type") {
            Some(kind) => check_type(kind, errors),
            None if errors.count() == before => {
                errors.say(name.span(), format!("an index needs a type: write `{name}(type = \"keyword\")`"));
            }
            None => {}
        }
        all.push(IndexSpec {
            name: (name.to_string(), name.span()),
            kind: given.str("type").cloned(),
            store: given.bool("store").unwrap_or(false),
            fields: given.strs("fields").to_vec(),
            accessor: given.expr("accessor").cloned(),
        });
    }
    all
}

fn index_type(word: &str) -> Option<&'static str> {
    INDEX_TYPES.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
}

fn check_type(kind: &LitStr, errors: &mut Errors) {
    if index_type(&kind.value()).is_none() {
        let known = INDEX_TYPES.map(|(word, _)| word).join(", ");
        errors.say(kind.span(), format!("unknown type of index \"{}\"; known types: {known}", kind.value()));
    }
}

/// Two indexes of one struct have two names.
pub fn check_names<'a>(indexes: impl Iterator<Item = &'a IndexSpec>, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, span) in indexes.map(|index| &index.name) {
        if seen.contains(&name.as_str()) {
            errors.say(*span, format!("two indexes have the name `{name}`: give one of them another, with `index_name = \"…\"` or in `indexes(…)`"));
        }
        seen.push(name);
    }
}

/// A key stands for one value.
pub fn check_keys(options: &Options, option: &str, errors: &mut Errors) {
    let pairs = options.pairs(option);
    let again = |at: &usize| pairs[..*at].iter().any(|pair| pair.key == pairs[*at].key);
    for pair in (0..pairs.len()).filter(again).filter_map(|at| pairs.get(at)) {
        errors.say(pair.span, format!("`{}` is given twice in `{option}`; keep one of them", pair.key));
    }
}

/// `fn directives` of the struct's `Fields`, if anything is said.
pub fn build(
    owner: &Ident,
    options: &Options,
    is_schema: bool,
    errors: &mut Errors,
) -> (Option<TokenStream>, Vec<IndexSpec>) {
    let invariants = invariants(owner, options, is_schema, errors);
    let indexes = IndexSpec::on_struct(options, errors);
    let directives: Vec<_> = indexes.iter().map(|index| index.directive(owner)).collect();
    let metadata = options.strs("metadata");
    check_keys(options, "tagged_values", errors);
    let (keys, values): (Vec<_>, Vec<_>) = options.pairs("tagged_values").iter().map(Pair::parts).unzip();
    if invariants.is_empty() && indexes.is_empty() && metadata.is_empty() && keys.is_empty() {
        return (None, indexes);
    }
    let tokens = quote! {
        fn directives() -> ::guillotina::__rt::Directives {
            ::guillotina::__rt::Directives {
                invariants: ::std::vec![#(#invariants),*],
                indexes: ::std::vec![#(#directives),*],
                metadata: ::std::vec![#(#metadata),*],
                tagged_values: ::core::iter::FromIterator::from_iter([
                    #((::std::string::String::from(#keys), #values)),*
                ] as [(::std::string::String, ::guillotina::__rt::serde_json::Value); _]),
            }
        }
    };
    (Some(tokens), indexes)
}

fn invariants(owner: &Ident, options: &Options, is_schema: bool, errors: &mut Errors) -> Vec<TokenStream> {
    let mut all = Vec::new();
    for name in options.exprs("invariants").unwrap_or_default() {
        if !matches!(name, Expr::Path(_)) {
            let message = format!(
                "`invariants(…)` names functions: write `invariants(ends_after_start)` and `fn ends_after_start(_: &{owner}) -> Result<(), Invalid>`"
            );
            errors.push(syn::Error::new_spanned(name, message));
            continue;
        }
        all.push(match is_schema {
            true => quote_spanned!(name.span()=> ::guillotina::__rt::schema_invariant::<#owner, _>(#name)),
            false => quote_spanned!(name.span()=> ::guillotina::__rt::invariant::<#owner, _, _>(#name)),
        });
    }
    all
}
