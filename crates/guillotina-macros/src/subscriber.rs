//! `#[subscriber]`.

use crate::common::{is_dyn, ungroup};
use crate::function::{Function, Injected, context, handler};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

const SPEC: Spec = Spec {
    attribute: "#[subscriber]",
    options: &[
        Opt("on", Shape::Types, "on(ObjectAdded, ObjectModified)"),
        Opt("priority", Shape::Int, "priority = 50"),
    ],
    hints: &[
        ("for_", "the context is the type of the first parameter, the event that of the second"),
        ("context", "the context is the type of the first parameter"),
        ("event", "the event is the type of the second parameter; several are written `on(A, B)`"),
        ("events", "several events are written `on(A, B)`"),
    ],
};

pub fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let (mut function, options) = match Function::read(&SPEC, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    function.want_async(SPEC.attribute);
    function.want_context(SPEC.attribute, "context: Content<Folder>, event: &ObjectAdded");
    function.want_owned(Some(1));
    function.want_unmarked(SPEC.attribute);
    function.want_result(SPEC.attribute, "Result");
    function.want_nothing(SPEC.attribute);
    let event = event_type(&mut function);
    let (Some(event), true) = (event, function.errors.is_empty()) else {
        return function.only_item();
    };
    registered(&function, &options, &event)
}

/// The struct behind the second parameter's reference.
fn event_type(function: &mut Function) -> Option<Type> {
    let Some(param) = function.params.get(1) else {
        if function.errors.is_empty() {
            let message = "the second parameter of a #[subscriber] is the event: write `event: &ObjectAdded`";
            function.errors.say(function.item.sig.ident.span(), message);
        }
        return None;
    };
    let Type::Reference(reference) = ungroup(&param.ty) else {
        let ty = &param.ty;
        let written = quote!(#ty).to_string().replace(' ', "");
        let message = format!("the second parameter of a #[subscriber] is the event, by reference: write `&{written}`");
        function.errors.push(syn::Error::new_spanned(ty, message));
        return None;
    };
    if is_dyn(&reference.elem) {
        let message = "an event is a struct: take the one that the events are based on, e.g. `&ObjectEvent`";
        function.errors.push(syn::Error::new_spanned(&reference.elem, message));
        return None;
    }
    Some((*reference.elem).clone())
}

fn registered(function: &Function, options: &Options, event: &Type) -> TokenStream {
    let Some(first) = function.params.first() else {
        return function.only_item();
    };
    let context = context(first);
    let Injected { consts, lets, names, needs } = Injected::of(&function.params, 2..function.params.len());
    let ident = &function.item.sig.ident;
    let nothing = quote_spanned!(function.result_span()=> ());
    let handler = handler(
        &quote!(()),
        &quote! {
            let __object = (__CONTEXT.1)(__call)?;
            let ::core::option::Option::Some(__event) = (__EVENT.1)(__call) else {
                return ::core::result::Result::Err(::guillotina::__rt::Error::internal(
                    concat!("the subscriber `", module_path!(), "::", stringify!(#ident), "` was called for another event than it is registered for"),
                ));
            };
            #lets
            let #nothing = #ident(__object, __event #(, #names)*).await?;
            ::core::result::Result::Ok(())
        },
    );
    let one = std::slice::from_ref(event);
    let events = options.types("on").unwrap_or(one);
    // Every type is checked once, at its own place.
    let events = events.iter().map(|ty| {
        if quote!(#ty).to_string() == quote!(#event).to_string() {
            return quote!(__EVENT.0);
        }
        quote_spanned!(ty.span()=> __event::<#ty>().0)
    });
    let event_check = quote_spanned!(event.span()=> __event::<#event>());
    let priority = options.int("priority").map_or(quote!(100), |p| quote!(#p));
    let body = quote! {
        type __Event<__E> = (
            fn() -> &'static ::guillotina::__rt::Interface,
            for<'c> fn(&'c ::guillotina::__rt::Call) -> ::core::option::Option<&'c __E>,
        );
        const fn __event<__E: ::guillotina::__rt::Event>() -> __Event<__E> {
            (__E::type_interface, ::guillotina::__rt::Call::event_as::<__E>)
        }
        const __EVENT: __Event<#event> = #event_check;
        #context
        #consts
        #handler
    };
    let kind = quote! {
        ::guillotina::__rt::Kind::Subscriber(::guillotina::__rt::SubscriberDecl {
            context: __CONTEXT.0,
            events: &[#(#events),*],
            priority: #priority,
            handler: __handler,
            needs: &[#needs],
        })
    };
    function.with(&body, kind)
}
