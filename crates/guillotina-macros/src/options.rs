//! Options of the attributes: every attribute knows its own, everything else is an error.

use crate::errors::Errors;
use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitBool, LitInt, LitStr, Token, Type, token};

/// How an option is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `flag`, or `flag = true`.
    Flag,
    /// `name = "text"`.
    Str,
    /// `priority = 50`.
    Int,
    /// `default = expression`.
    Expr,
    /// `method = GET`.
    Word,
    /// `base = Folder`.
    Type,
    /// `on(A, B)`.
    Types,
    /// `provides = dyn A` or `provides(dyn A, dyn B)`.
    TypeOrTypes,
    /// `requires("a", "b")`.
    Strs,
    /// `values("a", 2)`.
    Exprs,
    /// `patch` or `patch(max_ops = 100)`.
    Patch,
    /// `extra_values(rows = 5, "ui:widget" = ["a", "b"])`.
    Pairs,
    /// `indexes(year(type = "int"), title(type = "text"))`.
    Entries,
}

/// One option of an attribute: its name, its form, and how it is written in messages.
pub struct Opt(pub &'static str, pub Shape, pub &'static str);

/// The options of one attribute.
pub struct Spec {
    /// The attribute as the author writes it, e.g. `#[service]`.
    pub attribute: &'static str,
    /// What it knows.
    pub options: &'static [Opt],
    /// What to say about options that authors expect but that do not exist.
    pub hints: &'static [(&'static str, &'static str)],
}

impl Spec {
    fn known(&self) -> String {
        if self.options.is_empty() {
            return "it has none".to_owned();
        }
        let names: Vec<_> = self.options.iter().map(|o| o.0).collect();
        format!("known options: {}", names.join(", "))
    }

    fn unknown(&self, key: &Ident) -> syn::Error {
        let word = key.to_string();
        let hint = self.hints.iter().find(|(name, _)| *name == word);
        let hint = hint.map(|(_, text)| format!(" ({text})")).unwrap_or_default();
        let message = format!("unknown option `{word}` for {}{hint}; {}", self.attribute, self.known());
        syn::Error::new(key.span(), message)
    }
}

/// A key and its JSON.
#[derive(Clone)]
pub struct Pair {
    /// The key as text.
    pub key: String,
    /// Where it stands.
    pub span: Span,
    json: TokenStream,
}

impl Pair {
    /// The key, and the expression of its value.
    pub fn parts(&self) -> (&str, TokenStream) {
        let json = &self.json;
        (&self.key, quote::quote!(::guillotina::__rt::serde_json::json!(#json)))
    }
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (key, span) = match input.peek(LitStr) {
            true => input.parse::<LitStr>().map(|text| (text.value(), text.span()))?,
            false => Ident::parse_any(input).map(|word| (word.unraw().to_string(), word.span()))?,
        };
        input.parse::<Token![=]>()?;
        let mut json = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            json.extend([input.parse::<proc_macro2::TokenTree>()?]);
        }
        if json.is_empty() { Err(input.error("expected a value")) } else { Ok(Pair { key, span, json }) }
    }
}

/// A name with options of its own.
#[derive(Clone)]
struct Entry(Ident, TokenStream);

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let inner;
        syn::parenthesized!(inner in input);
        Ok(Entry(name, inner.parse()?))
    }
}

/// A parsed value.
#[derive(Clone)]
enum Value {
    Bool(bool),
    Str(LitStr),
    Int(LitInt),
    Expr(Box<Expr>),
    Word(Ident),
    Types(Vec<Type>),
    Strs(Vec<LitStr>),
    Exprs(Vec<Expr>),
    Pairs(Vec<Pair>),
    Entries(Vec<Entry>),
}

struct Given {
    name: &'static str,
    span: Span,
    value: Value,
}

/// The options that an author wrote.
#[derive(Default)]
pub struct Options(Vec<Given>);

