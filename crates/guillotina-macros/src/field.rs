//! `#[field(…)]` on a field of a stored struct.

use crate::common::{doc, inside};
use crate::content::{permission, want_const};
use crate::errors::Errors;
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Field, LitStr, Type};

const SPEC: Spec = Spec {
    attribute: "#[field]",
    options: &[
        Opt("title", Shape::Str, "title = \"Users\""),
        Opt("description", Shape::Str, "description = \"Who takes part\""),
        Opt("required", Shape::Flag, "required"),
        Opt("readonly", Shape::Flag, "readonly"),
        Opt("default", Shape::Expr, "default = 10"),
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
        Opt("index", Shape::Str, "index = \"keyword\""),
        Opt("index_name", Shape::Str, "index_name = \"colour\""),
        Opt("metadata", Shape::Flag, "metadata"),
        Opt("read_permission", Shape::Expr, "read_permission = perms::VIEW_CONTENT"),
        Opt("write_permission", Shape::Expr, "write_permission = perms::MODIFY_CONTENT"),
        Opt("widget", Shape::Str, "widget = \"textarea\""),
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
    options: Options,
}

impl FieldSpec {
    /// Reads a field and takes its `#[field]` away; `None` for a field without name.
    pub fn take(field: &mut Field, errors: &mut Errors) -> Option<FieldSpec> {
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
        let spec = FieldSpec { ident: field.ident.clone()?, ty: field.ty.clone(), doc: doc(&field.attrs), options };
        spec.check(errors);
        Some(spec)
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
        if let (Some(span), None) = (self.options.span("index_name"), self.options.str("index")) {
            errors.say(span, "`index_name` names an index: add `index = \"keyword\"` or another kind of index");
        }
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
        self.options.span("default")
    }

    /// `name: value` of the struct's `Default`.
    pub fn default_value(&self) -> TokenStream {
        let (ident, value) = (&self.ident, self.default_expr());
        quote!(#ident: #value)
    }

    fn default_expr(&self) -> TokenStream {
        match self.options.expr("default") {
            Some(expr) => convert(&self.ty, expr),
            None => {
                let ty = &self.ty;
                quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
            }
        }
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
        let calls = [self.texts(), self.flags(), self.bounds(), self.catalog(), self.permissions(), self.values()];
        quote!(::guillotina::__rt::Field::new(#name, #kind) #(#calls)*)
    }

    fn kind(&self) -> TokenStream {
        let said = self.options.str("kind").map(LitStr::value).unwrap_or_default();
        let inner = match parse_kind(&said) {
            Some((Some(container), item)) => {
                return contained(container, item.map(plain), &self.ty);
            }
            Some((None, Some(kind))) => plain(kind),
            _ => match (self.options.exprs("values"), self.options.str("vocabulary")) {
                (Some(values), _) => {
                    quote!(::guillotina::__rt::FieldKind::choice([#(::guillotina::__rt::serde_json::Value::from(#values)),*]))
                }
                (_, Some(name)) => quote!(::guillotina::__rt::FieldKind::vocabulary(#name)),
                _ => return kind_of(&self.ty),
            },
        };
        // On a collection the options say what its items are.
        match crate::common::outer(not_option(&self.ty)) {
            Some((ident, Some(_))) if ident == "Vec" => contained("list", Some(inner), &self.ty),
            Some((ident, Some(_))) if ident == "BTreeSet" || ident == "HashSet" => {
                contained("set", Some(inner), &self.ty)
            }
            _ => inner,
        }
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
        let index = self.options.str("index").map(|kind| {
            let name = self.options.str("index_name").map(|name| quote!(.name(#name)));
            quote!(.index(::guillotina::__rt::Index::new(#kind) #name))
        });
        let patch = match (self.options.bool("patch"), self.options.int("patch")) {
            (Some(true), _) => Some(quote!(.patch(::core::option::Option::None))),
            (_, Some(max)) => Some(quote!(.patch(::core::option::Option::Some(#max)))),
            _ => None,
        };
        quote!(#index #patch)
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
        let values = ["default", "missing_value"].into_iter().filter_map(|name| {
            let value = to_json(&self.ty, &convert(&self.ty, self.options.expr(name)?));
            let call = format_ident!("{name}");
            Some(quote!(.#call(#value)))
        });
        quote!(#(#values)*)
    }
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
