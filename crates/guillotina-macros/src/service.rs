//! `#[service]` and `#[websocket]`: views on a context.

use crate::common::{doc, interface_of, want_dyn};
use crate::content::optional;
use crate::errors::Errors;
use crate::function::{Function, Injected, context, handler, route, view_permission};
use crate::options::{Opt, Options, Shape, Spec};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

const METHODS: [&str; 8] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT"];

const PERMISSION: Opt = Opt("permission", Shape::Expr, "permission = perms::VIEW_CONTENT");

const SERVICE: Spec = Spec {
    attribute: "#[service]",
    options: &[
        Opt("method", Shape::Word, "method = GET"),
        Opt("name", Shape::Str, "name = \"@conversations\""),
        PERMISSION,
        Opt("allow_access", Shape::Flag, "allow_access"),
        Opt("layer", Shape::Type, "layer = dyn ILayer"),
        Opt("read_only", Shape::Flag, "read_only"),
        Opt("summary", Shape::Str, "summary = \"The caller's conversations\""),
    ],
    hints: VIEW_HINTS,
};

const WEBSOCKET: Spec = Spec {
    attribute: "#[websocket]",
    options: &[
        Opt("name", Shape::Str, "name = \"@conversate\""),
        PERMISSION,
        Opt("allow_access", Shape::Flag, "allow_access"),
    ],
    hints: VIEW_HINTS,
};

const VIEW_HINTS: &[(&str, &str)] = &[
    ("for_", "the context is the type of the first parameter"),
    ("context", "the context is the type of the first parameter"),
    ("methods", "one method per function: `method = GET`"),
    ("path", "the route is `name`"),
    ("route", "the route is `name`"),
    ("permissions", "it is one: `permission = perms::…`"),
    ("description", "the description is the doc comment"),
    ("requires", "utilities that it needs are parameters"),
];

pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    let (mut function, options) = match Function::read(&SERVICE, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    check_view(SERVICE.attribute, &mut function, "Result<Json>");
    let errors = &mut function.errors;
    let method = method(&options, errors);
    let view = View::of(SERVICE.attribute, &options, errors);
    want_dyn("layer", options.types("layer").unwrap_or_default(), errors);
    let (Some(method), true) = (method, function.errors.is_empty()) else {
        return function.only_item();
    };

    let layer = optional(options.ty("layer").map(interface_of));
    let read_only = optional(options.bool("read_only").map(|b| quote!(#b)));
    let summary = options.str("summary").map_or_else(|| doc(&function.item.attrs), |s| s.value());
    let answer = quote_spanned!(function.result_span()=> ::guillotina::__rt::IntoAnswer::into_answer(__answer));
    let (body, needs) = view_body(&function, &quote!(::guillotina::__rt::Answer), &quote!(__answer), &answer);
    let kind = quote! {
        ::guillotina::__rt::Kind::Service(::guillotina::__rt::ServiceDecl {
            context: __CONTEXT.0,
            method: ::guillotina::__rt::Method::#method,
            #view
            layer: #layer,
            read_only: #read_only,
            summary: #summary,
            handler: __handler,
            needs: &[#needs],
        })
    };
    function.with(&body, kind)
}

pub fn websocket(options: TokenStream, item: TokenStream) -> TokenStream {
    let (mut function, options) = match Function::read(&WEBSOCKET, options, &item) {
        Ok(read) => read,
        Err(tokens) => return tokens,
    };
    check_view(WEBSOCKET.attribute, &mut function, "Result");
    function.want_nothing(WEBSOCKET.attribute);
    if options.str("name").is_none() && function.errors.is_empty() {
        let message = format!("{} needs `name = \"@…\"`: a socket is opened at a view's name", WEBSOCKET.attribute);
        function.errors.say(proc_macro2::Span::call_site(), message);
    }
    let view = View::of(WEBSOCKET.attribute, &options, &mut function.errors);
    if !function.errors.is_empty() {
        return function.only_item();
    }
    let nothing = quote_spanned!(function.result_span()=> ());
    let (body, needs) = view_body(&function, &quote!(()), &nothing, &quote!(::core::result::Result::Ok(())));
    let kind = quote! {
        ::guillotina::__rt::Kind::WebSocket(::guillotina::__rt::WebSocketDecl {
            context: __CONTEXT.0,
            #view
            handler: __handler,
            needs: &[#needs],
        })
    };
    function.with(&body, kind)
}

fn check_view(attribute: &str, function: &mut Function, result: &str) {
    function.want_async(attribute);
    function.want_context(attribute, "context: Content<Folder>");
    function.want_owned(None);
    function.want_unmarked(attribute);
    function.want_result(attribute, result);
}

fn method(options: &Options, errors: &mut Errors) -> Option<syn::Ident> {
    match options.word("method") {
        Some(word) if METHODS.contains(&word.to_string().as_str()) => Some(word.clone()),
        Some(word) => {
            let message = format!("unknown method `{word}`; methods are {}", METHODS.join(", "));
            errors.say(word.span(), message);
            None
        }
        None if errors.is_empty() => {
            let message = "#[service] needs `method = GET` or another method";
            errors.say(proc_macro2::Span::call_site(), message);
            None
        }
        None => None,
    }
}

/// The fields `name`, `permission` and `allow_access` of a declaration.
struct View;

impl View {
    fn of(attribute: &str, options: &Options, errors: &mut Errors) -> TokenStream {
        let name = route(options, errors);
        let permission = view_permission(attribute, options, errors);
        let allow_access = options.bool("allow_access").unwrap_or(false);
        quote! {
            name: #name,
            permission: #permission,
            allow_access: #allow_access,
        }
    }
}

/// The consts and the handler; what the function returned is bound to `pattern`, then `answer` is the handler's result.
fn view_body(
    function: &Function,
    output: &TokenStream,
    pattern: &TokenStream,
    answer: &TokenStream,
) -> (TokenStream, TokenStream) {
    let Some(first) = function.params.first() else {
        return Default::default();
    };
    let ident = &function.item.sig.ident;
    let context = context(first);
    let Injected { consts, lets, names, needs } = Injected::of(&function.params, 1..function.params.len());
    let handler = handler(
        output,
        &quote! {
            let __object = (__CONTEXT.1)(__call)?;
            #lets
            let #pattern = #ident(__object #(, #names)*).await?;
            #answer
        },
    );
    (quote!(#context #consts #handler), needs)
}
