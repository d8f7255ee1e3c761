//! What all attributes share: doc comments, the registration, parsing an item.

use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::{Attribute, Expr, ExprLit, Fields, Generics, ItemStruct, Lit, Meta, Type};

/// The first paragraph of the doc comment, as one line.
pub fn doc(attrs: &[Attribute]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for attr in attrs.iter().filter(|a| a.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attr.meta else {
            continue;
        };
        let Some(text) = string_of(&pair.value) else {
            continue;
        };
        for line in text.lines() {
            if line.trim().is_empty() && !lines.is_empty() {
                return lines.join(" ");
            }
            if !line.trim().is_empty() {
                lines.push(line.trim().to_owned());
            }
        }
        if text.trim().is_empty() && !lines.is_empty() {
            return lines.join(" ");
        }
    }
    lines.join(" ")
}

/// The text of a string literal, also of one that came through a `macro_rules!` parameter.
fn string_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => string_of(&group.expr),
        _ => None,
    }
}

/// `inventory::submit!` of one registration; `kind` is the expression of the `Kind`.
pub fn registration(ident: &Ident, attrs: &[Attribute], kind: TokenStream) -> TokenStream {
    let item = ident.unraw().to_string();
    let doc = doc(attrs);
    // The line must be the item's own, not that of an attribute above it.
    let line = quote_spanned!(ident.span()=> line!());
    quote! {
        ::guillotina::__rt::inventory::submit! {
            ::guillotina::__rt::Registration {
                place: ::guillotina::__rt::Place {
                    krate: env!("CARGO_PKG_NAME"),
                    module: module_path!(),
                    item: #item,
                    file: file!(),
                    line: #line,
                    doc: #doc,
                },
                kind: #kind,
            }
        }
    }
}

/// Parses the item; otherwise `message` at the item, with the item as it was.
pub fn parse_item<T: Parse>(item: &TokenStream, message: &str) -> Result<T, TokenStream> {
    syn::parse2::<T>(item.clone()).map_err(|_| {
        // Rust code that is no code at all is left to the compiler, whose message is better.
        if syn::parse2::<syn::Item>(item.clone()).is_err() {
            return item.clone();
        }
        let error = syn::Error::new(keyword_span(item), message).to_compile_error();
        quote!(#item #error)
    })
}

/// The span of the item's first word after its attributes.
fn keyword_span(item: &TokenStream) -> proc_macro2::Span {
    let mut tokens = item.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            proc_macro2::TokenTree::Punct(p) if p.as_char() == '#' => {
                tokens.next();
            }
            other => return other.span(),
        }
    }
    proc_macro2::Span::call_site()
}

/// Parameters of types and lifetimes cannot be registered: there is one registration per item.
pub fn no_generics(attribute: &str, generics: &Generics, errors: &mut Errors) {
    if let Some(first) = generics.params.first() {
        let message = format!(
            "{attribute} does not go on generic items, since each item is registered once: write the types out"
        );
        errors.push(syn::Error::new_spanned(first, message));
    }
}

/// Fields of tuple structs have no names to be stored under.
pub fn named_fields(attribute: &str, item: &ItemStruct, errors: &mut Errors) {
    if let Fields::Unnamed(fields) = &item.fields {
        let message = format!("{attribute} needs fields with names: write `struct {} {{ name: Type }}`", item.ident);
        errors.push(syn::Error::new_spanned(fields, message));
    }
}

/// Whether one of the item's derives is `name`.
pub fn derives(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().filter(|a| a.path().is_ident("derive")).any(|attr| {
        let mut found = false;
        // A derive list that does not parse is reported by the compiler itself.
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|s| s.ident == name);
            Ok(())
        });
        found
    })
}

/// The type without invisible groups, which come from `macro_rules!` parameters.
pub fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        other => other,
    }
}

/// Whether the type is written `dyn …`.
pub fn is_dyn(ty: &Type) -> bool {
    matches!(ungroup(ty), Type::TraitObject(_))
}

/// The last segment of a type's path with its first type argument, e.g. (`Option`, `String`).
pub fn outer(ty: &Type) -> Option<(&Ident, Option<&Type>)> {
    let Type::Path(path) = ungroup(ty) else {
        return None;
    };
    let last = path.path.segments.last()?;
    let argument = match &last.arguments {
        syn::PathArguments::AngleBracketed(list) => list.args.iter().find_map(|a| match a {
            syn::GenericArgument::Type(t) => Some(t),
            _ => None,
        }),
        _ => None,
    };
    Some((&last.ident, argument))
}

/// The inner type of `name<T>`.
pub fn inside<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match outer(ty)? {
        (ident, Some(inner)) if ident == name => Some(inner),
        _ => None,
    }
}

/// Checks that the types of an option are written `dyn Trait`.
pub fn want_dyn(option: &str, types: &[Type], errors: &mut Errors) {
    for ty in types.iter().filter(|t| !is_dyn(t)) {
        let written = quote!(#ty).to_string();
        errors.push(syn::Error::new_spanned(ty, format!("`{option}` names an interface: write `dyn {written}`")));
    }
}

/// An `InterfaceFn` of the type, with one check at its span.
pub fn interface_of(ty: &Type) -> TokenStream {
    let span = syn::spanned::Spanned::span(ty);
    quote_spanned!(span=> <#ty as ::guillotina::__rt::InterfaceType>::interface)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn doc_is_the_first_paragraph() {
        let item: ItemStruct = parse_quote! {
            /// One line
            /// and a second.
            ///
            /// Another paragraph.
            struct A;
        };
        assert_eq!(doc(&item.attrs), "One line and a second.");
        let item: ItemStruct = parse_quote!(
            struct A;
        );
        assert_eq!(doc(&item.attrs), "");
    }

    #[test]
    fn derives_are_found_by_their_last_name() {
        let item: ItemStruct = parse_quote! {
            #[derive(Clone, serde::Serialize)]
            struct A;
        };
        assert!(derives(&item.attrs, "Clone") && derives(&item.attrs, "Serialize"));
        assert!(!derives(&item.attrs, "Default"));
    }

    #[test]
    fn inner_types_are_seen_through_paths() {
        let ty: Type = parse_quote!(std::option::Option<Vec<String>>);
        let inner = inside(&ty, "Option").map(|t| quote!(#t).to_string());
        assert_eq!(inner.as_deref(), Some("Vec < String >"));
        assert!(inside(&ty, "Vec").is_none());
    }
}
