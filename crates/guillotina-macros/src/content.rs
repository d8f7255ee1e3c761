//! `#[content_type]`, `#[behavior]` and `#[schema]`: structs whose fields are stored, validated and served.

use crate::common::{derives, doc, interface_of, named_fields, no_generics, parse_item, registration};
use crate::directives::{self, INDEXES, INVARIANTS, METADATA, TAGGED_VALUES};
use crate::errors::Errors;
use crate::field::FieldSpec;
use crate::interface::{interface_impl, name_of};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ItemStruct, Type};

const CONTENT_TYPE: Spec = Spec {
    attribute: "#[content_type]",
    options: &[
        Opt("name", Shape::Str, "name = \"Conversation\""),
        Opt("interface", Shape::Str, "interface = \"my_plugin.content.IConversation\""),
        Opt("base", Shape::Type, "base = Folder"),
        Opt("behaviors", Shape::Types, "behaviors(IDublinCore)"),
        Opt("allowed_types", Shape::Types, "allowed_types(Message)"),
        Opt("globally_addable", Shape::Flag, "globally_addable = false"),
        Opt("add_permission", Shape::Expr, "add_permission = perms::ADD_CONTENT"),
        Opt("folderish", Shape::Flag, "folderish = true"),
        Opt("title", Shape::Str, "title = \"A conversation\""),
        INVARIANTS,
        INDEXES,
        METADATA,
        TAGGED_VALUES,
    ],
    hints: &[
        ("schema", "the schema is the struct's fields"),
        ("type_name", "the name on the wire is `name`"),
        ("description", "the description is the doc comment"),
        ("behaviours", "it is spelt `behaviors(…)`"),
        ("allowed", "it is spelt `allowed_types(…)`"),
    ],
};

const BEHAVIOR: Spec = Spec {
    attribute: "#[behavior]",
    options: &[
        Opt("name", Shape::Str, "name = \"my_plugin.behaviors.IRated\""),
        Opt("title", Shape::Str, "title = \"Rated\""),
        Opt("auto_serialize", Shape::Flag, "auto_serialize = false"),
        Opt("for_", Shape::Type, "for_ = Folder"),
        INVARIANTS,
        INDEXES,
        METADATA,
        TAGGED_VALUES,
    ],
    hints: &[
        ("description", "the description is the doc comment"),
        ("marker", "a struct without fields is a marker"),
        ("provides", "the struct is the interface that it provides"),
        ("context", "resources that may have it are named with `for_ = Type`"),
    ],
};

const SCHEMA: Spec = Spec {
    attribute: "#[schema]",
    options: &[
        Opt("name", Shape::Str, "name = \"my_plugin.content.IAddress\""),
        Opt("title", Shape::Str, "title = \"Address\""),
        INVARIANTS,
        TAGGED_VALUES,
    ],
    hints: &[
        ("description", "the description is the doc comment"),
        ("indexes", "indexes belong to the type or behaviour that has a field of this struct"),
    ],
};

/// A struct that is being expanded.
struct Stored {
    item: ItemStruct,
    options: Options,
    fields: Vec<FieldSpec>,
    /// Whether it is the type of a field, and no object.
    nested: bool,
    errors: Errors,
}