impl Options {
    /// Reads them; what is wrong goes to `errors`, and what was read before the mistake remains.
    pub fn parse(spec: &Spec, tokens: TokenStream, errors: &mut Errors) -> Options {
        let mut options = Options::default();
        let result = Parser::parse2(|input: ParseStream<'_>| options.read(spec, input), tokens);
        errors.take(result);
        options
    }

    fn read(&mut self, spec: &Spec, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            let Some(option) = spec.options.iter().find(|o| key == o.0) else {
                // The rest cannot be parsed without knowing the form of this one.
                let _ = input.parse::<TokenStream>();
                return Err(spec.unknown(&key));
            };
            if self.0.iter().any(|g| g.name == option.0) {
                let _ = input.parse::<TokenStream>();
                return Err(syn::Error::new(key.span(), format!("option `{key}` is given twice; keep one of them")));
            }
            let value = read_value(option.1, input).map_err(|error| wrong_form(spec, option, &error))?;
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                return Err(wrong_form(spec, option, &input.error("")));
            }
            self.0.push(Given { name: option.0, span: key.span(), value });
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|g| g.name == name).map(|g| &g.value)
    }

    /// Where the option is written, if it is.
    pub fn span(&self, name: &str) -> Option<Span> {
        self.0.iter().find(|g| g.name == name).map(|g| g.span)
    }

    /// A flag or boolean.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// A string.
    pub fn str(&self, name: &str) -> Option<&LitStr> {
        match self.get(name)? {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// An integer.
    pub fn int(&self, name: &str) -> Option<&LitInt> {
        match self.get(name)? {
            Value::Int(i) => Some(i),
            _ => None,
        }
    }

    /// An expression.
    pub fn expr(&self, name: &str) -> Option<&Expr> {
        match self.get(name)? {
            Value::Expr(e) => Some(e),
            _ => None,
        }
    }

    /// A bare word.
    pub fn word(&self, name: &str) -> Option<&Ident> {
        match self.get(name)? {
            Value::Word(w) => Some(w),
            _ => None,
        }
    }

    /// A type.
    pub fn ty(&self, name: &str) -> Option<&Type> {
        self.types(name)?.first()
    }

    /// A list of types.
    pub fn types(&self, name: &str) -> Option<&[Type]> {
        match self.get(name)? {
            Value::Types(t) => Some(t),
            _ => None,
        }
    }

    /// A list of strings.
    pub fn strs(&self, name: &str) -> &[LitStr] {
        match self.get(name) {
            Some(Value::Strs(s)) => s,
            _ => &[],
        }
    }

    /// A list of keys with values.
    pub fn pairs(&self, name: &str) -> &[Pair] {
        match self.get(name) {
            Some(Value::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// A list of names with options of their own.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = (&Ident, &TokenStream)> {
        let entries = match self.get(name) {
            Some(Value::Entries(entries)) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(|Entry(name, tokens)| (name, tokens))
    }

    /// A list of expressions.
    pub fn exprs(&self, name: &str) -> Option<&[Expr]> {
        match self.get(name)? {
            Value::Exprs(e) => Some(e),
            _ => None,
        }
    }
}

fn wrong_form(spec: &Spec, option: &Opt, error: &syn::Error) -> syn::Error {
    syn::Error::new(error.span(), format!("option `{}` of {} is written `{}`", option.0, spec.attribute, option.2))
}

fn read_value(shape: Shape, input: ParseStream<'_>) -> syn::Result<Value> {
    Ok(match shape {
        Shape::Flag if !input.peek(Token![=]) => Value::Bool(true),
        Shape::Flag => Value::Bool(assigned::<LitBool>(input)?.value),
        Shape::Str => Value::Str(assigned(input)?),
        Shape::Int => Value::Int(assigned(input)?),
        Shape::Expr => Value::Expr(Box::new(assigned(input)?)),
        Shape::Word => {
            input.parse::<Token![=]>()?;
            Value::Word(input.call(Ident::parse_any)?)
        }
        Shape::Type => Value::Types(vec![assigned(input)?]),
        Shape::TypeOrTypes if input.peek(Token![=]) => Value::Types(vec![assigned(input)?]),
        Shape::Types | Shape::TypeOrTypes => Value::Types(listed(input)?),
        Shape::Strs => Value::Strs(listed(input)?),
        Shape::Exprs => Value::Exprs(listed(input)?),
        Shape::Pairs => Value::Pairs(listed(input)?),
        Shape::Entries => Value::Entries(listed(input)?),
        Shape::Patch if !input.peek(token::Paren) => Value::Bool(true),
        Shape::Patch => {
            let inner;
            syn::parenthesized!(inner in input);
            let key: Ident = inner.parse()?;
            if key != "max_ops" {
                return Err(syn::Error::new(key.span(), ""));
            }
            Value::Int(assigned(&inner)?)
        }
    })
}

fn assigned<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

fn listed<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    if !input.peek(token::Paren) {
        return Err(input.error("expected a list in parentheses"));
    }
    let inner;
    syn::parenthesized!(inner in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&inner)?.into_iter().collect())
}

#[cfg(test)]
mod tests;
