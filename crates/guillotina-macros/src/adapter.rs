//! `#[adapter]`.

use crate::common::{inside, want_dyn};
use crate::function::{Function, Injected};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

const SPEC: Spec = Spec {
    attribute: "#[adapter]",
    options: &[Opt("provides", Shape::Type, "provides = dyn IThing"), Opt("name", Shape::Str, "name = \"default\"")],
    hints: &[
        ("for_", "what is adapted are the types of the parameters"),
        ("context", "what is adapted are the types of the parameters"),
        ("adapts", "what is adapted are the types of the parameters"),
        ("priority", "of two adapters, the one for the more specific objects wins"),
    ],
};

/// How many objects the registry adapts at once.
const MOST: usize = 4;

pub fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let (mut function, options) = match Function::read(&SPEC, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    function.want_owned(None);
    check_adapted(&mut function);
    want_dyn("provides", options.types("provides").unwrap_or_default(), &mut function.errors);
    if options.ty("provides").is_none() && function.errors.is_empty() {
        let message = "#[adapter] needs `provides = dyn …`: the interface that objects are adapted to";
        function.errors.say(proc_macro2::Span::call_site(), message);
    }
    if function.returned().is_none() && function.errors.is_empty() {
        let message = "an #[adapter] returns what it provides: write `-> Result<T>`, or `-> T` with a `T` that implements the interface";
        function.errors.say(function.item.sig.ident.span(), message);
    }
    match options.ty("provides") {
        Some(provides) if function.errors.is_empty() => registered(&function, &options, provides),
        _ => function.only_item(),
    }
}

fn check_adapted(function: &mut Function) {
    let adapted = function.params.iter().filter(|p| !p.inject).count();
    if (1..=MOST).contains(&adapted) || !function.errors.is_empty() {
        return;
    }
    let message = format!(
        "an #[adapter] adapts one to four objects, this one {adapted}; put `#[inject]` before a parameter that is injected"
    );
    match function.params.iter().filter(|p| !p.inject).nth(MOST) {
        Some(fifth) => function.errors.push(syn::Error::new_spanned(&fifth.ty, message)),
        None => function.errors.say(function.item.sig.ident.span(), message),
    }
}

/// The adapted parameters: their consts, and how each is taken out of the factory's argument.
struct Adapted {
    consts: TokenStream,
    required: TokenStream,
    objects: Vec<Ident>,
    lets: TokenStream,
    clones: TokenStream,
}

