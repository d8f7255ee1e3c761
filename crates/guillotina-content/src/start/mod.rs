//! From the settings to a running application, in phases with one direction:
//! read → order the applications → check everything → open databases → create utilities → start their work → provision.
//!
//! [`Builder::configure`] is all that can be done without opening anything, and finds every mistake before it gives up;
//! [`Configured::start`] does the rest. When a phase fails, what was made is given up again, in reverse.

mod applications;
mod checks;
mod components;
mod conflicts;
mod declarations;
mod linked;
mod needs;
mod order;
mod routes;
mod run;
mod stop;
mod supervise;
#[cfg(test)]
mod tests;
mod utilities;

pub use linked::{Entry, Linked};
pub use routes::route_key;
pub use utilities::LoadedUtility;

use crate::app::{App, Application, Components};
use crate::clock::Clock;
use crate::plugin::Plugin;
use crate::provision;
use crate::registration::{Kind, Registration};
use crate::settings::{self, CoreSettings, DatabaseConfig};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Layers, Node, Origin, Settings};
use linked::CORE;
use rustc_hash::FxHashMap;
use std::any::{Any, TypeId};
use std::path::PathBuf;
use std::sync::Arc;

/// Collects what an application is made from; see [`App::builder`].
#[derive(Default)]
#[must_use]
pub struct Builder {
    plugins: Vec<&'static Plugin>,
    extra: Vec<(&'static Plugin, &'static [Registration])>,
    files: Vec<File>,
    overrides: Vec<String>,
    environment: Vec<(String, String)>,
    clock: Clock,
}

enum File {
    OnDisk(PathBuf),
    Text { name: String, text: String },
}

/// An application that was checked and not started: `guillotina check` ends here.
pub struct Configured {
    pub(crate) settings: Settings,
    pub(crate) core: Arc<CoreSettings>,
    pub(crate) components: Components,
    pub(crate) sections: FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    pub(crate) utilities: Vec<LoadedUtility>,
    pub(crate) databases: Vec<DatabaseConfig>,
    pub(crate) clock: Clock,
    diagnostics: Diagnostics,
    linked: Linked,
}

impl App {
    /// Begins an application of these plugins. Which of them are enabled is in the settings.
    ///
    /// ```
    /// use guillotina_content::App;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let text = "[databases.db]\nstorage = \"DUMMY\"\n";
    /// let configured = App::builder(&[]).settings_text("settings.toml", text).configure().map_err(|d| d.to_string())?;
    /// # runtime.block_on(async {
    /// let app = configured.start().await.map_err(|d| d.to_string())?;
    /// assert!(app.database("db").is_some());
    /// assert!(app.stop().await.is_empty());
    /// # Ok::<(), String>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(plugins: &[&'static Plugin]) -> Builder {
        Builder { plugins: plugins.to_vec(), ..Builder::default() }
    }
}

impl Builder {
    /// Adds a settings file; `.toml`, `.yaml`, `.yml` or `.json`. A later file wins over an earlier one.
    pub fn settings_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(File::OnDisk(path.into()));
        self
    }

    /// Adds a settings file that was read already; its name tells the format and stands in diagnostics.
    pub fn settings_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push(File::Text { name: name.into(), text: text.into() });
        self
    }

    /// Adds overrides as `a.b=c`, the highest layer.
    pub fn overrides<S: Into<String>>(mut self, overrides: impl IntoIterator<Item = S>) -> Self {
        self.overrides.extend(overrides.into_iter().map(Into::into));
        self
    }

    /// Adds environment variables; those that begin with `G_` count.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// Links one more plugin with registrations that are given instead of collected: for tests, and for platforms
    /// without link-time collection.
    pub fn with(mut self, plugin: &'static Plugin, registrations: &'static [Registration]) -> Self {
        self.extra.push((plugin, registrations));
        self
    }

    /// Takes the time from this clock: for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn layers(&self, applications: &[Application]) -> Layers {
        let mut layers = Layers::new().defaults(CoreSettings::defaults()).environment(self.environment.iter().cloned());
        for plugin in applications.iter().filter_map(|a| a.plugin).filter(|p| !p.settings.is_empty()) {
            layers = layers.application(plugin.name, plugin.settings_file, plugin.settings);
        }
        for file in &self.files {
            layers = match file {
                File::OnDisk(path) => layers.read_file(path),
                File::Text { name, text } => layers.file(name, text),
            };
        }
        self.overrides.iter().fold(layers, |layers, one| layers.override_(one))
    }

    /// Reads the settings and checks everything that can be checked without opening or starting anything.
    ///
    /// # Errors
    /// All mistakes; the warnings of a configuration without any are in [`Configured::diagnostics`].
    pub fn configure(self) -> Result<Configured, Diagnostics> {
        let linked = Linked::new(&self.plugins, &self.extra);
        // Which applications are enabled is known only from the files, and they bring a layer below the files.
        let (first, _) = self.layers(&[]).finish();
        let wanted = applications::wanted(&first);
        let mut ordering = Diagnostics::new();
        let applications = applications::order(&linked, &wanted, &mut ordering);
        let (settings, mut diagnostics) = self.layers(&applications).finish();
        if diagnostics.iter().any(|d| d.id == Code::FILE_UNREADABLE || d.id == Code::FILE_SYNTAX) {
            return Err(diagnostics);
        }
        diagnostics.extend(ordering);
        let explicit = wanted.into_iter().map(|(name, _)| name).collect();
        let clock = self.clock;
        Checking { linked, applications, explicit, settings, diagnostics, clock }.run()
    }
}

