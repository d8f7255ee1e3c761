//! What can be said on the command line.

use crate::plugin::Plugin;
use crate::registration::{CommandDecl, Kind, Registration, collect};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Files that are looked for when no `-c` is given.
const FILES: [&str; 4] = ["settings.toml", "config.yaml", "config.yml", "config.json"];

/// Guillotina: trees of typed objects behind a REST and WebSocket API.
#[derive(Parser)]
#[command(name = "guillotina", version, after_help = "Example: guillotina -c settings.toml --override port=8081 serve")]
pub struct Options {
    /// The settings file: TOML, or Guillotina's YAML or JSON [default: settings.toml, then config.yaml, then config.json]
    #[arg(short = 'c', long = "configuration", global = true, value_name = "FILE")]
    pub configuration: Option<PathBuf>,
    /// Sets one value over all others, as `a.b=c`; may be given more than once
    #[arg(long = "override", global = true, value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Answers errors with more detail and logs more; not for production
    #[arg(long, global = true)]
    pub debug: bool,
    /// What to do; `serve` when nothing is said
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Options {
    /// The file that was named, or the first of the default ones that exists.
    pub fn settings_file(&self) -> Option<PathBuf> {
        self.configuration.clone().or_else(|| FILES.iter().map(PathBuf::from).find(|file| file.exists()))
    }
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Serves until SIGTERM or Ctrl-C
    #[command(after_help = "Example: guillotina serve --port 8081")]
    Serve(Serve),
    /// Finds every mistake in the settings; opens no port and no database
    #[command(after_help = "Example: guillotina check --json")]
    Check(Check),
    /// Lists what the enabled applications bring
    #[command(name = "list-components", after_help = "Example: guillotina list-components --kind service --json")]
    ListComponents(ListComponents),
    /// Lists every service and WebSocket: context, method, name, permission, application
    #[command(after_help = "Example: guillotina routes --context Folder --json")]
    Routes(Routes),
    /// Says who answers, who is shadowed and why, with the places in the source
    #[command(subcommand, after_help = "Example: guillotina explain service GET Container")]
    Explain(Explain),
    /// Prints the settings file that a server starts with, every key explained
    #[command(name = "generate-settings", after_help = "Example: guillotina generate-settings > new-settings.toml")]
    GenerateSettings,
    /// Writes a new plugin with one component of each kind and its tests, and says how to enable it
    #[command(name = "new-plugin", after_help = "Example: guillotina new-plugin my_plugin")]
    NewPlugin(NewPlugin),
    /// Prints what a shell needs to complete commands and options
    #[command(after_help = "Example: guillotina completions bash > guillotina.bash")]
    Completions(Completions),
    /// Makes a key for the section `jwk`
    #[command(name = "gen-key", after_help = "Example: guillotina gen-key --json")]
    GenKey(GenKey),
    /// A command of a plugin
    #[command(external_subcommand)]
    Plugin(Vec<String>),
}

/// Options of `serve`.
#[derive(Args)]
pub struct Serve {
    /// Address to listen on; as `--override host=…`
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on; as `--override port=…`
    #[arg(long)]
    pub port: Option<u16>,
}

/// Options of `check`.
#[derive(Args)]
pub struct Check {
    /// Prints what was found as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `list-components`.
#[derive(Args)]
pub struct ListComponents {
    /// Only this kind: adapter, addon, behavior, command, content_type, event, grant, interface, permission, role, service, settings, subscriber, utility, websocket
    #[arg(long)]
    pub kind: Option<String>,
    /// Only what this application brings
    #[arg(long)]
    pub application: Option<String>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `routes`.
#[derive(Args)]
pub struct Routes {
    /// Only what can be asked of such objects: a content type, or an interface
    #[arg(long)]
    pub context: Option<String>,
    /// Only what this application brings
    #[arg(long)]
    pub application: Option<String>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// What is explained.
#[derive(Subcommand)]
pub enum Explain {
    /// The adapter of some objects to an interface
    #[command(after_help = "Example: guillotina explain adapter Item IRequest IResourceSerializeToJson")]
    Adapter(ExplainAdapter),
    /// The utility for an interface
    #[command(after_help = "Example: guillotina explain utility guillotina_chat.utility.IMessageSender --json")]
    Utility(ExplainUtility),
    /// The subscribers to an event on an object, in the order in which they are called
    #[command(after_help = "Example: guillotina explain subscribers Item ObjectModified")]
    Subscribers(ExplainSubscribers),
    /// The service that answers a request
    #[command(after_help = "Example: guillotina explain service GET Item @sharing")]
    Service(ExplainService),
}

/// Options of `explain adapter`.
#[derive(Args)]
pub struct ExplainAdapter {
    /// One to four objects, then what they are adapted to. An object is a content type or an interface; `Item+IAttachment` is
    /// an item with that behaviour
    #[arg(required = true, num_args = 2..=5, value_name = "OBJECT… INTERFACE")]
    pub names: Vec<String>,
    /// The name under which it is asked for
    #[arg(long, default_value = "")]
    pub name: String,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain utility`.
#[derive(Args)]
pub struct ExplainUtility {
    /// The interface
    #[arg(value_name = "INTERFACE")]
    pub provides: String,
    /// The name under which it is asked for
    #[arg(long, default_value = "")]
    pub name: String,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain subscribers`.
#[derive(Args)]
pub struct ExplainSubscribers {
    /// The object: a content type or an interface
    #[arg(value_name = "OBJECT")]
    pub context: String,
    /// The event
    pub event: String,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain service`.
#[derive(Args)]
pub struct ExplainService {
    /// GET, POST, PATCH, PUT, DELETE, HEAD or OPTIONS
    pub method: String,
    /// The object: a content type or an interface
    #[arg(value_name = "OBJECT")]
    pub context: String,
    /// The service's name as it was registered, such as `@workers/{user}`; without it, the object itself
    #[arg(default_value = "")]
    pub name: String,
    /// The layer of an installed add-on; may be given more than once
    #[arg(long)]
    pub layer: Vec<String>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `new-plugin`.
#[derive(Args)]
pub struct NewPlugin {
    /// Its name, which is the crate's and the application's: small letters, digits and `_`
    pub name: String,
    /// The folder in which its folder is made [default: plugins, if there is one, else the current one]
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,
    /// Guillotina's source, for a plugin outside of a workspace that names it
    #[arg(long, value_name = "FOLDER")]
    pub guillotina: Option<PathBuf>,
}

/// Options of `completions`.
#[derive(Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Options of `gen-key`.
#[derive(Args)]
pub struct GenKey {
    /// Size of the key, in bits
    #[arg(long = "key-size", default_value_t = 256)]
    pub key_size: u32,
    /// Kind of the key
    #[arg(long = "key-type", default_value = "oct")]
    pub key_type: String,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// The plugins' commands: of all plugins that are linked, since the settings are not read yet.
pub fn plugin_commands(plugins: &[&'static Plugin]) -> Vec<&'static CommandDecl> {
    let of = |registration: &'static Registration| match &registration.kind {
        Kind::Command(decl) if plugins.iter().any(|p| p.krate == registration.place.krate) => Some(decl),
        _ => None,
    };
    collect().into_iter().filter_map(of).collect()
}

/// Shows the plugins' commands in `--help`.
pub fn with_plugin_commands(command: clap::Command, plugins: &[&'static Plugin]) -> clap::Command {
    let line = |decl: &CommandDecl| format!("  {:<16} {} (example: {})\n", decl.name, decl.about, decl.example);
    let lines: String = plugin_commands(plugins).into_iter().map(line).collect();
    if lines.is_empty() { command } else { command.before_help(format!("Commands of plugins:\n{lines}")) }
}