impl Stored {
    fn read(spec: &Spec, options: TokenStream, item: &TokenStream) -> Result<Stored, TokenStream> {
        let message = format!("{} goes on a struct with named fields", spec.attribute);
        let mut item = parse_item::<ItemStruct>(item, &message)?;
        let mut errors = Errors::default();
        let options = Options::parse(spec, options, &mut errors);
        no_generics(spec.attribute, &item.generics, &mut errors);
        named_fields(spec.attribute, &item, &mut errors);
        let nested = spec.attribute == SCHEMA.attribute;
        let fields: Vec<_> = item.fields.iter_mut().filter_map(|f| FieldSpec::take(f, nested, &mut errors)).collect();
        if spec.attribute != BEHAVIOR.attribute {
            for span in fields.iter().filter_map(FieldSpec::context_span) {
                errors.say(span, "`context` is for #[behavior]: it keeps the field on the object, where the fields of a type are anyway");
            }
        }
        let stored = Stored { item, options, fields, nested, errors };
        if stored.item.generics.params.is_empty() && !matches!(stored.item.fields, syn::Fields::Unnamed(_)) {
            return Ok(stored);
        }
        let (item, errors) = (&stored.item, stored.errors.tokens());
        Err(quote!(#item #errors))
    }

    /// The struct with its derives, `Default` and `Fields`.
    fn base_impls(&mut self) -> (TokenStream, TokenStream) {
        let defaults = self.default_impl();
        let ident = &self.item.ident;
        let missing = ["Clone", "Debug"].into_iter().filter(|d| !derives(&self.item.attrs, d));
        let missing: Vec<_> = missing.map(|d| quote::format_ident!("{d}")).collect();
        let fields: Vec<TokenStream> = self.fields.iter().map(FieldSpec::build).collect();
        let (directives, indexes) = directives::build(ident, &self.options, self.nested, &mut self.errors);
        directives::check_names(self.fields.iter().flat_map(FieldSpec::indexes).chain(&indexes), &mut self.errors);
        let (item, serde) = self.with_serde();
        let item = quote!(#[derive(#(#missing),*)] #item);
        let impls = quote! {
            #defaults
            #serde
            impl ::guillotina::__rt::Fields for #ident {
                fn fields() -> ::std::vec::Vec<::guillotina::__rt::Field> {
                    ::std::vec![#(#fields),*]
                }
                #directives
            }
        };
        (item, impls)
    }

    /// The struct with serde's derives, and the functions that those call. A unit struct would be null for serde, but
    /// a field set is always an object.
    fn with_serde(&self) -> (TokenStream, TokenStream) {
        let mut item = self.item.clone();
        let ident = item.ident.clone();
        if matches!(item.fields, syn::Fields::Unit) {
            return (quote!(#item), unit_serde(&ident));
        }
        let readers: Vec<_> =
            item.fields.iter_mut().zip(&self.fields).filter_map(|(f, spec)| spec.read_null(&ident, f)).collect();
        let factories = self.fields.iter().filter_map(FieldSpec::factory_fn);
        let functions = quote!(impl #ident { #(#readers)* #(#factories)* });
        let item = quote! {
            #[derive(::guillotina::__rt::serde::Serialize, ::guillotina::__rt::serde::Deserialize)]
            #[serde(crate = "::guillotina::__rt::serde", default)]
            #item
        };
        (item, functions)
    }

    /// `Default` with the defaults of the fields, unless the author derives it.
    fn default_impl(&mut self) -> Option<TokenStream> {
        if derives(&self.item.attrs, "Default") {
            let with_default = self.fields.iter().find_map(|f| f.default_span());
            if let Some(span) = with_default {
                self.errors.say(
                    span,
                    "remove `Default` from the derives: the attribute implements it, with the defaults of the fields",
                );
            }
            return None;
        }
        let ident = &self.item.ident;
        let values = self.fields.iter().map(FieldSpec::default_value);
        Some(quote! {
            impl ::core::default::Default for #ident {
                fn default() -> Self {
                    Self { #(#values),* }
                }
            }
        })
    }

    fn finish(&self, item: &TokenStream, body: &TokenStream, kind: Option<TokenStream>) -> TokenStream {
        let registration =
            kind.filter(|_| self.errors.is_empty()).map(|kind| registration(&self.item.ident, &self.item.attrs, kind));
        let errors = self.errors.tokens();
        quote! {
            #item
            const _: () = {
                #body
                #registration
            };
            #errors
        }
    }

    fn title(&self) -> String {
        match self.options.str("title") {
            Some(title) => title.value(),
            None => words(&self.item.ident.unraw().to_string()),
        }
    }
}

/// A struct without fields as the empty object.
fn unit_serde(ident: &syn::Ident) -> TokenStream {
    quote! {
        impl ::guillotina::__rt::serde::Serialize for #ident {
            fn serialize<__S: ::guillotina::__rt::serde::Serializer>(&self, __to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                ::guillotina::__rt::serde::ser::SerializeMap::end(__to.serialize_map(::core::option::Option::Some(0))?)
            }
        }
        impl<'de> ::guillotina::__rt::serde::Deserialize<'de> for #ident {
            fn deserialize<__D: ::guillotina::__rt::serde::Deserializer<'de>>(__from: __D) -> ::core::result::Result<Self, __D::Error> {
                <::guillotina::__rt::serde::de::IgnoredAny as ::guillotina::__rt::serde::Deserialize>::deserialize(__from)?;
                ::core::result::Result::Ok(#ident)
            }
        }
    }
}

/// `BlogPost` as words: `Blog post`. The `I` of an interface is no word.
fn words(ident: &str) -> String {
    let mut chars = ident.chars();
    let contract = chars.next() == Some('I') && chars.next().is_some_and(char::is_uppercase);
    let ident = ident.get(usize::from(contract)..).unwrap_or(ident);
    let mut out = String::new();
    for (i, c) in ident.chars().enumerate() {
        let lower = c.is_uppercase() && i > 0;
        if lower && !out.ends_with(char::is_uppercase) {
            out.push(' ');
        }
        if lower && out.ends_with(' ') {
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

pub fn content_type(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut stored = match Stored::read(&CONTENT_TYPE, options, &item) {
        Ok(stored) => stored,
        Err(tokens) => return tokens,
    };
    let (item, impls) = stored.base_impls();
    let ident = &stored.item.ident;
    let base = Base::of(&stored.options, &mut stored.errors);
    want_const(&stored.options, &["add_permission"], &mut stored.errors);
    let name = match stored.options.str("interface") {
        Some(name) => quote!(#name),
        None => {
            let interface = format!("I{ident}");
            quote!(::guillotina::__rt::dotted_name(module_path!(), #interface))
        }
    };
    let interface = interface_impl(&quote!(#ident), name, &quote!([::core::clone::Clone::clone((__BASE.0)())]));
    let type_name = stored.options.str("name").map_or_else(|| ident.unraw().to_string(), |n| n.value());
    let Base { check, folderish } = base;
    let body = quote! {
        #check
        #impls
        #interface
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::ContentInterface for #ident {}
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::ContentData for #ident {
            const TYPE_NAME: &'static str = #type_name;
            const FOLDERISH: bool = #folderish;
        }
    };
    let kind = content_type_kind(&stored);
    stored.finish(&item, &body, Some(kind))
}

/// The base of a content type: a const with its interface, `@type` and whether it is folderish.
struct Base {
    check: TokenStream,
    folderish: TokenStream,
}

impl Base {
    fn of(options: &Options, errors: &mut Errors) -> Base {
        let folderish = options.bool("folderish");
        match options.ty("base") {
            Some(ty) if quote!(#ty).to_string() == "none" => Base {
                check: quote! {
                    const __BASE: (fn() -> &'static ::guillotina::__rt::Interface, &'static str) =
                        (<dyn ::guillotina::interfaces::IResource as ::guillotina::__rt::InterfaceType>::interface, "");
                },
                folderish: folderish.map_or(quote!(false), |f| quote!(#f)),
            },
            base => {
                if let (Some(span), Some(_)) = (options.span("folderish"), folderish) {
                    errors.say(span, "a type is folderish when its base is: write `base = Folder` (`folderish` goes with `base = none`)");
                }
                let default: Type = syn::parse_quote!(::guillotina::Item);
                let ty = base.unwrap_or(&default);
                // One mention of the trait at the type's place: one error when it is no content type.
                let check = quote_spanned!(ty.span()=> __base::<#ty>());
                Base {
                    check: quote! {
                        const fn __base<__T: ::guillotina::__rt::ContentData>()
                        -> (fn() -> &'static ::guillotina::__rt::Interface, &'static str, bool) {
                            (<__T as ::guillotina::__rt::InterfaceType>::interface, __T::TYPE_NAME, __T::FOLDERISH)
                        }
                        const __BASE: (fn() -> &'static ::guillotina::__rt::Interface, &'static str, bool) = #check;
                    },
                    folderish: quote!(__BASE.2),
                }
            }
        }
    }
}

fn content_type_kind(stored: &Stored) -> TokenStream {
    let ident = &stored.item.ident;
    let options = &stored.options;
    let behaviors = options.types("behaviors").unwrap_or_default().iter();
    let behaviors = behaviors.map(|t| quote_spanned!(t.span()=> ::guillotina::__rt::interface_of::<#t>));
    let allowed = match options.types("allowed_types") {
        None => quote!(::core::option::Option::None),
        Some(types) => {
            let names = types.iter().map(|t| quote_spanned!(t.span()=> ::guillotina::__rt::type_name_of::<#t>()));
            quote!(::core::option::Option::Some(&[#(#names),*]))
        }
    };
    let globally_addable = options.bool("globally_addable").unwrap_or(true);
    let add_permission = optional(options.expr("add_permission").map(permission));
    let (title, description) = (stored.title(), doc(&stored.item.attrs));
    quote! {
        ::guillotina::__rt::Kind::ContentType(::guillotina::__rt::ContentTypeDecl {
            type_name: <#ident as ::guillotina::__rt::ContentData>::TYPE_NAME,
            vtable: ::guillotina::__rt::FieldsVtable::of::<#ident>(),
            base: __BASE.1,
            behaviors: &[#(#behaviors),*],
            allowed_types: #allowed,
            globally_addable: #globally_addable,
            add_permission: #add_permission,
            folderish: <#ident as ::guillotina::__rt::ContentData>::FOLDERISH,
            title: #title,
            description: #description,
        })
    }
}

/// `Some(…)` or `None`.
pub fn optional(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Refuses a permission that is written as text.
pub fn want_const(options: &Options, names: &[&str], errors: &mut Errors) {
    for (name, expr) in names.iter().filter_map(|name| Some((name, options.expr(name)?))) {
        if matches!(expr, syn::Expr::Lit(_)) {
            let message = format!(
                "permissions are consts, so that a misspelt one does not compile: write `{name} = perms::VIEW_CONTENT`, or declare your own with `permission!`"
            );
            errors.push(syn::Error::new_spanned(expr, message));
        }
    }
}

/// A permission's const with its type checked at its place.
pub fn permission(expr: &syn::Expr) -> TokenStream {
    quote_spanned! {expr.span()=> {
        const __PERMISSION: ::guillotina::__rt::Permission = #expr;
        __PERMISSION
    }}
}

pub fn behavior(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut stored = match Stored::read(&BEHAVIOR, options, &item) {
        Ok(stored) => stored,
        Err(tokens) => return tokens,
    };
    let (item, impls) = stored.base_impls();
    let ident = &stored.item.ident;
    if !ident.to_string().starts_with('I') {
        let message = format!("a behavior is an interface: call it `I{ident}`");
        stored.errors.say(ident.span(), message);
    }
    let name = name_of(&stored.options, &ident.to_string());
    let interface = interface_impl(&quote!(#ident), name, &quote!([]));
    let body = quote! {
        #impls
        #interface
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::ContentInterface for #ident {}
    };
    let (title, description) = (stored.title(), doc(&stored.item.attrs));
    let auto_serialize = stored.options.bool("auto_serialize").unwrap_or(true);
    let for_ = match stored.options.ty("for_") {
        Some(ty) => interface_of(ty),
        None => quote!(<dyn ::guillotina::interfaces::IResource as ::guillotina::__rt::InterfaceType>::interface),
    };
    let context_fields = stored.fields.iter().filter_map(FieldSpec::context_name);
    let kind = quote! {
        ::guillotina::__rt::Kind::Behavior(::guillotina::__rt::BehaviorDecl {
            vtable: ::guillotina::__rt::FieldsVtable::of::<#ident>(),
            title: #title,
            description: #description,
            auto_serialize: #auto_serialize,
            for_: #for_,
            context_fields: &[#(#context_fields),*],
        })
    };
    stored.finish(&item, &body, Some(kind))
}

pub fn schema(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut stored = match Stored::read(&SCHEMA, options, &item) {
        Ok(stored) => stored,
        Err(tokens) => return tokens,
    };
    let (item, impls) = stored.base_impls();
    let ident = &stored.item.ident;
    let name = name_of(&stored.options, &format!("I{ident}"));
    let title = stored.title();
    let description = doc(&stored.item.attrs);
    let body = quote! {
        #impls
        impl ::guillotina::__rt::FieldType for #ident {
            fn kind() -> ::guillotina::__rt::FieldKind {
                ::guillotina::__rt::structure::<Self>(&#name, #title, #description)
            }
        }
    };
    stored.finish(&item, &body, None)
}

#[cfg(test)]
mod tests;