/// The checks, after the applications and the settings are known.
struct Checking {
    linked: Linked,
    applications: Vec<Application>,
    explicit: Vec<String>,
    settings: Settings,
    diagnostics: Diagnostics,
    clock: Clock,
}

impl Checking {
    fn run(mut self) -> Result<Configured, Diagnostics> {
        let diagnostics = &mut self.diagnostics;
        let enabled = self.linked.enabled(&self.applications);
        let winners = conflicts::winners(&enabled, &self.linked, &self.explicit, diagnostics);
        let core = read_core(&self.settings, &winners, &self.linked, &enabled, diagnostics);
        let sections = load_sections(&self.settings, &winners, diagnostics);
        let components = components::build(self.applications, &enabled, &winners, diagnostics);
        let utilities = utilities::resolve(&self.settings, &winners, &self.linked, diagnostics);
        needs::check(&winners, &utilities, &self.linked, diagnostics);
        let utilities = needs::in_order(utilities.loaded, diagnostics);
        let databases = settings::configured_databases(&core.databases, &self.settings, diagnostics);
        checks::check(&core, &self.settings, &components, &self.linked, &enabled, diagnostics);
        settings::check_files(&core, &self.settings, &components, diagnostics);
        provision::check(&core, &self.settings, &components, diagnostics);
        if self.diagnostics.has_errors() {
            return Err(self.diagnostics);
        }
        Ok(Configured {
            settings: self.settings,
            core: Arc::new(core),
            components,
            sections,
            utilities,
            databases,
            clock: self.clock,
            diagnostics: self.diagnostics,
            linked: self.linked,
        })
    }
}

fn section_of(entry: &Entry) -> Option<&'static str> {
    match &entry.registration.kind {
        Kind::Settings(decl) => Some(decl.section),
        _ => None,
    }
}

fn read_core(
    settings: &Settings,
    winners: &[Entry],
    linked: &Linked,
    enabled: &[Entry],
    diagnostics: &mut Diagnostics,
) -> CoreSettings {
    let sections: Vec<&str> = winners.iter().filter_map(section_of).collect();
    let mut known = sections.clone();
    for entry in linked.disabled(enabled) {
        let Some(section) = section_of(entry).filter(|section| !sections.contains(section)) else { continue };
        known.push(section);
        if let Some(node) = settings.get(&[section]) {
            let message =
                format!("[{section}] belongs to the application \"{}\", which is not enabled", entry.application);
            diagnostics.push(
                Diagnostic::error(Code::NOT_ENABLED, message, node.key.clone()).help(linked::enable(entry.application)),
            );
        }
    }
    let core = CoreSettings::read(settings, &known, diagnostics);
    settings::warn_without_effect(settings, &known, diagnostics);
    settings::check(&core, settings, diagnostics);
    core
}

fn load_sections(
    settings: &Settings,
    winners: &[Entry],
    diagnostics: &mut Diagnostics,
) -> FxHashMap<TypeId, Arc<dyn Any + Send + Sync>> {
    let mut sections = FxHashMap::default();
    for entry in winners {
        if let Kind::Settings(decl) = &entry.registration.kind
            && let Some(section) = (decl.load)(settings, &[decl.section], diagnostics)
        {
            sections.insert((*section).type_id(), section);
        }
    }
    sections
}

impl Configured {
    /// All settings, with their origins.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The framework's own settings.
    pub fn core(&self) -> &CoreSettings {
        &self.core
    }

    /// The components of the enabled applications.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// The utilities that will be created, in that order.
    pub fn utilities(&self) -> &[LoadedUtility] {
        &self.utilities
    }

    /// The databases that will be opened, in that order.
    pub fn databases(&self) -> &[DatabaseConfig] {
        &self.databases
    }

    /// Warnings and other things worth knowing; there are no errors among them.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Everything in the binary, enabled or not.
    pub fn linked(&self) -> &Linked {
        &self.linked
    }
}

/// A registration as a place of diagnostics.
pub(crate) fn code_origin(registration: &Registration) -> Origin {
    let place = &registration.place;
    Origin::Code {
        file: place.file.into(),
        line: place.line,
        what: format!("{} `{}`", registration.kind.word(), place.item),
    }
}

/// The strings of a list with their places; what is no string is reported where the list is read typed.
fn strings<'a>(settings: &'a Settings, key: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
    let items = settings.get(&[key]).and_then(Node::as_array).unwrap_or_default();
    items.iter().filter_map(|node| Some((node.as_str()?, node)))
}

/// The help line of an unknown name: the nearest one, or all when they are few.
fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, otherwise: &str) -> String {
    if let Some(near) = guillotina_settings::nearest(name, known.clone()) {
        return format!("did you mean \"{near}\"?");
    }
    let few: Vec<&str> = known.take(9).collect();
    match few.len() {
        0 => otherwise.to_owned(),
        1..=8 => format!("there is: {}", few.join(", ")),
        _ => otherwise.to_owned(),
    }
}

/// Whether an application's name is the framework's own.
fn is_core(name: &str) -> bool {
    name == CORE
}
