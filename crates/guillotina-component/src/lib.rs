//! Interfaces, registries and adapter lookup with Zope's semantics.
//!
//! An [`Interface`] is a named contract that may extend others. A registry maps interfaces to values of any type, which
//! are factories or objects:
//!
//! - an **adapter** is registered for the interfaces of one or more objects and an interface that it provides;
//! - a **utility** is an adapter for no object: only what it provides, and its name, count;
//! - a **subscriber** is one of many for the same objects: all that match are found, the least specific first.
//!
//! Registrations go into an [`AdapterRegistryBuilder`]; [`freeze`](AdapterRegistryBuilder::freeze) makes an
//! [`AdapterRegistry`], which answers lookups without locks and computes each answer once. To change a registry at run
//! time, [`thaw`](AdapterRegistry::thaw) it and put the new snapshot in the place of the old one.
//!
//! The rules of lookup are those of `zope.interface` 8, whose answers are a fixture of the tests:
//!
//! 1. The objects' interfaces are tried in [resolution order](Interface::resolution_order): those of the first object
//!    are the outermost loop, so that a better match of the first object wins over a better match of the second.
//! 2. What registrations require is compared before what they provide.
//! 3. A registration that provides a derived interface answers for its bases; one that provides exactly what was
//!    asked wins over it.
//! 4. Of two registrations for the same interfaces and name, the later one replaces the earlier.
//!
//! The crate knows no async runtime, no HTTP and no database.
//!
//! ```
//! use guillotina_component::{AdapterRegistryBuilder, Interface};
//!
//! let resource = Interface::new("example.IResource", []);
//! let message = Interface::new("example.IMessage", [resource.clone()]);
//! let request = Interface::new("example.IRequest", []);
//! let summary = Interface::new("example.ISummary", []);
//! let added = Interface::new("example.IObjectAdded", []);
//!
//! let mut builder = AdapterRegistryBuilder::new();
//! builder.register(&[resource.clone(), request.clone()], &summary, "", "plain");
//! builder.register(&[message.clone(), request.clone()], &summary, "", "with author");
//! builder.subscribe(&[resource.clone(), added.clone()], None, 100, "index");
//! builder.subscribe(&[message.clone(), added.clone()], None, 100, "deliver");
//! let registry = builder.freeze();
//!
//! let objects = [&message, &request];
//! assert_eq!(registry.lookup(&objects, &summary, ""), Some("with author"));
//! assert_eq!(registry.lookup_next(&objects, &summary, "", |value| *value == "with author"), Some("plain"));
//! assert_eq!(*registry.handlers(&[&message, &added]), ["index", "deliver"]);
//!
//! let error = registry.require(&[&message], &summary, "").unwrap_err();
//! assert!(error.to_string().starts_with("no adapter from (example.IMessage) to example.ISummary"));
//! ```

mod error;
mod interface;
mod order;
mod registry;

pub use error::LookupError;
pub use interface::{Interface, InterfaceId, InterfaceType, StaticInterface};
pub use registry::{AdapterRegistry, AdapterRegistryBuilder, Candidate, NamedValues, Registration, Verdict};
