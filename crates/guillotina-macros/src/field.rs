//! `#[field(…)]` on a field of a stored struct.

use crate::common::{doc, inside};
use crate::content::{permission, want_const};
use crate::directives::IndexSpec;
use crate::errors::Errors;
use crate::options::{Opt, Options, Pair, Shape, Spec};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Field, LitStr, Type};

mod check;

const SPEC: Spec = Spec {
    attribute: "#[field]",
    options: &[
        Opt("title", Shape::Str, "title = \"Users\""),
        Opt("description", Shape::Str, "description = \"Who takes part\""),
        Opt("required", Shape::Flag, "required"),
        Opt("readonly", Shape::Flag, "readonly"),
        Opt("default", Shape::Expr, "default = 10"),
        Opt("default_factory", Shape::Expr, "default_factory = today"),
        Opt("missing_value", Shape::Expr, "missing_value = 0"),
        Opt("min", Shape::Expr, "min = 0"),
        Opt("max", Shape::Expr, "max = 10"),
        Opt("min_length", Shape::Int, "min_length = 1"),
        Opt("max_length", Shape::Int, "max_length = 80"),
        Opt("unique", Shape::Flag, "unique"),
        Opt("constraint", Shape::Expr, "constraint = is_even"),
        Opt("kind", Shape::Str, "kind = \"text_line\""),
        Opt("values", Shape::Exprs, "values(\"red\", \"blue\")"),
        Opt("vocabulary", Shape::Str, "vocabulary = \"colours\""),
        Opt("unmask_len", Shape::Int, "unmask_len = 2"),
        Opt("mask_len", Shape::Int, "mask_len = 6"),
        Opt("min_dots", Shape::Int, "min_dots = 1"),
        Opt("max_dots", Shape::Int, "max_dots = 3"),
        Opt("index", Shape::Str, "index = \"keyword\""),
        Opt("index_name", Shape::Str, "index_name = \"colour\""),
        Opt("store", Shape::Flag, "store"),
        Opt("indexes", Shape::Entries, "indexes(title(type = \"text\"), title_key(type = \"keyword\", store))"),
        Opt("metadata", Shape::Flag, "metadata"),
        Opt("read_permission", Shape::Expr, "read_permission = perms::VIEW_CONTENT"),
        Opt("write_permission", Shape::Expr, "write_permission = perms::MODIFY_CONTENT"),
        Opt("widget", Shape::Str, "widget = \"textarea\""),
        Opt("extra_values", Shape::Pairs, "extra_values(placeholder = \"Anna\", rows = 5)"),
        Opt("patch", Shape::Patch, "patch` or `patch(max_ops = 100)"),
        Opt("context", Shape::Flag, "context"),
    ],
    hints: &[
        (
            "optional",
            "a field is optional unless it is `required`; give it the type `Option<T>` if it may have no value",
        ),
        ("name", "the name is the Rust field's"),
        ("type", "the kind comes from the Rust type; `kind` makes it narrower"),
        ("choices", "choices are written `values(…)`"),
        ("order", "fields have the order of the source"),
        ("accessor", "an index with an accessor is declared on the struct, in `#[content_type(indexes(…))]`"),
    ],
};

/// The kinds that `kind = "…"` knows; each is a constructor of the schema's `Kind`.
const KINDS: [&str; 24] = [
    "text",
    "text_line",
    "source_text",
    "ascii",
    "ascii_line",
    "bytes",
    "bytes_line",
    "password",
    "mask_text_line",
    "uri",
    "id",
    "dotted_name",
    "bool",
    "int",
    "float",
    "decimal",
    "datetime",
    "date",
    "time",
    "timedelta",
    "any_json",
    "json_object",
    "interface",
    "file",
];

/// The kinds that hold others; `"tuple of uri"` says what they hold, `"tuple"` leaves it to the Rust type.
const CONTAINERS: [&str; 6] = ["list", "tuple", "set", "frozen_set", "dict", "ordered_dict"];

/// A `kind = "…"` as its container and the kind inside; at least one of them is there.
fn parse_kind(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    match text.split_once(" of ") {
        Some((container, item)) if CONTAINERS.contains(&container) && KINDS.contains(&item) => {
            Some((Some(container), Some(item)))
        }
        None if CONTAINERS.contains(&text) => Some((Some(text), None)),
        None if KINDS.contains(&text) => Some((None, Some(text))),
        _ => None,
    }
}

/// A field of the struct with what its attribute says.
pub struct FieldSpec {
    ident: Ident,
    ty: Type,
    doc: String,
    /// Whether it is a field of a `#[schema]`, which is no object.
    nested: bool,
    indexes: Vec<IndexSpec>,
    options: Options,
}