impl Adapted {
    fn of(function: &Function) -> Adapted {
        let mut all = Adapted {
            consts: quote! {
                type __Adapted<__T> = (
                    fn() -> &'static ::guillotina::__rt::Interface,
                    fn(&::guillotina::__rt::Erased) -> ::guillotina::__rt::Result<__T>,
                    fn(&__T) -> __T,
                );
                const fn __adapted<__T: ::guillotina::__rt::Adapted>() -> __Adapted<__T> {
                    (__T::interface, __T::from_erased, <__T as ::core::clone::Clone>::clone)
                }
            },
            required: TokenStream::new(),
            objects: Vec::new(),
            lets: TokenStream::new(),
            clones: TokenStream::new(),
        };
        for (index, param) in function.params.iter().enumerate().filter(|(_, p)| !p.inject) {
            let (constant, ty) = (format_ident!("__ADAPTED_{index}"), &param.ty);
            let (object, name) = (format_ident!("__object_{index}"), format_ident!("__param_{index}"));
            let check = quote_spanned!(ty.span()=> __adapted::<#ty>());
            all.consts.extend(quote!(const #constant: __Adapted<#ty> = #check;));
            all.required.extend(quote!(#constant.0,));
            all.lets.extend(quote!(let #name = (#constant.1)(#object)?;));
            all.clones.extend(quote!(let #name = (#constant.2)(&#name);));
            all.objects.push(object);
        }
        all
    }
}

fn registered(function: &Function, options: &Options, provides: &Type) -> TokenStream {
    let adapted = Adapted::of(function);
    let injected_at = |i: &usize| function.params.get(*i).is_some_and(|p| p.inject);
    let injected = Injected::of(&function.params, (0..function.params.len()).filter(injected_at));
    let made = match function.item.sig.asyncness {
        Some(_) => from_function(function, provides, &adapted, &injected),
        None => from_value(function, provides, &injected),
    };
    let Adapted { consts, required, objects, lets, .. } = adapted;
    let (injected_consts, needs) = (&injected.consts, &injected.needs);
    let count = objects.len();
    let provided = quote_spanned!(provides.span()=> __provided::<#provides>());
    let body = quote! {
        #consts
        #injected_consts
        type __Upcast = fn(
            ::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send>,
            &::guillotina::__rt::Interface,
        ) -> ::core::option::Option<::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send>>;
        type __Provided<__P> = (
            fn() -> &'static ::guillotina::__rt::Interface,
            __Upcast,
            fn(::std::boxed::Box<__P>) -> ::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send>,
        );
        const fn __provided<__P: ?Sized + ::guillotina::__rt::Provided>() -> __Provided<__P> {
            (
                <__P as ::guillotina::__rt::InterfaceType>::interface,
                |__made, __to| {
                    <__P as ::guillotina::__rt::Provided>::upcast_box(*__made.downcast::<::std::boxed::Box<__P>>().ok()?, __to)
                },
                |__object| ::std::boxed::Box::new(__object),
            )
        }
        const __PROVIDED: __Provided<#provides> = #provided;
        fn __factory(
            __adapting: &::guillotina::__rt::Adapting<'_>,
        ) -> ::guillotina::__rt::Result<
            ::core::option::Option<::std::boxed::Box<dyn ::core::any::Any + ::core::marker::Send>>,
        > {
            let [#(#objects),*] = __adapting.objects else {
                return ::core::result::Result::Err(::guillotina::__rt::Error::internal(
                    concat!("an adapter of ", #count, " objects was called with another number of them"),
                ));
            };
            #lets
            #made
        }
    };
    let name = options.str("name").map(|n| n.value()).unwrap_or_default();
    let kind = quote! {
        ::guillotina::__rt::Kind::Adapter(::guillotina::__rt::AdapterDecl {
            required: &[#required],
            provides: __PROVIDED.0,
            name: #name,
            factory: __factory,
            upcast: __PROVIDED.1,
            needs: &[#needs],
        })
    };
    function.with(&body, kind)
}

/// The arguments in the order of the parameters.
fn arguments(function: &Function) -> impl Iterator<Item = Ident> {
    (0..function.params.len()).map(|i| format_ident!("__param_{i}"))
}

/// An `async fn` is the interface's only method: each call gets its own clones.
fn from_function(function: &Function, provides: &Type, adapted: &Adapted, injected: &Injected) -> TokenStream {
    let (ident, clones, lets) = (&function.item.sig.ident, &adapted.clones, &injected.lets);
    let arguments = arguments(function);
    let call = (!injected.names.is_empty()).then(|| {
        (
            quote!(let __shared = ::std::sync::Arc::new(__adapting.call());),
            quote!(let __shared = ::std::sync::Arc::clone(&__shared);),
            quote!(let __call: &::guillotina::__rt::Call = &__shared;),
        )
    });
    let (made, shared, borrowed) = call.unwrap_or_default();
    let from_fn = quote_spanned!(provides.span()=> __function::<#provides, _, _>);
    quote! {
        fn __function<__P, __F, __R>(__f: __F) -> ::std::boxed::Box<__P>
        where
            __P: ?Sized + ::guillotina::__rt::FromFn,
            __F: Fn() -> __R + ::core::marker::Send + ::core::marker::Sync + 'static,
            __R: ::core::future::Future<Output = __P::Output> + ::core::marker::Send + 'static,
        {
            __P::from_fn(::std::boxed::Box::new(move || ::std::boxed::Box::pin(__f())))
        }
        #made
        let __object = #from_fn(move || {
            #shared
            #clones
            async move {
                #borrowed
                #lets
                #ident(#(#arguments),*).await
            }
        });
        ::core::result::Result::Ok(::core::option::Option::Some((__PROVIDED.2)(__object)))
    }
}

/// A plain `fn` returns a value that implements the interface.
fn from_value(function: &Function, provides: &Type, injected: &Injected) -> TokenStream {
    let (ident, lets) = (&function.item.sig.ident, &injected.lets);
    let arguments = arguments(function);
    let Some(returned) = function.returned() else {
        return TokenStream::new();
    };
    let result = crate::common::outer(returned).is_some_and(|(name, _)| name == "Result");
    let inner = inside(returned, "Result").unwrap_or(returned);
    let option = inside(inner, "Option");
    let value = option.unwrap_or(inner);
    let call = (!injected.names.is_empty()).then(|| {
        quote! {
            let __adapting_call = __adapting.call();
            let __call = &__adapting_call;
        }
    });
    let question = result.then(|| quote!(?));
    let some = match option {
        Some(_) => quote!(__made),
        None => quote!(::core::option::Option::Some(__made)),
    };
    let boxed = quote_spanned!(value.span()=> ::std::boxed::Box::new(__value));
    quote! {
        #call
        #lets
        let __made = #ident(#(#arguments),*)#question;
        let ::core::option::Option::Some(__value) = #some else {
            return ::core::result::Result::Ok(::core::option::Option::None);
        };
        let __object: ::std::boxed::Box<#provides> = #boxed;
        ::core::result::Result::Ok(::core::option::Option::Some((__PROVIDED.2)(__object)))
    }
}
