//! `#[settings]`: a section of the settings file as a struct.

use crate::common::{doc, inside, named_fields, no_generics, outer, parse_item, registration};
use crate::errors::Errors;
use crate::field::{convert, to_json};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Field, ItemStruct, Meta, Type};

const SPEC: Spec = Spec {
    attribute: "#[settings]",
    options: &[Opt("section", Shape::Str, "section = \"jwt\"")],
    hints: &[
        ("name", "the key in the settings file is `section`"),
        ("key", "the key in the settings file is `section`"),
    ],
};

/// One setting.
struct Setting {
    ident: Ident,
    ty: Type,
    doc: String,
    default: Option<Expr>,
    /// Its default is missing or wrong, which is said already.
    broken: bool,
}

pub fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match parse_item::<ItemStruct>(&item, "#[settings] goes on a struct with named fields") {
        Ok(item) => on_struct(options, item),
        Err(tokens) => tokens,
    }
}

fn on_struct(options: TokenStream, mut item: ItemStruct) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(&SPEC, options, &mut errors);
    no_generics(SPEC.attribute, &item.generics, &mut errors);
    named_fields(SPEC.attribute, &item, &mut errors);
    let fields: Vec<_> = item.fields.iter_mut().filter_map(|f| Setting::take(f, &mut errors)).collect();
    if !item.generics.params.is_empty() || matches!(item.fields, syn::Fields::Unnamed(_)) {
        let errors = errors.tokens();
        return quote!(#item #errors);
    }
    let ident = &item.ident;
    let (defaults, docs) = (fields.iter().map(Setting::default_value), fields.iter().map(Setting::field_doc));
    let registration = options
        .str("section")
        .filter(|_| errors.is_empty())
        .map(|section| registration(ident, &item.attrs, settings_kind(ident, section)));
    let errors = errors.tokens();
    quote! {
        #[derive(::core::clone::Clone, ::guillotina::__rt::serde::Serialize, ::guillotina::__rt::serde::Deserialize)]
        #[serde(crate = "::guillotina::__rt::serde", default, deny_unknown_fields)]
        #item
        const _: () = {
            impl ::core::default::Default for #ident {
                fn default() -> Self {
                    Self { #(#defaults),* }
                }
            }
            impl ::guillotina::__rt::Section for #ident {
                const FIELDS: &'static [::guillotina::__rt::FieldDoc] = &[#(#docs),*];
            }
            #registration
        };
        #errors
    }
}

fn settings_kind(ident: &Ident, section: &syn::LitStr) -> TokenStream {
    quote! {
        ::guillotina::__rt::Kind::Settings(::guillotina::__rt::SettingsDecl {
            section: #section,
            load: |__settings, __path, __diagnostics| {
                let __section: #ident = ::guillotina::__rt::read_settings(__settings, __path, __diagnostics);
                ::core::option::Option::Some(::std::sync::Arc::new(__section))
            },
            fields: <#ident as ::guillotina::__rt::Section>::FIELDS,
        })
    }
}

impl Setting {
    fn take(field: &mut Field, errors: &mut Errors) -> Option<Setting> {
        let attributes: Vec<_> = field.attrs.extract_if(.., |a| a.path().is_ident("default")).collect();
        let ident = field.ident.clone()?;
        let doc = doc(&field.attrs);
        if doc.is_empty() {
            let message = format!("setting `{ident}` needs a doc comment: it becomes the operator's documentation");
            errors.say(ident.span(), message);
        }
        let mut broken = true;
        let default = match attributes.first().map(|a| &a.meta) {
            Some(Meta::Path(_)) => {
                broken = false;
                None
            }
            Some(Meta::List(list)) => errors.take(list.parse_args::<Expr>()),
            Some(Meta::NameValue(pair)) => {
                errors.push(syn::Error::new_spanned(pair, "a default is written in parentheses: `#[default(512)]`"));
                None
            }
            None => {
                let message = format!(
                    "setting `{ident}` needs a default: write `#[default(512)]`, or `#[default]` for the type's own (`None` for an `Option`)"
                );
                errors.say(ident.span(), message);
                None
            }
        };
        if let Some(second) = attributes.get(1) {
            errors.push(syn::Error::new_spanned(second, "a second #[default]: keep one of them"));
        }
        broken &= default.is_none();
        Some(Setting { ident, ty: field.ty.clone(), doc, default, broken })
    }

    fn default_expr(&self) -> TokenStream {
        let ty = &self.ty;
        match &self.default {
            Some(expr) => convert(ty, expr),
            None if self.broken => quote!(::core::panic!()),
            None => quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default()),
        }
    }

    fn default_value(&self) -> TokenStream {
        let (ident, value) = (&self.ident, self.default_expr());
        quote!(#ident: #value)
    }

    fn field_doc(&self) -> TokenStream {
        let (name, doc) = (self.ident.unraw().to_string(), &self.doc);
        let kind = kind_in_words(&self.ty, self.default.is_some());
        let default = to_json(&self.ty, &self.default_expr());
        quote! {
            ::guillotina::__rt::FieldDoc { name: #name, kind: #kind, default: || #default, doc: #doc }
        }
    }
}

/// The type as the operator knows it. A type of its own is a nested section, or a word when it has a default written out.
fn kind_in_words(ty: &Type, has_default: bool) -> String {
    if let Some(inner) = inside(ty, "Option") {
        return kind_in_words(inner, has_default);
    }
    let Some((ident, argument)) = outer(ty) else {
        return "value".to_owned();
    };
    match (ident.to_string().as_str(), argument) {
        ("bool", _) => "boolean".to_owned(),
        ("String" | "PathBuf" | "IpAddr" | "SocketAddr" | "char", _) => "string".to_owned(),
        ("f32" | "f64", _) => "number".to_owned(),
        ("Vec" | "BTreeSet" | "HashSet" | "IndexSet", Some(item)) => {
            format!("list of {}", kind_in_words(item, has_default))
        }
        ("HashMap" | "BTreeMap" | "IndexMap" | "Map", _) => "table".to_owned(),
        ("Value", _) => "value".to_owned(),
        (name, _) if is_integer(name) => "integer".to_owned(),
        _ if has_default => "string".to_owned(),
        _ => "table".to_owned(),
    }
}

fn is_integer(name: &str) -> bool {
    let name = name.strip_prefix("NonZero").unwrap_or(name).to_lowercase();
    let digits = name.strip_prefix(['u', 'i']);
    matches!(digits, Some("8" | "16" | "32" | "64" | "128" | "size"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn types_are_named_for_operators() {
        let kind = |ty: Type| kind_in_words(&ty, false);
        assert_eq!(kind(parse_quote!(usize)), "integer");
        assert_eq!(kind(parse_quote!(NonZeroU32)), "integer");
        assert_eq!(kind(parse_quote!(Option<String>)), "string");
        assert_eq!(kind(parse_quote!(Vec<std::path::PathBuf>)), "list of string");
        assert_eq!(kind(parse_quote!(BTreeMap<String, u8>)), "table");
        assert_eq!(kind(parse_quote!(Limits)), "table");
        assert_eq!(kind_in_words(&parse_quote!(Level), true), "string");
    }

    #[test]
    fn every_setting_is_documented_and_has_a_default() {
        let text = expand(
            TokenStream::new(),
            quote!(
                struct S {
                    backlog: usize,
                }
            ),
        )
        .to_string();
        assert!(
            text.contains("setting `backlog` needs a doc comment: it becomes the operator's documentation"),
            "{text}"
        );
        assert!(text.contains("setting `backlog` needs a default: write `#[default(512)]`"), "{text}");
    }
}
