//! What `#[field(…)]` says becomes the schema's field.

use super::*;
use syn::parse_quote;

fn spec(mut field: Field) -> (Option<FieldSpec>, Field, Errors) {
    let mut errors = Errors::default();
    let spec = FieldSpec::take(&mut field, false, &mut errors);
    (spec, field, errors)
}

fn built(field: Field) -> String {
    spec(field).0.unwrap().build().to_string().replace(' ', "").replace("::guillotina::__rt::", "")
}

#[test]
fn kind_comes_from_the_type() {
    let code = built(parse_quote!(pub users: Vec<String>));
    assert_eq!(code, "Field::new(\"users\",<Vec<String>asFieldType>::kind())");
}

#[test]
fn kind_of_a_collection_is_said_of_its_items() {
    let code = built(parse_quote!(#[field(kind = "text_line")] pub users: Option<Vec<String>>));
    assert_eq!(code, "Field::new(\"users\",FieldKind::list(FieldKind::text_line()))");
}

#[test]
fn containers_hold_what_is_said_or_what_the_type_holds() {
    let code = built(parse_quote!(#[field(kind = "tuple")] pub tags: Option<Vec<String>>));
    assert_eq!(code, "Field::new(\"tags\",FieldKind::tuple(<StringasFieldType>::kind()))");
    let code = built(parse_quote!(#[field(kind = "dict of file")] pub files: Map<String, Value>));
    assert_eq!(code, "Field::new(\"files\",FieldKind::dict(FieldKind::text_line(),FieldKind::file()))");
    assert_eq!(parse_kind("list of list"), None);
}

#[test]
fn the_attribute_is_taken_away() {
    let (_, field, errors) = spec(parse_quote!(#[field(required)] #[doc = " Who"] pub r#type: String));
    assert!(errors.is_empty());
    assert_eq!(field.attrs.len(), 1);
    let code = built(parse_quote!(#[field(required)] #[doc = " Who"] pub r#type: String));
    assert!(code.starts_with("Field::new(\"type\""), "{code}");
    assert!(code.ends_with(".description(\"Who\").required(true)"), "{code}");
}

#[test]
fn mistakes_are_named() {
    let (_, _, errors) = spec(parse_quote!(#[field(kind = "txt")] pub a: String));
    assert!(errors.tokens().to_string().contains("unknown kind \\\"txt\\\"; known kinds: text, text_line"));
    let (_, _, errors) = spec(parse_quote!(#[field(values("a"), vocabulary = "b")] pub a: String));
    assert!(errors.tokens().to_string().contains("keep one of them"));
    let (_, _, errors) = spec(parse_quote!(#[field = "a"] pub a: String));
    assert!(errors.tokens().to_string().contains("in parentheses"));
}

#[test]
fn literals_are_converted_to_the_owned_type() {
    let text = |ty: Type, expr: Expr| convert(&ty, &expr).to_string().replace(' ', "");
    assert_eq!(text(parse_quote!(Option<i64>), parse_quote!(-5)), "::core::option::Option::Some(-5)");
    assert_eq!(
        text(parse_quote!(Vec<String>), parse_quote!(["a"])),
        "::std::vec![<Stringas::core::convert::From<&str>>::from(\"a\")]"
    );
    assert_eq!(text(parse_quote!(String), parse_quote!(name())), "name()");
}

#[test]
fn masks_and_dots_are_said_of_the_items() {
    let code = built(parse_quote!(#[field(kind = "mask_text_line", mask_len = 3)] pub card: Option<String>));
    assert_eq!(code, "Field::new(\"card\",FieldKind::mask_text_line()).mask_len(3)");
    let code = built(parse_quote!(#[field(kind = "dotted_name", min_dots = 1)] pub names: Vec<String>));
    assert_eq!(code, "Field::new(\"names\",FieldKind::list(Field::from(FieldKind::dotted_name()).min_dots(1)))");
}

#[test]
fn indexes_have_the_name_of_the_field_unless_they_say_another() {
    let code = built(parse_quote!(#[field(index = "int", indexes(b(type = "path", store)))] pub a: i64));
    let expected = ".index(Index::new(IndexType::Int)).index(Index::new(IndexType::Path).name(\"b\").store(true))";
    assert!(code.ends_with(expected), "{code}");
    let (_, _, errors) = spec(parse_quote!(#[field(indexes(a(type = "words")))] pub a: i64));
    assert!(
        errors.tokens().to_string().contains("unknown type of index \\\"words\\\"; known types: searchabletext, text")
    );
}

#[test]
fn a_factory_is_named_once() {
    let (spec, _, errors) = spec(parse_quote!(#[field(default_factory = today)] pub day: Option<String>));
    let spec = spec.unwrap();
    assert!(errors.is_empty());
    let mentions = |tokens: TokenStream| tokens.to_string().matches("today").count();
    let uses = [spec.build(), spec.default_value()].map(mentions);
    assert_eq!((uses, spec.factory_fn().map(mentions)), ([0, 0], Some(1)));
}
