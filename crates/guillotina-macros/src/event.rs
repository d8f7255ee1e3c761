//! `#[event]`.

use crate::common::{no_generics, parse_item, registration};
use crate::errors::Errors;
use crate::interface::{interface_impl, name_of};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Field, ItemStruct, Type};

const SPEC: Spec = Spec {
    attribute: "#[event]",
    options: &[
        Opt("base", Shape::Type, "base = ObjectEvent"),
        Opt("name", Shape::Str, "name = \"my_plugin.events.IThingHappened\""),
    ],
    hints: &[("extends", "an event is based on another struct: base = ObjectEvent")],
};

pub fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match parse_item::<ItemStruct>(&item, "#[event] goes on a struct") {
        Ok(item) => on_struct(options, &item),
        Err(tokens) => tokens,
    }
}

fn on_struct(options: TokenStream, item: &ItemStruct) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::parse(&SPEC, options, &mut errors);
    no_generics(SPEC.attribute, &item.generics, &mut errors);
    if !item.generics.params.is_empty() {
        let errors = errors.tokens();
        return quote!(#item #errors);
    }
    let ident = &item.ident;
    let base = options.ty("base").filter(|base| has_base(item, base, &mut errors));
    let interface = interface(&options, item, base);
    let event = event(item, base);
    let registration = errors.is_empty().then(|| {
        let kind = quote!(::guillotina::__rt::Kind::Event(<#ident as ::guillotina::__rt::InterfaceType>::interface));
        registration(ident, &item.attrs, kind)
    });
    let errors = errors.tokens();
    quote! {
        #item
        const _: () = {
            #interface
            #event
            #registration
        };
        #errors
    }
}

fn base_field(item: &ItemStruct) -> Option<&Field> {
    item.fields.iter().find(|f| f.ident.as_ref().is_some_and(|i| i == "base"))
}

fn has_base(item: &ItemStruct, base: &Type, errors: &mut Errors) -> bool {
    let found = base_field(item).is_some();
    if !found {
        let base = quote!(#base).to_string();
        let message = format!("an event based on another embeds it: add the field `pub base: {base}`");
        errors.push(syn::Error::new_spanned(&item.ident, message));
    }
    found
}

/// The const `__BASE` with all that is needed of the base, checked once at its place.
fn base_check(base: &Type) -> TokenStream {
    let check = quote_spanned!(base.span()=> __base::<#base>());
    quote! {
        type __Base<__E> = (
            fn() -> &'static ::guillotina::__rt::Interface,
            fn(&__E, ::core::any::TypeId) -> ::core::option::Option<&dyn ::core::any::Any>,
        );
        const fn __base<__E: ::guillotina::__rt::Event>() -> __Base<__E> {
            (__E::type_interface, |__event, __wanted| __event.as_type(__wanted))
        }
        const __BASE: __Base<#base> = #check;
    }
}

fn interface(options: &Options, item: &ItemStruct, base: Option<&Type>) -> TokenStream {
    let ident = &item.ident;
    let name = name_of(options, &format!("I{ident}"));
    let check = base.map(base_check);
    let bases = base.map(|_| quote!(::core::clone::Clone::clone((__BASE.0)())));
    let interface = interface_impl(&quote!(#ident), name, &quote!([#bases]));
    quote!(#check #interface)
}

fn event(item: &ItemStruct, base: Option<&Type>) -> TokenStream {
    let ident = &item.ident;
    let otherwise = match (base, base_field(item)) {
        (Some(_), Some(field)) => {
            // A field of another type is a mismatch that the compiler shows at the field.
            let found = quote_spanned!(field.ty.span()=> &self.base);
            quote!((__BASE.1)(#found, __wanted))
        }
        _ => quote!(::core::option::Option::None),
    };
    quote! {
        #[diagnostic::do_not_recommend]
        impl ::guillotina::__rt::Event for #ident {
            fn type_interface() -> &'static ::guillotina::__rt::Interface {
                <Self as ::guillotina::__rt::InterfaceType>::interface()
            }
            fn interface(&self) -> &'static ::guillotina::__rt::Interface {
                <Self as ::guillotina::__rt::InterfaceType>::interface()
            }
            fn as_type(&self, __wanted: ::core::any::TypeId) -> ::core::option::Option<&dyn ::core::any::Any> {
                if __wanted == ::core::any::TypeId::of::<Self>() {
                    return ::core::option::Option::Some(self);
                }
                #otherwise
            }
        }
    }
}
