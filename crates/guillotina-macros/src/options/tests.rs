//! Options are parsed strictly: every mistake is one error that says what to write.

use super::*;
use quote::quote;

const SPEC: Spec = Spec {
    attribute: "#[thing]",
    options: &[
        Opt("name", Shape::Str, "name = \"a\""),
        Opt("flag", Shape::Flag, "flag"),
        Opt("priority", Shape::Int, "priority = 50"),
        Opt("default", Shape::Expr, "default = 1"),
        Opt("method", Shape::Word, "method = GET"),
        Opt("base", Shape::Type, "base = Folder"),
        Opt("on", Shape::Types, "on(A, B)"),
        Opt("provides", Shape::TypeOrTypes, "provides = dyn A"),
        Opt("requires", Shape::Strs, "requires(\"a\")"),
        Opt("values", Shape::Exprs, "values(1, \"a\")"),
        Opt("patch", Shape::Patch, "patch(max_ops = 100)"),
    ],
    hints: &[("for_", "it is the first parameter")],
};

fn parse(tokens: TokenStream) -> (Options, String) {
    let mut errors = Errors::default();
    let options = Options::parse(&SPEC, tokens, &mut errors);
    (options, errors.tokens().to_string())
}

fn mistake(tokens: TokenStream) -> String {
    parse(tokens).1
}

#[test]
fn every_form_is_read() {
    let (options, errors) = parse(quote! {
        name = "x", flag, priority = 7, default = 1 + 1, method = GET, base = a::Folder, on(A, B), provides(dyn A, dyn B),
        requires("a", "b"), values(1, "a"), patch(max_ops = 5),
    });
    assert_eq!(errors, "");
    assert_eq!(options.str("name").map(LitStr::value).as_deref(), Some("x"));
    assert_eq!(options.bool("flag"), Some(true));
    assert_eq!(options.int("priority").and_then(|i| i.base10_parse::<i32>().ok()), Some(7));
    assert!(options.expr("default").is_some() && options.ty("base").is_some());
    assert_eq!(options.word("method").map(ToString::to_string).as_deref(), Some("GET"));
    assert_eq!(options.types("on").map(<[_]>::len), Some(2));
    assert_eq!(options.types("provides").map(<[_]>::len), Some(2));
    assert_eq!(options.strs("requires").len(), 2);
    assert_eq!(options.exprs("values").map(<[_]>::len), Some(2));
    assert_eq!(options.int("patch").map(LitInt::to_string).as_deref(), Some("5"));
}

#[test]
fn flags_and_short_forms() {
    let (options, errors) = parse(quote!(flag = false, provides = dyn A, patch));
    assert_eq!(errors, "");
    assert_eq!(options.bool("flag"), Some(false));
    assert_eq!(options.types("provides").map(<[_]>::len), Some(1));
    assert_eq!(options.bool("patch"), Some(true));
    assert_eq!(options.int("patch").map(LitInt::to_string), None);
}

#[test]
fn absent_options_are_none() {
    let (options, errors) = parse(quote!());
    assert_eq!(errors, "");
    assert!(options.str("name").is_none() && options.span("name").is_none() && options.strs("requires").is_empty());
}

#[test]
fn unknown_options_are_listed_with_their_hint() {
    let error = mistake(quote!(for_ = Folder));
    assert!(
        error.contains(
            "unknown option `for_` for #[thing] (it is the first parameter); known options: name, flag, priority"
        ),
        "{error}"
    );
    let error = mistake(quote!(nmae = "x"));
    assert!(error.contains("unknown option `nmae` for #[thing]; known options: name"), "{error}");
}

#[test]
fn an_option_is_given_once() {
    let error = mistake(quote!(name = "x", name = "y"));
    assert!(error.contains("option `name` is given twice; keep one of them"), "{error}");
}

#[test]
fn wrong_forms_say_how_the_option_is_written() {
    for (tokens, usage) in [
        (quote!(name), "name = \\\"a\\\""),
        (quote!(name = x), "name = \\\"a\\\""),
        (quote!(flag = "yes"), "flag"),
        (quote!(priority = "high"), "priority = 50"),
        (quote!(on = A), "on(A, B)"),
        (quote!(on(1)), "on(A, B)"),
        (quote!(requires = "a"), "requires(\\\"a\\\")"),
        (quote!(patch(max = 5)), "patch(max_ops = 100)"),
        (quote!(method = GET POST), "method = GET"),
    ] {
        let error = mistake(tokens.clone());
        assert!(error.contains("of #[thing] is written `"), "{tokens}: {error}");
        assert!(error.contains(usage), "{tokens}: {error}");
    }
}

#[test]
fn what_was_read_before_a_mistake_remains() {
    let (options, errors) = parse(quote!(name = "x", nope, flag));
    assert!(!errors.is_empty());
    assert!(options.str("name").is_some() && options.bool("flag").is_none());
}

#[test]
fn one_mistake_is_one_error() {
    let errors = mistake(quote!(nope = 1, nor_this = 2, name = 3));
    assert_eq!(errors.matches("compile_error").count(), 1, "{errors}");
}
