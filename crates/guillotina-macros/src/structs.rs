//! `#[utility]` and `#[addon]`, on structs; `#[command]`, on a function.

use crate::common::{interface_of, no_generics, parse_item, registration, want_dyn};
use crate::content::optional;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Item, Type};

const UTILITY: Spec = Spec {
    attribute: "#[utility]",
    options: &[
        Opt("provides", Shape::TypeOrTypes, "provides = dyn IThing` or `provides(dyn IThing, dyn IOther)"),
        Opt("needs", Shape::TypeOrTypes, "needs(dyn IMailer)"),
    ],
    hints: &[
        ("factory", "the factory is the struct's dotted name"),
        ("settings", "the settings are `type Settings` of its `impl AsyncUtility`"),
        ("name", "a utility's name is given in `[load_utilities.\"…\"]`"),
    ],
};

const ADDON: Spec = Spec {
    attribute: "#[addon]",
    options: &[
        Opt("name", Shape::Str, "name = \"my_plugin\""),
        Opt("title", Shape::Str, "title = \"My plugin\""),
        Opt("requires", Shape::Strs, "requires(\"other_plugin\")"),
        Opt("layer", Shape::Type, "layer = dyn ILayer"),
    ],
    hints: &[
        ("dependencies", "add-ons that are installed before it are `requires(…)`"),
        ("description", "there is only a title"),
    ],
};

const COMMAND: Spec = Spec {
    attribute: "#[command]",
    options: &[
        Opt("name", Shape::Str, "name = \"send-test\""),
        Opt("about", Shape::Str, "about = \"Sends a test message\""),
        Opt("example", Shape::Str, "example = \"guillotina send-test alice\""),
    ],
    hints: &[
        ("description", "the line of `--help` is `about`"),
        ("args", "the words behind the name are in `CommandCall`"),
    ],
};

