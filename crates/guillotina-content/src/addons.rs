//! Add-ons (row K-019): what an application does to the one container that it is installed into.

use crate::app::App;
use crate::content::{Container, Content};
use crate::error::{Error, Result};
use crate::registration::AddonDecl;
use crate::registry;
use crate::request::Request;
use std::future::Future;

/// What `#[addon]` asks of a struct. Both halves run in the request's transaction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Addon`",
    note = "write `impl Addon for {Self} {{ async fn install(container: Content<Container>, request: Request) -> Result {{ … }} }}`"
)]
pub trait Addon {
    /// Installs it.
    fn install(container: Content<Container>, request: Request) -> impl Future<Output = Result<()>> + Send;

    /// Takes it out again.
    fn uninstall(container: Content<Container>, request: Request) -> impl Future<Output = Result<()>> + Send {
        let _ = (container, request);
        async { Ok(()) }
    }
}

/// The add-on of that id.
pub fn find(app: &App, name: &str) -> Option<&'static AddonDecl> {
    app.components().addons.iter().find(|(decl, _)| decl.name == name).map(|(decl, _)| *decl)
}

/// Installs an add-on and, before it, what it depends on and is not installed yet.
///
/// # Errors
/// When a dependency is of no enabled application, or an installer fails; the transaction is then given up.
pub async fn install(container: &Content<Container>, request: &Request, name: &str) -> Result<()> {
    for decl in in_order(request.app(), name)? {
        if !container.has_addon(decl.name) {
            (decl.install)(container.clone(), request.clone()).await?;
            registry::note_addon(container, decl.name, decl.layer.map(|l| l().name()), true);
        }
    }
    Ok(())
}

/// Takes an add-on out.
///
/// # Errors
/// When there is none of that id or its code fails.
pub async fn uninstall(container: &Content<Container>, request: &Request, name: &str) -> Result<()> {
    let decl = find(request.app(), name).ok_or_else(|| unknown(name))?;
    (decl.uninstall)(container.clone(), request.clone()).await?;
    registry::note_addon(container, decl.name, decl.layer.map(|l| l().name()), false);
    Ok(())
}

fn unknown(name: &str) -> Error {
    Error::internal(format!("no enabled application has the add-on {name:?}; enable its application"))
}

/// The add-on after its dependencies. The start has refused cycles; an add-on that was seen is not visited again.
fn in_order(app: &App, name: &str) -> Result<Vec<&'static AddonDecl>> {
    fn visit(app: &App, name: &str, seen: &mut Vec<String>, out: &mut Vec<&'static AddonDecl>) -> Result<()> {
        if seen.iter().any(|s| s == name) {
            return Ok(());
        }
        seen.push(name.to_owned());
        let decl = find(app, name).ok_or_else(|| unknown(name))?;
        for dependency in decl.dependencies {
            visit(app, dependency, seen, out)?;
        }
        out.push(decl);
        Ok(())
    }
    let mut out = Vec::new();
    visit(app, name, &mut Vec::new(), &mut out)?;
    Ok(out)
}
