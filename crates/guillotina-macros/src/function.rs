//! What the attributes on functions share: parameters, what they are taken from, and what is returned.
//!
//! Each parameter's trait is mentioned once, in a const at the parameter's own place, and everything else goes through
//! that const: a parameter of a wrong type gives one error, under the type.

use crate::common::{inside, outer, parse_item};
use crate::errors::Errors;
use crate::options::{Options, Spec};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ItemFn, LitStr, PatType, ReturnType, Type};

/// A function that is being expanded.
pub struct Function {
    /// The function as it is emitted, without the marks on its parameters.
    pub item: ItemFn,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What is wrong with it.
    pub errors: Errors,
}

/// A parameter.
pub struct Param {
    /// Its type.
    pub ty: Type,
    /// Whether it is marked `#[inject]`.
    pub inject: bool,
}

impl Function {
    /// Parses the function and its options.
    pub fn read(spec: &Spec, options: TokenStream, item: &TokenStream) -> Result<(Function, Options), TokenStream> {
        let message = format!("{} goes on a function", spec.attribute);
        let item = parse_item::<ItemFn>(item, &message)?;
        let mut function = Function { item, params: Vec::new(), errors: Errors::default() };
        let options = Options::parse(spec, options, &mut function.errors);
        crate::common::no_generics(spec.attribute, &function.item.sig.generics, &mut function.errors);
        function.read_params(spec.attribute);
        Ok((function, options))
    }