/// A struct (or enum) without parameters and its options.
fn read(
    spec: &Spec,
    options: TokenStream,
    item: &TokenStream,
) -> Result<(Item, syn::Ident, Vec<syn::Attribute>, Options, Errors), TokenStream> {
    let message = format!("{} goes on a struct", spec.attribute);
    let item = parse_item::<Item>(item, &message)?;
    let mut errors = Errors::default();
    let (ident, attrs, generics) = match &item {
        Item::Struct(s) => (s.ident.clone(), s.attrs.clone(), &s.generics),
        Item::Enum(e) => (e.ident.clone(), e.attrs.clone(), &e.generics),
        _ => {
            errors.say(first_span(&item), message);
            let errors = errors.tokens();
            return Err(quote!(#item #errors));
        }
    };
    let options = Options::parse(spec, options, &mut errors);
    no_generics(spec.attribute, generics, &mut errors);
    Ok((item, ident, attrs, options, errors))
}

fn first_span(item: &Item) -> Span {
    match item {
        Item::Fn(f) => f.sig.ident.span(),
        Item::Impl(i) => i.impl_token.span(),
        other => other.span(),
    }
}

pub fn utility(options: TokenStream, item: TokenStream) -> TokenStream {
    let (item, ident, attrs, options, mut errors) = match read(&UTILITY, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    let provides = options.types("provides").unwrap_or_default();
    let needs = options.types("needs").unwrap_or_default();
    want_dyn("provides", provides, &mut errors);
    want_dyn("needs", needs, &mut errors);
    if provides.is_empty() && errors.is_empty() {
        errors.say(Span::call_site(), "#[utility] needs `provides = dyn …`: the interface that it is asked for by");
    }
    if !errors.is_empty() {
        let errors = errors.tokens();
        return quote!(#item #errors);
    }
    let body = utility_body(&ident, provides, needs);
    let declared = quote_spanned!(ident.span()=> __declared::<#ident>());
    let registration = registration(&ident, &attrs, quote!(::guillotina::__rt::Kind::Utility(#declared)));
    quote! {
        #item
        const _: () = {
            #body
            #registration
        };
    }
}

fn utility_body(ident: &syn::Ident, provides: &[Type], needs: &[Type]) -> TokenStream {
    let views = provides.iter().map(|ty| {
        let arc = quote_spanned!(ty.span()=> ::std::sync::Arc::<Self>::clone(&__this));
        quote!({
            let __view: ::std::sync::Arc<#ty> = #arc;
            ::guillotina::__rt::ProvidedView::new(__view)
        })
    });
    let interfaces = provides.iter().map(interface_of);
    let needs = needs.iter().map(|ty| {
        let interface = interface_of(ty);
        quote!(|| ::guillotina::__rt::Need::Utility(#interface))
    });
    quote! {
        trait __Views: ::core::marker::Sized {
            fn __views(__this: ::std::sync::Arc<Self>) -> ::std::vec::Vec<::guillotina::__rt::ProvidedView>;
        }
        impl __Views for #ident {
            fn __views(__this: ::std::sync::Arc<Self>) -> ::std::vec::Vec<::guillotina::__rt::ProvidedView> {
                ::std::vec![#(#views),*]
            }
        }
        const fn __declared<__U: ::guillotina::__rt::AsyncUtility + __Views>() -> ::guillotina::__rt::UtilityDecl {
            ::guillotina::__rt::UtilityDecl {
                provides: &[#(#interfaces),*],
                create: |__args| ::std::boxed::Box::pin(::guillotina::__rt::create_utility::<__U>(__args, __U::__views)),
                check_settings: |__settings, __path, __diagnostics| {
                    ::core::mem::drop(::guillotina::__rt::read_settings::<__U::Settings>(__settings, __path, __diagnostics));
                },
                settings: <__U::Settings as ::guillotina::__rt::Section>::FIELDS,
                needs: &[#(#needs),*],
            }
        }
    }
}

pub fn addon(options: TokenStream, item: TokenStream) -> TokenStream {
    let (item, ident, attrs, options, mut errors) = match read(&ADDON, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    want_dyn("layer", options.types("layer").unwrap_or_default(), &mut errors);
    let (name, title) =
        (required(&ADDON, "name", &options, &mut errors), required(&ADDON, "title", &options, &mut errors));
    if !errors.is_empty() {
        let errors = errors.tokens();
        return quote!(#item #errors);
    }
    let requires = options.strs("requires");
    let layer = optional(options.ty("layer").map(interface_of));
    // At the struct's place: that is where `impl Addon` is missing, if it is.
    let of = quote_spanned!(ident.span()=> ::guillotina::__rt::AddonDecl::of::<#ident>);
    let kind = quote!(::guillotina::__rt::Kind::Addon(#of(#name, #title, &[#(#requires),*], #layer)));
    let registration = registration(&ident, &attrs, kind);
    quote! {
        #item
        const _: () = {
            #registration
        };
    }
}

/// A text option that must be given.
fn required(spec: &Spec, name: &str, options: &Options, errors: &mut Errors) -> String {
    if let Some(text) = options.str(name) {
        return text.value();
    }
    let usage = spec.options.iter().find(|o| o.0 == name).map(|o| o.2).unwrap_or_default();
    if errors.is_empty() {
        errors.say(Span::call_site(), format!("{} needs `{usage}`", spec.attribute));
    }
    String::new()
}

pub fn command(options: TokenStream, item: TokenStream) -> TokenStream {
    let (mut function, options) = match Function::read(&COMMAND, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    function.want_async(COMMAND.attribute);
    function.want_owned(None);
    function.want_unmarked(COMMAND.attribute);
    if function.params.len() != 1 && function.errors.is_empty() {
        let message =
            format!("a #[command] takes its call alone: write `{}(call: CommandCall)`", function.item.sig.ident);
        function.errors.say(function.item.sig.ident.span(), message);
    }
    function.want_result(COMMAND.attribute, "Result<i32>` (the exit code) or `-> Result");
    let name = required(&COMMAND, "name", &options, &mut function.errors);
    let about = options.str("about").map_or_else(|| crate::common::doc(&function.item.attrs), |a| a.value());
    if about.is_empty() && function.errors.is_empty() {
        let message = "#[command] needs a doc comment or `about = \"…\"`: it is the line of `--help`";
        function.errors.say(Span::call_site(), message);
    }
    let (Some(param), true) = (function.params.first(), function.errors.is_empty()) else {
        return function.only_item();
    };

    let example = options.str("example").map(|e| e.value()).unwrap_or_default();
    let ident = &function.item.sig.ident;
    let argument = quote_spanned!(param.ty.span()=> __call);
    let code = quote_spanned!(function.result_span()=> ::guillotina::__rt::CommandInject::exit_code(__done));
    let body = quote! {
        fn __run(
            __call: ::guillotina::__rt::CommandCall,
        ) -> ::guillotina::__rt::BoxFuture<'static, ::guillotina::__rt::Result<i32>> {
            ::std::boxed::Box::pin(async move {
                let __done = #ident(#argument).await?;
                ::core::result::Result::Ok(#code)
            })
        }
    };
    let kind = quote! {
        ::guillotina::__rt::Kind::Command(::guillotina::__rt::CommandDecl {
            name: #name,
            about: #about,
            example: #example,
            run: __run,
        })
    };
    function.with(&body, kind)
}
