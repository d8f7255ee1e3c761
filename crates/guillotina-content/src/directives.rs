//! What a struct says of itself beside its fields: invariants, tagged values, indexes, metadata (rows D-010, D-011).
//!
//! The functions that `invariants(…)`, `accessor = …` and `default_factory = …` name come in two forms each. Which one a
//! function has is found out by its type, so that the attributes need no word for it.

use crate::BoxFuture;
use crate::content::Content;
use crate::error::Result;
use crate::fields::Fields;
use crate::resource::{ContentInterface, Resource};
use guillotina_schema::{DefaultFactory, Index, Invalid, InvariantFn};
use serde::Serialize;
use serde_json::{Map, Value};
use std::marker::PhantomData;
use std::sync::Arc;

/// What is said of a struct as a whole.
#[derive(Default)]
pub struct Directives {
    /// Conditions on several fields, in the order of the source.
    pub invariants: Vec<Invariant>,
    /// Indexes that stand on no single field, or have an accessor.
    pub indexes: Vec<IndexDirective>,
    /// Names of fields that are part of the catalog's metadata, beside those that say it themselves.
    pub metadata: Vec<&'static str>,
    /// Anything else, for whoever asks by the key.
    pub tagged_values: Map<String, Value>,
}

/// A condition on several fields.
#[derive(Clone)]
pub struct Invariant {
    /// The function's dotted name.
    pub name: String,
    /// The function.
    pub check: Check,
}

/// The two forms of invariants.
#[derive(Clone)]
pub enum Check {
    /// Over the values, as they would be.
    Values(InvariantFn),
    /// Over the object, which has the values already.
    Object(ObjectCheck),
}

/// An invariant over an object; the error is an [`Invalid`], or whatever kept it from being checked.
pub type ObjectCheck = Arc<dyn Fn(Resource) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// An index as it is declared on a struct.
pub struct IndexDirective {
    /// Its name, type and fields.
    pub index: Index,
    /// Makes the indexed value; without one it is the value of the field.
    pub accessor: Option<Accessor>,
}

/// Makes the indexed value of an object.
#[derive(Clone)]
pub struct Accessor(AccessorFn);

type AccessorFn = Arc<dyn Fn(Resource) -> BoxFuture<'static, Result<Option<Value>>> + Send + Sync>;

impl Accessor {
    /// The value; `None` when the object is not to be found by this index.
    ///
    /// # Errors
    /// When the accessor fails, or its value has no JSON form.
    pub async fn value(&self, object: &Resource) -> Result<Option<Value>> {
        (self.0)(object.clone()).await
    }
}

impl std::fmt::Debug for Accessor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accessor")
    }
}

/// Marks a function over the struct's values.
pub struct OfValues<R>(PhantomData<fn() -> R>);

/// Marks a function over the object.
pub struct OfObject<R>(PhantomData<fn() -> R>);

/// A function that `invariants(…)` can name for the struct `T`.
#[diagnostic::on_unimplemented(
    message = "this function cannot be an invariant of `{T}`",
    label = "not an invariant of `{T}`",
    note = "write `fn(_: &{T}) -> Result<(), Invalid>`, or `async fn(_: Content<{T}>) -> Result` if it has to look at other objects"
)]
pub trait InvariantOf<T, Form> {
    /// The erased function.
    fn check(self) -> Check;
}

#[diagnostic::do_not_recommend]
impl<T: Fields, F: Fn(&T) -> Result<(), Invalid> + Send + Sync + 'static> InvariantOf<T, OfValues<()>> for F {
    fn check(self) -> Check {
        Check::Values(values_check(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, R> InvariantOf<T, OfObject<R>> for F
where
    T: ContentInterface,
    F: Fn(Content<T>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    fn check(self) -> Check {
        Check::Object(Arc::new(move |object| Box::pin(self(Content::wrap(object)))))
    }
}

/// A function that `invariants(…)` of a `#[schema]` can name, which has no object of its own.
#[diagnostic::on_unimplemented(
    message = "this function cannot be an invariant of the schema `{T}`",
    label = "not an invariant of `{T}`",
    note = "a #[schema] is no object: write `fn(_: &{T}) -> Result<(), Invalid>`"
)]
pub trait SchemaInvariantOf<T>: Fn(&T) -> Result<(), Invalid> + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T, F: Fn(&T) -> Result<(), Invalid> + Send + Sync + 'static> SchemaInvariantOf<T> for F {}

fn values_check<T: Fields>(check: impl Fn(&T) -> Result<(), Invalid> + Send + Sync + 'static) -> InvariantFn {
    Arc::new(move |values| match serde_json::from_value::<T>(Value::Object(values.clone())) {
        Ok(values) => check(&values),
        // Values that are not the struct's are refused by what stores them, with the reason.
        Err(_) => Ok(()),
    })
}

/// For `invariants(…)`.
pub fn invariant<T, Form, F: InvariantOf<T, Form>>(function: F) -> Invariant {
    Invariant { name: name_of::<F>(), check: function.check() }
}

/// For `invariants(…)` of a `#[schema]`.
pub fn schema_invariant<T: Fields, F: SchemaInvariantOf<T>>(function: F) -> Invariant {
    Invariant { name: name_of::<F>(), check: Check::Values(values_check(function)) }
}

/// The dotted name of a function, from its path.
fn name_of<F>() -> String {
    let path = std::any::type_name::<F>();
    let (module, item) = path.rsplit_once("::").unwrap_or(("", path));
    crate::naming::dotted_name(module, item)
}

/// A function that `accessor = …` can name for the struct `T`.
#[diagnostic::on_unimplemented(
    message = "this function cannot be the accessor of an index of `{T}`",
    label = "not an accessor for `{T}`",
    note = "write `fn(_: &{T}) -> Option<V>`, or `async fn(_: Content<{T}>) -> Result<Option<V>>`; `None` leaves the object out of the index"
)]
pub trait AccessorOf<T, Form> {
    /// The erased function.
    fn accessor(self) -> Accessor;
}

