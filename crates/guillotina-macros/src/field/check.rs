//! Options of a field that go with others, or against them.

use super::{SPEC, parse_kind};
use crate::directives::check_keys;
use crate::errors::Errors;
use crate::options::Options;
use syn::LitStr;

/// Options of one kind alone, and that kind.
pub const NARROW: [(&str, &str); 4] = [
    ("unmask_len", "mask_text_line"),
    ("mask_len", "mask_text_line"),
    ("min_dots", "dotted_name"),
    ("max_dots", "dotted_name"),
];

/// Masks and dots.
pub fn narrow(options: &Options, errors: &mut Errors) {
    let said = options.str("kind").map(LitStr::value).unwrap_or_default();
    let kind = parse_kind(&said).and_then(|(_, item)| item);
    for (name, wanted) in NARROW {
        if let Some(span) = options.span(name).filter(|_| kind != Some(wanted)) {
            errors.say(span, format!("`{name}` is for one kind of field: add `kind = \"{wanted}\"`"));
        }
    }
    let dots = |name: &str| options.int(name).and_then(|dots| dots.base10_parse::<usize>().ok());
    if let (Some(min), Some(max)) = (dots("min_dots"), dots("max_dots"))
        && let Some(span) = options.span("max_dots").filter(|_| max < min)
    {
        errors
            .say(span, format!("no name has at least {min} and at most {max} dots: write `max_dots = {min}` or more"));
    }
}

/// What is said of an index that is not there.
pub fn index(options: &Options, errors: &mut Errors) {
    if options.str("index").is_some() {
        return;
    }
    if let Some(span) = options.span("index_name") {
        errors.say(span, "`index_name` names an index: add `index = \"keyword\"` or another type of index");
    }
    if let Some(span) = options.span("store") {
        errors.say(span, "`store` is said of an index: add `index = \"keyword\"` or another type of index, or write it in `indexes(…)`");
    }
}

/// Members of the JSON schema that the other options make.
pub fn extra_values(options: &Options, errors: &mut Errors) {
    const STRUCTURE: [&str; 4] = ["type", "items", "properties", "additionalProperties"];
    check_keys(options, "extra_values", errors);
    for pair in options.pairs("extra_values") {
        if SPEC.options.iter().any(|option| option.0 == pair.key) {
            let message = format!("`{0}` is an option of its own: write `{0}` beside `extra_values`", pair.key);
            errors.say(pair.span, message);
        } else if STRUCTURE.contains(&pair.key.as_str()) {
            let message =
                format!("`{}` is made from the Rust type: say it with `kind = \"…\"`, or take it away", pair.key);
            errors.say(pair.span, message);
        }
    }
}
