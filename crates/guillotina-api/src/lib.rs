//! The built-in services, one module for each family.
//!
//! They are registered with the same attributes as a plugin's and belong to the application `guillotina`, which is
//! always enabled; a plugin's service for a more specific context, or on a layer of its own, is found before them.
//!
//! | module | services |
//! | --- | --- |
//! | [`content`] | reading, adding, changing, replacing and deleting objects |
//! | `application`, `database` | `/` and `/{db}`: listing, adding and deleting containers |
//! | `definition` | `@apidefinition`, `@component-subscribers` |
//! | `sharing` | `@sharing`, `@all_permissions`, `@canido` |
//! | `addons`, `behaviors`, `registry`, `types` | what a container or an object is made of |
//! | `items` | `@ids`, `@items`, `@addable-types`, `@resolveuid` |
//! | `login`, `user` | `@login`, `@login-renew`, `@logout`, `@wstoken`, `@user` |
//!
//! A new service of the framework is one function with `#[service]` in the module of its family.

// The attributes emit paths under `::guillotina`; below the façade it is the crate of the content model.
extern crate guillotina_content as guillotina;

mod addons;
mod application;
mod behaviors;
mod body;
pub mod content;
mod database;
mod definition;
mod items;
mod login;
mod reasons;
mod registry;
mod replace;
mod sharing;
mod subscribers;
mod types;
mod user;