    fn read_params(&mut self, attribute: &str) {
        for input in &mut self.item.sig.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let message =
                        format!("{attribute} goes on free functions: the first parameter is an object, not `self`");
                    self.errors.push(syn::Error::new_spanned(receiver, message));
                }
                FnArg::Typed(PatType { attrs, ty, .. }) => {
                    let before = attrs.len();
                    attrs.retain(|a| !a.path().is_ident("inject"));
                    self.params.push(Param { ty: (**ty).clone(), inject: attrs.len() < before });
                }
            }
        }
    }

    /// Requires `async fn`.
    pub fn want_async(&mut self, attribute: &str) {
        if self.item.sig.asyncness.is_none() {
            let name = &self.item.sig.ident;
            let message = format!("{attribute} functions are async: write `async fn {name}`");
            self.errors.say(self.item.sig.fn_token.span(), message);
        }
    }

    /// Requires a first parameter; `example` shows one.
    pub fn want_context(&mut self, attribute: &str, example: &str) {
        if self.params.is_empty() && self.errors.is_empty() {
            let message = format!(
                "the first parameter of {attribute} is the context: write `{}({example}, …)`",
                self.item.sig.ident
            );
            self.errors.say(self.item.sig.ident.span(), message);
        }
    }

    /// Refuses references, except for the parameter `except`: everything that is injected is an owned handle.
    pub fn want_owned(&mut self, except: Option<usize>) {
        let params = self.params.iter().enumerate().filter(|(i, _)| Some(*i) != except);
        for (_, param) in params {
            if let Type::Reference(reference) = crate::common::ungroup(&param.ty) {
                let ty = &reference.elem;
                let written = quote!(#ty).to_string().replace(' ', "");
                let message = format!("parameters are handles, taken by value: write `{written}`");
                self.errors.push(syn::Error::new_spanned(&param.ty, message));
            }
        }
    }

    /// Refuses `#[inject]` where everything but the context is injected anyway.
    pub fn want_unmarked(&mut self, attribute: &str) {
        for param in self.params.iter().filter(|p| p.inject) {
            let message = format!("#[inject] is for #[adapter]: {attribute} injects every parameter after its context");
            self.errors.push(syn::Error::new_spanned(&param.ty, message));
        }
    }

    /// Requires a `Result` to be returned; `example` shows one.
    pub fn want_result(&mut self, attribute: &str, example: &str) {
        if self.result().is_some() || !self.errors.is_empty() {
            return;
        }
        let message = format!("{attribute} returns a result: write `-> {example}`");
        match &self.item.sig.output {
            ReturnType::Type(_, ty) => self.errors.push(syn::Error::new_spanned(ty, message)),
            ReturnType::Default => self.errors.say(self.item.sig.ident.span(), message),
        }
    }

    /// Requires `Result<()>` to be returned, whose `()` may be left out.
    pub fn want_nothing(&mut self, attribute: &str) {
        let Some((_, Some(value))) = self.returned().and_then(outer) else {
            return;
        };
        if self.errors.is_empty() && !matches!(value, Type::Tuple(unit) if unit.elems.is_empty()) {
            let message = format!("nobody takes what a {attribute} returns: write `-> Result`");
            self.errors.push(syn::Error::new_spanned(value, message));
        }
    }

    /// The type that is returned; `None` for nothing.
    pub fn returned(&self) -> Option<&Type> {
        match &self.item.sig.output {
            ReturnType::Type(_, ty) => Some(ty),
            ReturnType::Default => None,
        }
    }

    fn result(&self) -> Option<&Type> {
        let ty = self.returned()?;
        outer(ty).is_some_and(|(ident, _)| ident.to_string().ends_with("Result")).then_some(ty)
    }

    /// The span of what is returned inside the `Result`.
    pub fn result_span(&self) -> proc_macro2::Span {
        match self.returned() {
            Some(ty) => inside(ty, "Result").unwrap_or(ty).span(),
            None => self.item.sig.ident.span(),
        }
    }

    /// The function alone, with its errors.
    pub fn only_item(&self) -> TokenStream {
        let (item, errors) = (&self.item, self.errors.tokens());
        quote!(#item #errors)
    }

    /// The function with its registration in a block of its own.
    pub fn with(&self, body: &TokenStream, kind: TokenStream) -> TokenStream {
        let item = &self.item;
        let registration = crate::common::registration(&item.sig.ident, &item.attrs, kind);
        quote! {
            #item
            const _: () = {
                #body
                #registration
            };
        }
    }
}

/// Consts for the context (the first parameter) and the injected ones, and the statements that take them out of a call.
pub struct Injected {
    /// The consts, with the checks.
    pub consts: TokenStream,
    /// `let …;` statements over `__call: &Call`.
    pub lets: TokenStream,
    /// The variables, in order.
    pub names: Vec<Ident>,
    /// The `needs` of the registration.
    pub needs: TokenStream,
}

impl Injected {
    /// For the parameters at `indices`.
    pub fn of(params: &[Param], indices: impl Iterator<Item = usize>) -> Injected {
        let mut all =
            Injected { consts: injector(), lets: TokenStream::new(), names: Vec::new(), needs: TokenStream::new() };
        for (index, param) in indices.filter_map(|i| Some((i, params.get(i)?))) {
            let (constant, name, ty) = (format_ident!("__PARAM_{index}"), format_ident!("__param_{index}"), &param.ty);
            let check = quote_spanned!(ty.span()=> __injected::<#ty>());
            all.consts.extend(quote! {
                const #constant: __Injected<#ty> = #check;
            });
            all.lets.extend(quote!(let #name = (#constant.1)(__call)?;));
            all.needs.extend(quote!(#constant.0,));
            all.names.push(name);
        }
        if all.names.is_empty() {
            all.consts = TokenStream::new();
        }
        all
    }
}

fn injector() -> TokenStream {
    quote! {
        type __Injected<__T> = (
            fn() -> ::guillotina::__rt::Need,
            fn(&::guillotina::__rt::Call) -> ::guillotina::__rt::Result<__T>,
        );
        const fn __injected<__T: ::guillotina::__rt::Inject>() -> __Injected<__T> {
            (__T::need, __T::inject)
        }
    }
}

/// The const `__CONTEXT` of the first parameter: its interface and how it is taken out of a call.
pub fn context(param: &Param) -> TokenStream {
    let ty = &param.ty;
    let check = quote_spanned!(ty.span()=> __context::<#ty>());
    quote! {
        type __Context<__T> = (
            fn() -> &'static ::guillotina::__rt::Interface,
            fn(&::guillotina::__rt::Call) -> ::guillotina::__rt::Result<__T>,
        );
        const fn __context<__T: ::guillotina::__rt::Context>() -> __Context<__T> {
            (__T::interface, __T::from_call)
        }
        const __CONTEXT: __Context<#ty> = #check;
    }
}

/// `fn __handler`: `body` sees `__call: &Call` and yields a `Result` of `output`.
pub fn handler(output: &TokenStream, body: &TokenStream) -> TokenStream {
    quote! {
        fn __handler<'c>(
            __call: &'c ::guillotina::__rt::Call,
        ) -> ::guillotina::__rt::BoxFuture<'c, ::guillotina::__rt::Result<#output>> {
            ::std::boxed::Box::pin(async move { #body })
        }
    }
}

/// A route: `@name`, with segments for parameters behind it; empty when it is left out.
pub fn route(options: &Options, errors: &mut Errors) -> String {
    let Some(name) = options.str("name") else {
        return String::new();
    };
    check_route(name, errors);
    name.value()
}

fn check_route(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if !text.starts_with('@') {
        let message =
            format!("the name of a view begins with `@`: write \"@{text}\" (names without it are ids of objects)");
        errors.say(name.span(), message);
    } else if text.contains(char::is_whitespace) || text.len() == 1 {
        errors.say(
            name.span(),
            "the name of a view is one word behind `@`, e.g. \"@conversations\" or \"@users/{user}\"",
        );
    }
}

/// The permission of a view, which is required.
pub fn view_permission(attribute: &str, options: &Options, errors: &mut Errors) -> TokenStream {
    crate::content::want_const(options, &["permission"], errors);
    match options.expr("permission") {
        Some(expr) => crate::content::permission(expr),
        None => {
            if errors.is_empty() {
                let message =
                    format!("{attribute} needs `permission = perms::…`; use `permission = perms::PUBLIC` for everyone");
                errors.say(proc_macro2::Span::call_site(), message);
            }
            TokenStream::new()
        }
    }
}