impl FieldSpec {
    /// Reads a field and takes its `#[field]` away; `None` for a field without name.
    pub fn take(field: &mut Field, nested: bool, errors: &mut Errors) -> Option<FieldSpec> {
        let attributes: Vec<_> = field.attrs.extract_if(.., |a| a.path().is_ident("field")).collect();
        if let Some(second) = attributes.get(1) {
            errors.push(syn::Error::new_spanned(second, "a second #[field]: write all options in one"));
        }
        let tokens = match attributes.first().map(|a| &a.meta) {
            Some(syn::Meta::List(list)) => list.tokens.clone(),
            Some(syn::Meta::NameValue(pair)) => {
                errors.push(syn::Error::new_spanned(
                    pair,
                    "options are written in parentheses: `#[field(title = \"…\")]`",
                ));
                TokenStream::new()
            }
            _ => TokenStream::new(),
        };
        let options = Options::parse(&SPEC, tokens, errors);
        let ident = field.ident.clone()?;
        let indexes = indexes(&ident, &options, errors);
        let spec = FieldSpec { ident, ty: field.ty.clone(), doc: doc(&field.attrs), nested, indexes, options };
        spec.check(errors);
        Some(spec)
    }

    /// Its indexes.
    pub fn indexes(&self) -> &[IndexSpec] {
        &self.indexes
    }

    fn check(&self, errors: &mut Errors) {
        if let Some(kind) = self.options.str("kind").filter(|k| parse_kind(&k.value()).is_none()) {
            let (kinds, containers) = (KINDS.join(", "), CONTAINERS.join(", "));
            let message = format!(
                "unknown kind \"{}\"; known kinds: {kinds}, and {containers}, alone or as in \"list of uri\"",
                kind.value()
            );
            errors.say(kind.span(), message);
        }
        want_const(&self.options, &["read_permission", "write_permission"], errors);
        let given: Vec<_> = ["kind", "values", "vocabulary"].into_iter().filter_map(|o| self.options.span(o)).collect();
        if let Some(second) = given.get(1) {
            errors.say(*second, "`kind`, `values` and `vocabulary` each say what the field holds: keep one of them");
        }
        if let (Some(_), Some(second)) = (self.options.span("default"), self.options.span("default_factory")) {
            errors.say(second, "`default` and `default_factory` each say the default: keep one of them");
        }
        check::narrow(&self.options, errors);
        check::index(&self.options, errors);
        check::extra_values(&self.options, errors);
    }

    /// The name, if the field is kept on the object itself.
    pub fn context_name(&self) -> Option<String> {
        self.options.bool("context").filter(|c| *c).map(|_| self.ident.unraw().to_string())
    }

    /// Where `context` is given.
    pub fn context_span(&self) -> Option<Span> {
        self.options.span("context")
    }

    /// Where a default is given.
    pub fn default_span(&self) -> Option<Span> {
        self.options.span("default").or(self.options.span("default_factory"))
    }

