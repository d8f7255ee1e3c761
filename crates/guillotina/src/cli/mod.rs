//! The command line of a server: `serve` (the default), `check`, `explain`, `routes`, `list-components`, `generate-settings`,
//! `new-plugin`, `completions`, `gen-key`, and what plugins add.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 78 a mistake in the settings (sysexits' `EX_CONFIG`).

mod args;
mod explain;
mod generate;
mod list;
mod log;
mod names;
mod new_plugin;
mod routes;
mod serve;

use crate::app::App;
use crate::plugin::Plugin;
use crate::start::{Builder, Configured};
use args::{Check, Command, Options};
use clap::{CommandFactory, FromArgMatches};
use guillotina_settings::Diagnostics;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// What [`crate::main!`] calls: reads the command line and runs the command.
pub fn main(plugins: &[&'static Plugin]) -> ExitCode {
    let matches = args::with_plugin_commands(Options::command(), plugins).get_matches();
    let options = match Options::from_arg_matches(&matches) {
        Ok(options) => options,
        Err(error) => error.exit(),
    };
    log::start(options.debug);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_error(&format!("the runtime cannot be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(plugins, &options)).unwrap_or_else(|code| code)
}

/// Runs the command; what needs no settings works without any, and with broken ones.
async fn run(plugins: &[&'static Plugin], options: &Options) -> Result<ExitCode, ExitCode> {
    let configured = || configure(plugins, options);
    Ok(match &options.command {
        Some(Command::GenKey(wanted)) => list::gen_key(wanted),
        Some(Command::GenerateSettings) => generate::generate(plugins),
        Some(Command::NewPlugin(wanted)) => new_plugin::new_plugin(plugins, wanted),
        Some(Command::Completions(wanted)) => completions(plugins, wanted),
        None | Some(Command::Serve(_)) => serve::serve(configured()?).await,
        Some(Command::Check(wanted)) => list::check(&configured()?, wanted),
        Some(Command::ListComponents(wanted)) => list::components(&configured()?, wanted),
        Some(Command::Routes(wanted)) => routes::routes(&configured()?, wanted),
        Some(Command::Explain(wanted)) => explain::explain(&configured()?, wanted),
        Some(Command::Plugin(words)) => plugin_command(configured()?, words.clone()).await,
    })
}

/// The checked application, or the exit code after its mistakes were printed.
fn configure(plugins: &[&'static Plugin], options: &Options) -> Result<Configured, ExitCode> {
    builder(plugins, options).configure().map_err(|diagnostics| {
        if let Some(Command::Check(Check { json: true })) = &options.command {
            list::say(&diagnostics.to_json().to_string());
            return ExitCode::from(diagnostics.exit_code());
        }
        refuse(&diagnostics)
    })
}

fn builder(plugins: &[&'static Plugin], options: &Options) -> Builder {
    let mut builder = App::builder(plugins).environment(std::env::vars());
    if let Some(file) = options.settings_file() {
        builder = builder.settings_file(file);
    }
    let mut overrides = options.overrides.clone();
    if let Some(Command::Serve(serve)) = &options.command {
        overrides.extend(serve.host.iter().map(|host| format!("host={host}")));
        overrides.extend(serve.port.iter().map(|port| format!("port={port}")));
    }
    if options.debug {
        overrides.push("debug=true".to_owned());
    }
    builder.overrides(overrides)
}

/// `guillotina completions`.
fn completions(plugins: &[&'static Plugin], wanted: &args::Completions) -> ExitCode {
    let added = args::plugin_commands(plugins).into_iter().map(|decl| clap::Command::new(decl.name).about(decl.about));
    let mut command = Options::command().subcommands(added);
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut command, "guillotina", &mut script);
    // A reader that has gone away is no error.
    let _ = std::io::stdout().write_all(&script);
    ExitCode::SUCCESS
}

/// Prints why nothing was started.
fn refuse(diagnostics: &Diagnostics) -> ExitCode {
    print_diagnostics(diagnostics);
    ExitCode::from(diagnostics.exit_code())
}

/// Whether the environment lets terminals have colours: <https://no-color.org>.
fn wants_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn print_diagnostics(diagnostics: &Diagnostics) {
    let mut stderr = std::io::stderr().lock();
    let coloured = stderr.is_terminal() && wants_colours();
    let result =
        if coloured { write!(stderr, "{}", diagnostics.to_colored()) } else { write!(stderr, "{diagnostics}") };
    // Nobody reads what cannot be written.
    let _ = result;
}

fn print_error(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

/// Runs a command of a plugin: on a started application, but without a port.
async fn plugin_command(configured: Configured, mut words: Vec<String>) -> ExitCode {
    let name = if words.is_empty() { String::new() } else { words.remove(0) };
    let Some(run) =
        configured.components().commands.iter().find(|(decl, _)| decl.name == name).map(|(decl, _)| decl.run)
    else {
        print_error(&format!(
            "no enabled application has the command {name:?}; `guillotina list-components --kind command` shows them"
        ));
        return ExitCode::from(2);
    };
    let json = words.iter().any(|word| word == "--json");
    words.retain(|word| word != "--json");
    let app = match configured.start().await {
        Ok(app) => app,
        Err(diagnostics) => return refuse(&diagnostics),
    };
    let result = run(crate::commands::CommandCall::new(app.clone(), words, json)).await;
    app.stop().await;
    match result {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            print_error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
