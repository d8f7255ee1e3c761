//! The interfaces of Guillotina itself, with Guillotina's names.

use crate::error::Result;
use crate::json::Json;
use crate::resource::Resource;
use guillotina_macros::interface;

/// The application, at `/`.
#[interface(name = "guillotina.interfaces.IApplication")]
pub trait IApplication {}

/// A database, at `/{db}`.
#[interface(name = "guillotina.interfaces.IDatabase")]
pub trait IDatabase {}

/// Any stored object.
#[interface(name = "guillotina.interfaces.IResource")]
pub trait IResource {}

/// A request.
#[interface(name = "guillotina.interfaces.IRequest")]
pub trait IRequest {}

/// The layer of requests in which no add-on's layer is active (row C-013).
#[interface(name = "guillotina.interfaces.IDefaultLayer")]
pub trait IDefaultLayer {}

/// The full JSON form of a resource (row R-001), adapted from (resource, request).
#[interface(name = "guillotina.interfaces.IResourceSerializeToJson")]
pub trait IResourceSerializeToJson {
    /// The form.
    async fn to_json(&self) -> Result<Json>;
}

/// The short JSON form of a resource (row R-004), adapted from (resource, request).
#[interface(name = "guillotina.interfaces.IResourceSerializeToJsonSummary")]
pub trait IResourceSerializeToJsonSummary {
    /// The form.
    async fn to_json_summary(&self) -> Result<Json>;
}

/// A last hand on the full JSON form of resources (row R-009), adapted from (resource, request). It runs where the setting
/// `post_serialize` lists the adapter's name.
#[interface(name = "guillotina.interfaces.IPostSerialize")]
pub trait IPostSerialize {
    /// The form with what it adds.
    async fn post_serialize(&self, form: Json) -> Result<Json>;
}

/// The same resource in another language (row C-014), adapted from (resource, request) under the language's name, such as `ca`.
#[interface(name = "guillotina.interfaces.ILanguage")]
pub trait ILanguage {
    /// What is served instead; the resource itself where there is no translation.
    async fn translate(&self) -> Result<Resource>;
}

/// Makes the id of an object that a client adds without one (row T-012), adapted from (parent, request).
#[interface(name = "guillotina.interfaces.IIDGenerator")]
pub trait IIDGenerator {
    /// The id, or `None` to leave it to the next one; `payload` is the client's body.
    async fn generate(&self, payload: &serde_json::Value) -> Result<Option<String>>;
}

/// Checks an id that a client chose (row T-012), adapted from the new object's parent.
#[interface(name = "guillotina.interfaces.IIDChecker")]
pub trait IIDChecker {
    /// Whether an object of this type may have it.
    async fn check(&self, id: &str, type_name: &str) -> Result<bool>;
}

/// Whom a new object belongs to (row T-012), adapted from the object.
#[interface(name = "guillotina.interfaces.IGetOwner")]
pub trait IGetOwner {
    /// The owner's id; `creator` is who is adding it.
    async fn owner(&self, creator: &str) -> Result<Option<String>>;
}