#[diagnostic::do_not_recommend]
impl<T, F, V> AccessorOf<T, OfValues<V>> for F
where
    T: ContentInterface,
    F: Fn(&T) -> Option<V> + Send + Sync + 'static,
    V: Serialize,
{
    fn accessor(self) -> Accessor {
        Accessor(Arc::new(move |object| {
            let value = json(self(&Content::<T>::wrap(object).read()));
            Box::pin(std::future::ready(value))
        }))
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, R, V> AccessorOf<T, OfObject<(R, V)>> for F
where
    T: ContentInterface,
    F: Fn(Content<T>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Option<V>>> + Send + 'static,
    V: Serialize,
{
    fn accessor(self) -> Accessor {
        Accessor(Arc::new(move |object| {
            let value = self(Content::wrap(object));
            Box::pin(async move { json(value.await?) })
        }))
    }
}

fn json(value: Option<impl Serialize>) -> Result<Option<Value>> {
    Ok(value.map(serde_json::to_value).transpose()?.filter(|value| !value.is_null()))
}

/// For `accessor = …`.
pub fn accessor<T, Form>(function: impl AccessorOf<T, Form>) -> Accessor {
    function.accessor()
}

/// A function that `default_factory = …` can name for a field of the type `T`.
#[diagnostic::on_unimplemented(
    message = "this function cannot make the default of a field of the type `{T}`",
    label = "not a factory of `{T}`",
    note = "write `fn() -> {T}`, or `fn(_: &Resource) -> {T}` if it depends on the object that is being made"
)]
pub trait FactoryOf<T, Form> {
    /// What a struct has that belongs to no object.
    fn without_object(&self) -> T;
    /// The erased function.
    fn erased(self) -> DefaultFactory;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize, F: Fn() -> R + Send + Sync + 'static, R: Into<T>> FactoryOf<T, OfValues<R>> for F {
    fn without_object(&self) -> T {
        self().into()
    }

    fn erased(self) -> DefaultFactory {
        DefaultFactory::Plain(Arc::new(move || serde_json::to_value(self().into())))
    }
}

#[diagnostic::do_not_recommend]
impl<T, F, R> FactoryOf<T, OfObject<R>> for F
where
    T: Serialize + Default,
    F: Fn(&Resource) -> R + Send + Sync + 'static,
    R: Into<T>,
{
    fn without_object(&self) -> T {
        T::default()
    }

    fn erased(self) -> DefaultFactory {
        DefaultFactory::of_object(move |object| Some(serde_json::to_value(self(object.downcast_ref()?).into())))
    }
}

/// The form of functions that need no object.
#[diagnostic::on_unimplemented(
    message = "this function cannot make the default of a field of a #[schema]",
    label = "it needs an object",
    note = "a #[schema] is no object: write a function without parameters"
)]
pub trait WithoutObject {}

impl<R> WithoutObject for OfValues<R> {}

/// A factory whose form is forgotten.
pub struct Factory<T> {
    plain: Box<dyn Fn() -> T>,
    erase: Box<dyn FnOnce() -> DefaultFactory>,
}

impl<T> Factory<T> {
    /// What a struct has that belongs to no object.
    pub fn without_object(&self) -> T {
        (self.plain)()
    }

    /// What the schema says.
    pub fn erased(self) -> DefaultFactory {
        (self.erase)()
    }
}

/// For `default_factory = …`. Nothing is allocated for the name of a function.
pub fn factory<T, Form, F: FactoryOf<T, Form> + Clone + 'static>(function: F) -> Factory<T> {
    let again = function.clone();
    Factory { plain: Box::new(move || function.without_object()), erase: Box::new(move || again.erased()) }
}

/// For `default_factory = …` in a `#[schema]`.
pub fn schema_factory<T, Form: WithoutObject, F: FactoryOf<T, Form> + Clone + 'static>(function: F) -> Factory<T> {
    factory(function)
}
