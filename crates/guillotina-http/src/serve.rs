//! Serving an application: the section `[limits]`, the port, the end.

use crate::handler::AppHandler;
use crate::ops::{AdminHandler, Exposition, Ops};
use crate::wire::{BindError, Bound, Limits, Server};
use guillotina_content::__rt::{Kind, Registration, SettingsDecl, inventory, read_settings};
use guillotina_content::App;
use guillotina_settings::{Code, Diagnostic, Origin, Section};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

// `[limits]` is a section like those of plugins: it is checked with all the others, before anything starts.
inventory::submit! {
    Registration {
        place: guillotina_content::__place!("Limits", "Bounds of the HTTP server, each with its unit in its name."),
        kind: Kind::Settings(SettingsDecl {
            section: "limits",
            load: |settings, path, diagnostics| {
                Some(Arc::new(read_settings::<Limits>(settings, path, diagnostics)))
            },
            fields: Limits::FIELDS,
        }),
    }
}

/// How long a scrape that is under way gets when the server ends.
const ADMIN_GRACE: Duration = Duration::from_secs(1);
/// Operators are few.
const ADMIN_CONNECTIONS: usize = 100;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The host in the settings is none of this machine.
    #[error("{0:?} is no address to listen on; set `host` to an IP address or a name of this machine")]
    Host(String),
    /// The port cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The address of the server for operators cannot be had.
    #[error("the server for operators: {0}")]
    Admin(BindError),
}

/// Where a server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// For everybody.
    pub address: SocketAddr,
    /// For operators (`admin.address`).
    pub admin: Option<SocketAddr>,
}

impl ServeError {
    /// What the operator reads: the mistake at the place of the setting that has to be changed.
    pub fn diagnostic(&self, app: &App) -> Diagnostic {
        let place = |key: &str| app.settings().get(&[key]).map(|node| node.origin.clone());
        match self {
            ServeError::Admin(BindError { address, source }) => {
                let origin = app.settings().get(&["admin", "address"]).map(|node| node.origin.clone());
                Diagnostic::error(Code::BIND, format!("cannot listen on {address}: {source}"), origin)
                    .help("choose another admin.address; its port must be another one than the server's own")
            }
            ServeError::Host(host) => no_host(host, place("host")),
            ServeError::Bind(BindError { source, .. }) if source.kind() == ErrorKind::AddrNotAvailable => {
                no_host(&app.core().host, place("host"))
            }
            ServeError::Bind(BindError { address, source }) => {
                // Guillotina's second name of `port` wins over it (row Z-004).
                let port = if app.core().address.is_some() { "address" } else { "port" };
                let message = format!("cannot listen on {address}: {source}");
                let mistake = Diagnostic::error(Code::BIND, message, place(port)).help(format!(
                    "choose another `{port}`, such as `--override {port}=0` for a free one, or stop what is using it"
                ));
                match place("host").filter(|host| !matches!(host, Origin::Default { .. })) {
                    Some(host) => mistake.related("the host is set here", host),
                    None => mistake,
                }
            }
        }
    }
}

fn no_host(host: &str, place: Option<Origin>) -> Diagnostic {
    let message = format!("cannot listen on \"{host}\": it is no address of this machine");
    Diagnostic::error(Code::BIND, message, place)
        .label("nothing can listen here")
        .help("set `host` to an IP address or a name of this machine, such as 127.0.0.1")
}

/// Serves until `stop` is cancelled, then finishes what is in flight within the grace of the settings.
/// `ready` is told the addresses as soon as the ports are open.
///
/// # Errors
/// When the port cannot be opened.
pub async fn serve(app: &App, stop: CancellationToken, ready: impl FnOnce(Listening)) -> Result<(), ServeError> {
    let core = app.core();
    // Without link-time collection there is no section, and the defaults count.
    let limits = app.section::<Limits>().map(|limits| Limits::clone(&limits)).unwrap_or_default();
    let address = resolve(&core.host, core.listen_port()).await?;
    let bound = Server::bind(address, limits).await?;
    let ops = Ops::new(app.clone(), stop.clone());
    let admin = bind_admin(core.admin.address.as_deref()).await?;
    ready(Listening { address: bound.local_addr(), admin: admin.as_ref().map(Bound::local_addr) });
    let warming = tokio::spawn(warm_up(app.clone(), stop.clone()));
    let exposition = Exposition::new(app.clone(), ops.clone(), bound.traffic());
    // Operators can watch how the server ends, so theirs ends after it.
    let ended = CancellationToken::new();
    let operators = async {
        if let Some(admin) = admin {
            admin.serve(AdminHandler::new(ops.clone(), exposition), ended.clone(), ADMIN_GRACE).await;
        }
    };
    let everybody = async {
        bound.serve(AppHandler::with(app.clone(), ops.clone()), stop, core.shutdown.grace()).await;
        ended.cancel();
    };
    tokio::join!(everybody, operators);
    warming.abort();
    Ok(())
}

/// The port for operators. A settings file with a wrong address was refused before.
async fn bind_admin(address: Option<&str>) -> Result<Option<Bound>, ServeError> {
    let Some(address) = address else { return Ok(None) };
    let address = address.parse().map_err(|_| ServeError::Host(address.to_owned()))?;
    let limits = Limits { connections: ADMIN_CONNECTIONS, ..Limits::default() };
    Server::bind(address, limits).await.map(Some).map_err(ServeError::Admin)
}

/// Hashes what the first logins would have to wait for. On blocking threads: requests are answered meanwhile.
async fn warm_up(app: App, stop: CancellationToken) {
    if let Some(Err(error)) = stop.run_until_cancelled(app.auth().warm_up()).await {
        tracing::warn!(%error, "passwords cannot be hashed yet; the first login tries again");
    }
}

async fn resolve(host: &str, port: u16) -> Result<SocketAddr, ServeError> {
    let mut found = tokio::net::lookup_host((host, port)).await.map_err(|_| ServeError::Host(host.to_owned()))?;
    found.next().ok_or_else(|| ServeError::Host(host.to_owned()))
}