    /// `name: value` of the struct's `Default`.
    pub fn default_value(&self) -> TokenStream {
        let (ident, value) = (&self.ident, self.default_expr());
        quote!(#ident: #value)
    }

    fn default_expr(&self) -> TokenStream {
        match (self.options.expr("default"), self.factory()) {
            (Some(expr), _) => convert(&self.ty, expr),
            (None, Some((name, _))) => quote!(::guillotina::__rt::Factory::without_object(&Self::#name())),
            (None, None) => {
                let ty = &self.ty;
                quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
            }
        }
    }

    /// The function that makes the default, and the name of the one that it is kept in.
    fn factory(&self) -> Option<(Ident, &Expr)> {
        let function = self.options.expr("default_factory")?;
        Some((format_ident!("__{}_factory", self.ident.unraw()), function))
    }

    /// The function that the default's factory is kept in: named once, so that a mistake is one error.
    pub fn factory_fn(&self) -> Option<TokenStream> {
        let (name, function) = self.factory()?;
        let ty = &self.ty;
        let keep = if self.nested { quote!(schema_factory) } else { quote!(factory) };
        let kept = quote_spanned!(function.span()=> ::guillotina::__rt::#keep::<#ty, _, _>(#function));
        Some(quote! {
            #[doc(hidden)]
            fn #name() -> ::guillotina::__rt::Factory<#ty> {
                #kept
            }
        })
    }

    /// The name of the function that reads a stored null; only for values that cannot be null.
    fn null_reader(&self) -> Option<Ident> {
        inside(&self.ty, "Option").is_none().then(|| format_ident!("__{}_or_default", self.ident.unraw()))
    }

    /// Has serde read null as the default, for types that have no null; an author's own attribute wins.
    pub fn read_null(&self, owner: &Ident, field: &mut Field) -> Option<TokenStream> {
        if field.attrs.iter().any(|a| a.path().is_ident("serde")) {
            return None;
        }
        let reader = self.null_reader()?;
        let path = LitStr::new(&format!("{owner}::{reader}"), Span::call_site());
        field.attrs.push(syn::parse_quote!(#[serde(deserialize_with = #path)]));
        let (ty, default) = (&self.ty, self.default_expr());
        Some(quote! {
            #[doc(hidden)]
            fn #reader<'de, __D: ::guillotina::__rt::serde::Deserializer<'de>>(
                __from: __D,
            ) -> ::core::result::Result<#ty, __D::Error> {
                let __read: ::core::option::Option<#ty> = ::guillotina::__rt::serde::Deserialize::deserialize(__from)?;
                ::core::result::Result::Ok(match __read {
                    ::core::option::Option::Some(__value) => __value,
                    ::core::option::Option::None => #default,
                })
            }
        })
    }

    /// The expression of the schema's `Field`.
    pub fn build(&self) -> TokenStream {
        let name = self.ident.unraw().to_string();
        let kind = self.kind();
        let narrow = if self.container().is_none() { self.narrow() } else { TokenStream::new() };
        let calls =
            [self.texts(), self.flags(), self.bounds(), narrow, self.catalog(), self.permissions(), self.values()];
        quote!(::guillotina::__rt::Field::new(#name, #kind) #(#calls)*)
    }

    fn kind(&self) -> TokenStream {
        let said = self.said_kind();
        let inner = match parse_kind(&said) {
            Some((_, Some(kind))) => Some(plain(kind)),
            Some((_, None)) => None,
            None => match (self.options.exprs("values"), self.options.str("vocabulary")) {
                (Some(values), _) => Some(
                    quote!(::guillotina::__rt::FieldKind::choice([#(::guillotina::__rt::serde_json::Value::from(#values)),*])),
                ),
                (_, Some(name)) => Some(quote!(::guillotina::__rt::FieldKind::vocabulary(#name))),
                _ => return kind_of(&self.ty),
            },
        };
        match (self.container(), inner) {
            (Some(container), inner) => contained(&container, inner.map(|kind| self.item(kind)), &self.ty),
            (None, Some(inner)) => inner,
            (None, None) => kind_of(&self.ty),
        }
    }

    fn said_kind(&self) -> String {
        self.options.str("kind").map(LitStr::value).unwrap_or_default()
    }

    /// What holds the items that the options speak of: as `kind` says, or as the Rust type does.
    fn container(&self) -> Option<String> {
        if let Some((Some(container), _)) = parse_kind(&self.said_kind()) {
            return Some(container.to_owned());
        }
        match crate::common::outer(not_option(&self.ty)) {
            Some((ident, Some(_))) if ident == "Vec" => Some("list".to_owned()),
            Some((ident, Some(_))) if ident == "BTreeSet" || ident == "HashSet" => Some("set".to_owned()),
            _ => None,
        }
    }

    /// The field of a container's items.
    fn item(&self, kind: TokenStream) -> TokenStream {
        let narrow = self.narrow();
        if narrow.is_empty() { kind } else { quote!(::guillotina::__rt::Field::from(#kind) #narrow) }
    }

    /// What is said of masks and dots.
    fn narrow(&self) -> TokenStream {
        let calls = check::NARROW.iter().filter_map(|(name, _)| {
            let value = self.options.int(name)?;
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value)))
        });
        quote!(#(#calls)*)
    }

    fn texts(&self) -> TokenStream {
        let title = self.options.str("title").map(|t| quote!(.title(#t)));
        let widget = self.options.str("widget").map(|w| quote!(.widget(#w)));
        let description = match self.options.str("description") {
            Some(text) => Some(quote!(.description(#text))),
            None if self.doc.is_empty() => None,
            None => {
                let text = &self.doc;
                Some(quote!(.description(#text)))
            }
        };
        quote!(#title #description #widget)
    }

    fn flags(&self) -> TokenStream {
        let flags = ["required", "readonly", "unique", "metadata"].into_iter().filter_map(|name| {
            let value = self.options.bool(name)?;
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value)))
        });
        quote!(#(#flags)*)
    }

    fn bounds(&self) -> TokenStream {
        let values = ["min", "max", "constraint"].into_iter().filter_map(|name| {
            let value = self.options.expr(name)?;
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value)))
        });
        let lengths = ["min_length", "max_length"].into_iter().filter_map(|name| {
            let value = self.options.int(name)?;
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value)))
        });
        quote!(#(#values)* #(#lengths)*)
    }

    fn catalog(&self) -> TokenStream {
        let own = self.ident.unraw().to_string();
        let indexes = self.indexes.iter().map(|index| index.build(Some(&own)));
        let patch = match (self.options.bool("patch"), self.options.int("patch")) {
            (Some(true), _) => Some(quote!(.patch(::core::option::Option::None))),
            (_, Some(max)) => Some(quote!(.patch(::core::option::Option::Some(#max)))),
            _ => None,
        };
        quote!(#(.index(#indexes))* #patch)
    }

    fn permissions(&self) -> TokenStream {
        let calls = ["read_permission", "write_permission"].into_iter().filter_map(|name| {
            let value = permission(self.options.expr(name)?);
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value.id())))
        });
        quote!(#(#calls)*)
    }

    fn values(&self) -> TokenStream {
        let ty = &self.ty;
        let values = ["default", "missing_value"].into_iter().filter_map(|name| {
            let value = convert(ty, self.options.expr(name)?);
            let call = format_ident!("{name}_of");
            Some(quote!(.#call(&{
                let __value: #ty = #value;
                __value
            })))
        });
        let factory = self
            .factory()
            .map(|(name, _)| quote!(.default_factory(::guillotina::__rt::Factory::erased(Self::#name()))));
        let (keys, extra): (Vec<_>, Vec<_>) = self.options.pairs("extra_values").iter().map(Pair::parts).unzip();
        quote!(#(#values)* #factory #(.extra_value(#keys, #extra))*)
    }
}

/// The indexes that a field's options declare.
fn indexes(field: &Ident, options: &Options, errors: &mut Errors) -> Vec<IndexSpec> {
    let mut indexes = IndexSpec::on_field(options, errors);
    if let Some(kind) = options.str("index") {
        let name = options.str("index_name").map(|name| (name.value(), name.span()));
        let name = name.unwrap_or_else(|| (field.unraw().to_string(), kind.span()));
        let store = options.bool("store").unwrap_or(false);
        indexes.insert(0, IndexSpec::simple(name, kind, store, errors));
    }
    indexes
}

fn plain(kind: &str) -> TokenStream {
    let kind = format_ident!("{kind}");
    quote!(::guillotina::__rt::FieldKind::#kind())
}

/// The kind that belongs to a Rust type, checked at the type's place.
fn kind_of(ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as ::guillotina::__rt::FieldType>::kind())
}

fn not_option(ty: &Type) -> &Type {
    inside(ty, "Option").unwrap_or(ty)
}

/// A container of `item`, or of what the Rust type holds.
fn contained(container: &str, item: Option<TokenStream>, ty: &Type) -> TokenStream {
    let constructor = format_ident!("{container}");
    let key = container.ends_with("dict").then(|| quote!(::guillotina::__rt::FieldKind::text_line(),));
    let item = item.unwrap_or_else(|| kind_of(last_argument(not_option(ty))));
    quote!(::guillotina::__rt::FieldKind::#constructor(#key #item))
}

/// The item type of a collection, the value type of a map; the type itself if it is neither.
fn last_argument(ty: &Type) -> &Type {
    let Type::Path(path) = crate::common::ungroup(ty) else {
        return ty;
    };
    let Some(syn::PathArguments::AngleBracketed(list)) = path.path.segments.last().map(|s| &s.arguments) else {
        return ty;
    };
    let types = list.args.iter().filter_map(|a| if let syn::GenericArgument::Type(t) = a { Some(t) } else { None });
    types.last().unwrap_or(ty)
}

/// `value`, an expression of the type `ty`, as JSON.
pub fn to_json(ty: &Type, value: &TokenStream) -> TokenStream {
    quote!({
        let __value: #ty = #value;
        ::guillotina::__rt::serde_json::to_value(__value).unwrap_or(::guillotina::__rt::serde_json::Value::Null)
    })
}

/// Literals become the owned type: `"a"` a `String`, `["a"]` a `Vec<String>`, `5` an `Option<i64>`.
pub fn convert(ty: &Type, expr: &Expr) -> TokenStream {
    match expr {
        Expr::Group(group) => return convert(ty, &group.expr),
        Expr::Lit(_) | Expr::Array(_) | Expr::Unary(_) => {}
        _ => return quote!(#expr),
    }
    if let Some(inner) = inside(ty, "Option") {
        let value = convert(inner, expr);
        return quote!(::core::option::Option::Some(#value));
    }
    match (expr, crate::common::outer(ty)) {
        (Expr::Array(array), Some((ident, Some(item)))) if ident == "Vec" => {
            let items = array.elems.iter().map(|e| convert(item, e));
            quote!(::std::vec![#(#items),*])
        }
        (Expr::Lit(lit), Some(_)) if matches!(lit.lit, syn::Lit::Str(_)) => {
            quote_spanned!(lit.span()=> <#ty as ::core::convert::From<&str>>::from(#lit))
        }
        _ => quote!(#expr),
    }
}

#[cfg(test)]
mod tests;
