//! The built-in services, asked as a client asks them, from finding the object to the rendered answer.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

// The attributes emit paths under `::guillotina`.
extern crate guillotina_content as guillotina;

use guillotina_api as _;

mod adding;
mod containers;
mod logins;
mod objects;
mod people;
mod site;

guillotina::application! {
    name = "site",
    title = "What the tests of the services need"
}

const DUBLIN_CORE: &str = "guillotina.behaviors.dublincore.IDublinCore";
const ATTACHMENT: &str = "guillotina.behaviors.attachment.IAttachment";
