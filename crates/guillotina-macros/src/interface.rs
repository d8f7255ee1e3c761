//! `#[interface]`.

use crate::common::{no_generics, parse_item, registration, want_dyn};
use crate::errors::Errors;
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{FnArg, ImplItem, ItemImpl, ItemTrait, ReturnType, TraitItem, TraitItemFn, Type, TypeParamBound};

const SPEC: Spec = Spec {
    attribute: "#[interface]",
    options: &[
        Opt("name", Shape::Str, "name = \"my_plugin.interfaces.IThing\""),
        Opt("extends", Shape::TypeOrTypes, "extends(dyn IBase)"),
    ],
    hints: &[
        ("base", "an interface extends others: extends(dyn IBase)"),
        ("bases", "an interface extends others: extends(dyn IBase)"),
    ],
};

pub fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    if let Ok(block) = syn::parse2::<ItemImpl>(item.clone()) {
        return on_impl(options, block);
    }
    let message = "#[interface] goes on a trait, or on an `impl Trait for Type` block of one; a struct of stored fields takes #[content_type] or #[behavior]";
    match parse_item::<ItemTrait>(&item, message) {
        Ok(item) => on_trait(options, item),
        Err(tokens) => tokens,
    }
}

fn on_impl(options: TokenStream, block: ItemImpl) -> TokenStream {
    let mut errors = Errors::default();
    if !options.is_empty() {
        errors.push(syn::Error::new_spanned(
            &options,
            "#[interface] has no options on an `impl` block: write them on the trait",
        ));
    }
    if block.trait_.is_none() {
        errors.push(syn::Error::new_spanned(
            &block.self_ty,
            "#[interface] goes on a trait, or on an `impl Trait for Type` block of one",
        ));
    }
    let is_async = block.items.iter().any(|i| matches!(i, ImplItem::Fn(f) if f.sig.asyncness.is_some()));
    let boxed = (is_async && errors.is_empty()).then(async_trait);
    let errors = errors.tokens();
    quote!(#boxed #block #errors)
}

fn async_trait() -> TokenStream {
    quote!(#[::guillotina::__rt::async_trait])
}

fn on_trait(options: TokenStream, mut item: ItemTrait) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(&SPEC, options, &mut errors);
    no_generics(SPEC.attribute, &item.generics, &mut errors);
    let bases = options.types("extends").unwrap_or_default();
    want_dyn("extends", bases, &mut errors);
    let function = from_fn(&item);
    add_supertraits(&mut item, bases);

    let methods = || item.items.iter().filter_map(|i| if let TraitItem::Fn(f) = i { Some(f) } else { None });
    let boxed = methods().any(|f| f.sig.asyncness.is_some()).then(async_trait);
    let hint = unimplemented_hint(&item);
    if !errors.is_empty() && !item.generics.params.is_empty() {
        let errors = errors.tokens();
        return quote!(#hint #boxed #item #errors);
    }
    let ident = &item.ident;
    let interface = interface_type(&item, &options, bases);
    let provided = provided(&item, bases);
    let registration = errors.is_empty().then(|| {
        let kind =
            quote!(::guillotina::__rt::Kind::Interface(<dyn #ident as ::guillotina::__rt::InterfaceType>::interface));
        registration(ident, &item.attrs, kind)
    });
    let errors = errors.tokens();
    quote! {
        #hint #boxed #item
        const _: () = {
            #interface
            #provided
            #function
            #registration
        };
        #errors
    }
}

/// Says what to write when a type does not implement the interface.
fn unimplemented_hint(item: &ItemTrait) -> Option<TokenStream> {
    let own = item.attrs.iter().any(|a| a.path().segments.first().is_some_and(|s| s.ident == "diagnostic"));
    let name = &item.ident;
    let message = format!("`{{Self}}` does not implement the interface `{name}`");
    let note = format!("write `#[interface] impl {name} for {{Self}} {{{{ … }}}}`");
    (!own).then(|| quote!(#[diagnostic::on_unimplemented(message = #message, note = #note)]))
}

/// Interfaces are shared between threads; the ones it extends are supertraits, so that objects can be upcast.
fn add_supertraits(item: &mut ItemTrait, bases: &[Type]) {
    let written: Vec<String> = item.supertraits.iter().map(|b| b.to_token_stream().to_string()).collect();
    let mut add = |bound: TypeParamBound| {
        if !written.contains(&bound.to_token_stream().to_string()) {
            item.supertraits.push(bound);
        }
    };
    for base in bases {
        if let Type::TraitObject(object) = crate::common::ungroup(base) {
            object.bounds.iter().cloned().for_each(&mut add);
        }
    }
    add(syn::parse_quote!(::core::marker::Send));
    add(syn::parse_quote!(::core::marker::Sync));
    add(syn::parse_quote!('static));
    item.colon_token.get_or_insert_with(Default::default);
}

fn interface_type(item: &ItemTrait, options: &Options, bases: &[Type]) -> TokenStream {
    let ident = &item.ident;
    let name = name_of(options, &ident.to_string());
    let bases = bases.iter().map(|b| {
        let interface = crate::common::interface_of(b);
        quote!(::core::clone::Clone::clone(#interface()))
    });
    interface_impl(&quote!(dyn #ident), name, &quote!([#(#bases),*]))
}

/// The expression of the dotted name: the option `name`, or the module path with `item`.
pub fn name_of(options: &Options, item: &str) -> TokenStream {
    match options.str("name") {
        Some(name) => quote!(#name),
        None => quote!(::guillotina::__rt::dotted_name(module_path!(), #item)),
    }
}

/// `impl InterfaceType`; `bases` is an array of interfaces.
pub fn interface_impl(ty: &TokenStream, name: TokenStream, bases: &TokenStream) -> TokenStream {
    quote! {
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::InterfaceType for #ty {
            fn interface() -> &'static ::guillotina::__rt::Interface {
                static __CELL: ::guillotina::__rt::StaticInterface = ::guillotina::__rt::StaticInterface::new();
                __CELL.get_or_init(|| ::guillotina::__rt::Interface::new(#name, #bases))
            }
        }
    }
}

fn provided(item: &ItemTrait, bases: &[Type]) -> TokenStream {
    let ident = &item.ident;
    let extends = |pointer: TokenStream, method: TokenStream| {
        let steps = bases.iter().map(|base| {
            quote! {
                if <#base as ::guillotina::__rt::InterfaceType>::interface().is_or_extends(__to) {
                    let __up: #pointer<#base> = __this;
                    return <#base as ::guillotina::__rt::Provided>::#method(__up, __to);
                }
            }
        });
        quote! {
            if __to == <Self as ::guillotina::__rt::InterfaceType>::interface() {
                return ::core::option::Option::Some(::std::boxed::Box::new(__this));
            }
            #(#steps)*
            ::core::option::Option::None
        }
    };
    let arc = extends(quote!(::std::sync::Arc), quote!(upcast_arc));
    let boxed = extends(quote!(::std::boxed::Box), quote!(upcast_box));
    quote! {
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::Provided for dyn #ident {
            fn upcast_arc(
                __this: ::std::sync::Arc<Self>,
                __to: &::guillotina::__rt::Interface,
            ) -> ::core::option::Option<::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync>> {
                #arc
            }
            fn upcast_box(
                __this: ::std::boxed::Box<Self>,
                __to: &::guillotina::__rt::Interface,
            ) -> ::core::option::Option<::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send>> {
                #boxed
            }
        }
    }
}

/// An interface with a single method without parameters can be an `async fn`.
fn from_fn(item: &ItemTrait) -> Option<TokenStream> {
    let [TraitItem::Fn(method)] = &item.items[..] else {
        return None;
    };
    let output = function_output(method)?;
    let extends_none = item.supertraits.iter().all(|b| {
        let bound = b.to_token_stream().to_string();
        ["Send", "Sync", "'static"].contains(&bound.as_str())
    });
    if !extends_none || !item.generics.params.is_empty() {
        return None;
    }
    let (ident, signature) = (&item.ident, &method.sig);
    Some(quote! {
        struct __Function(
            ::std::boxed::Box<dyn Fn() -> ::guillotina::__rt::FnFuture<#output> + ::core::marker::Send + ::core::marker::Sync>,
        );
        #[::guillotina::__rt::async_trait]
        impl #ident for __Function {
            #signature {
                (self.0)().await
            }
        }
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::FromFn for dyn #ident {
            type Output = #output;
            fn from_fn(
                __f: ::std::boxed::Box<
                    dyn Fn() -> ::guillotina::__rt::FnFuture<#output> + ::core::marker::Send + ::core::marker::Sync,
                >,
            ) -> ::std::boxed::Box<Self> {
                ::std::boxed::Box::new(__Function(__f))
            }
        }
    })
}

/// What `async fn method(&self) -> R` returns; `None` for every other form.
fn function_output(method: &TraitItemFn) -> Option<TokenStream> {
    let signature = &method.sig;
    let mut inputs = signature.inputs.iter();
    let by_reference =
        matches!(inputs.next(), Some(FnArg::Receiver(r)) if r.reference.is_some() && r.mutability.is_none());
    let plain =
        by_reference && inputs.next().is_none() && signature.generics.params.is_empty() && method.default.is_none();
    if !plain || signature.asyncness.is_none() {
        return None;
    }
    let output = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    // A borrowed result borrows from the object, which a function is not.
    let text = output.to_string();
    (!text.contains('&') && !text.contains('\'') && !text.contains("Self")).then_some(output)
}
