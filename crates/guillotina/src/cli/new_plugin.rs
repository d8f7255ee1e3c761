//! `guillotina new-plugin`: a crate with one component of each kind and its tests. What is written is the crate in
//! `template/`, which the tests of this repository compile and run, under another name.

use super::args::NewPlugin;
use super::list::say;
use super::print_error;
use crate::plugin::Plugin;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The name in the template, in each of its forms.
const MODULE: &str = "my_plugin";
const TYPE: &str = "MyPlugin";
const TITLE: &str = "My plugin";

/// Longest name. A crate's name may be longer, but nobody wants to read it.
const LONGEST: usize = 64;

macro_rules! template {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../template/", $file)))),*]
    };
}

/// The files of the template, without the manifest, which depends on the workspace.
const FILES: &[(&str, &str)] = template![
    "settings.toml",
    "src/lib.rs",
    "src/commands.rs",
    "src/content.rs",
    "src/counter.rs",
    "src/install.rs",
    "src/permissions.rs",
    "src/services.rs",
    "src/stream.rs",
    "src/subscribers.rs",
    "tests/my_plugin.rs",
];

/// Words that no crate can be called: keywords, and the crates that a plugin uses.
const TAKEN: &str = "abstract alloc as async await become box break const continue core crate do dyn else enum extern false \
    final fn for gen guillotina guillotina_testing if impl in let loop macro match mod move mut override priv proc_macro pub \
    ref return self static std struct super test tokio trait true try type typeof unsafe unsized use virtual where while yield";

/// Runs the command.
pub fn new_plugin(plugins: &[&'static Plugin], wanted: &NewPlugin) -> ExitCode {
    if let Err(mistake) = check(&wanted.name, plugins) {
        print_error(&mistake);
        return ExitCode::from(2);
    }
    match write(wanted) {
        Ok(made) => {
            explain(&made, &wanted.name, plugins);
            ExitCode::SUCCESS
        }
        Err(mistake) => {
            print_error(&mistake);
            ExitCode::FAILURE
        }
    }
}

/// Whether a plugin can have this name.
fn check(name: &str, plugins: &[&'static Plugin]) -> Result<(), String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.len() > LONGEST || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(good) {
        return Err(format!(
            "{name:?} cannot be the name of a plugin: use up to {LONGEST} small letters, digits and `_`, a letter first, as in my_plugin"
        ));
    }
    if TAKEN.split(' ').any(|word| word == name) {
        return Err(format!("{name:?} means something else in Rust; choose another name, such as my_{name}"));
    }
    if plugins.iter().any(|plugin| plugin.module == name || plugin.name == name) {
        return Err(format!("this server has a plugin {name:?} already; choose another name"));
    }
    Ok(())
}

/// What was made.
struct Made {
    folder: PathBuf,
    workspace: Option<Workspace>,
}

/// The workspace that the new crate is in.
struct Workspace {
    root: PathBuf,
    manifest: toml::Table,
}

impl Workspace {
    /// The nearest one above a folder.
    fn above(folder: &Path) -> Option<Workspace> {
        folder.ancestors().find_map(|root| {
            let text = fs::read_to_string(root.join("Cargo.toml")).ok()?;
            let manifest = text.parse::<toml::Table>().ok()?;
            manifest.contains_key("workspace").then(|| Workspace { root: root.to_owned(), manifest })
        })
    }

    /// Whether its table of dependencies names a crate.
    fn names(&self, krate: &str) -> bool {
        let dependencies = self.manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        dependencies.and_then(|dependencies| dependencies.get(krate)).is_some()
    }

    /// Whether one of its patterns covers a folder.
    fn covers(&self, folder: &Path) -> bool {
        let Ok(path) = folder.strip_prefix(&self.root) else { return false };
        let members = self.manifest.get("workspace").and_then(|w| w.get("members")).and_then(toml::Value::as_array);
        members.into_iter().flatten().filter_map(toml::Value::as_str).any(|pattern| {
            Path::new(pattern) == path
                || pattern.strip_suffix("/*").is_some_and(|parent| path.parent() == Some(Path::new(parent)))
        })
    }
}

fn write(wanted: &NewPlugin) -> Result<Made, String> {
    let into = match &wanted.into {
        Some(into) => into.clone(),
        None if Path::new("plugins").is_dir() => PathBuf::from("plugins"),
        None => PathBuf::from("."),
    };
    let absolute = fs::canonicalize(&into)
        .map_err(|error| format!("{} is no folder that can be written to: {error}; make it first", into.display()))?;
    let folder = into.join(&wanted.name);
    let workspace = Workspace::above(&absolute);
    let manifest = manifest(wanted, workspace.as_ref())?;
    fs::create_dir(&folder).map_err(|error| {
        format!("{} cannot be made: {error}; choose another name, or another folder with --into", folder.display())
    })?;
    let put = |file: &str, text: &str| {
        let path = folder.join(file);
        let above = path.parent().map_or(Ok(()), fs::create_dir_all);
        above.and_then(|()| fs::write(&path, text)).map_err(|error| format!("{}: {error}", path.display()))
    };
    put("Cargo.toml", &manifest)?;
    for (file, text) in FILES {
        put(&renamed(file, &wanted.name), &renamed(text, &wanted.name))?;
    }
    Ok(Made { folder: absolute.join(&wanted.name), workspace })
}

/// The manifest: dependencies of the workspace where it names them, else by path, else by address.
fn manifest(wanted: &NewPlugin, workspace: Option<&Workspace>) -> Result<String, String> {
    let ours = |krate: &str| -> Result<String, String> {
        match &wanted.guillotina {
            Some(source) => {
                let folder = fs::canonicalize(source.join("crates").join(krate)).map_err(|error| {
                    format!("{} is not Guillotina's source, which has crates/{krate}: {error}", source.display())
                })?;
                Ok(format!("{krate} = {{ path = {} }}", quoted(&folder)))
            }
            None if workspace.is_some_and(|workspace| workspace.names(krate)) => {
                Ok(format!("{krate}.workspace = true"))
            }
            None => Ok(format!("{krate} = {{ git = \"{}\" }}", env!("CARGO_PKG_REPOSITORY"))),
        }
    };
    let tokio = if workspace.is_some_and(|workspace| workspace.names("tokio")) {
        "tokio.workspace = true".to_owned()
    } else {
        "tokio = { version = \"1\", features = [\"rt\", \"macros\"] }".to_owned()
    };
    let (name, title) = (&wanted.name, title(&wanted.name));
    let (guillotina, testing) = (ours("guillotina")?, ours("guillotina-testing")?);
    Ok(format!(
        "[package]\nname = \"{name}\"\ndescription = \"{title}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{guillotina}\n\n\
         [dev-dependencies]\n{testing}\n{tokio}\n"
    ))
}

/// A path as a text of TOML.
fn quoted(path: &Path) -> String {
    toml::Value::String(path.to_string_lossy().into_owned()).to_string()
}

/// A text of the template under the new name.
fn renamed(text: &str, name: &str) -> String {
    text.replace(MODULE, name).replace(TYPE, &camel(name)).replace(TITLE, &title(name))
}

/// `my_plugin` as `MyPlugin`.
fn camel(name: &str) -> String {
    name.split('_').map(capital).collect()
}

/// `my_plugin` as `My plugin`.
fn title(name: &str) -> String {
    capital(name.trim_matches('_')).replace('_', " ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Says which line to add where.
fn explain(made: &Made, name: &str, plugins: &[&'static Plugin]) {
    let folder = made.folder.display();
    say(&format!("{folder} is a plugin with one component of each kind. Its tests: cargo test -p {name}"));
    say("\nTo enable it, add these lines:\n");
    if let Some(workspace) = made.workspace.as_ref().filter(|workspace| !workspace.covers(&made.folder)) {
        let member = made.folder.strip_prefix(&workspace.root).unwrap_or(&made.folder).to_string_lossy().into_owned();
        say(&format!("  {}, into `members`\n      {member:?},", workspace.root.join("Cargo.toml").display()));
    }
    let linked: Vec<&str> = plugins.iter().map(|plugin| plugin.module).chain([name]).collect();
    let enabled: Vec<String> = plugins.iter().map(|p| p.name).chain([name]).map(|name| format!("{name:?}")).collect();
    say(&format!(
        "  Cargo.toml of the server, below [dependencies]\n      {name} = {{ path = {} }}",
        quoted(&made.folder)
    ));
    say(&format!(
        "  src/main.rs of the server, instead of the line with guillotina::main!\n      guillotina::main![{}];",
        linked.join(", ")
    ));
    say(&format!(
        "  settings.toml, instead of the line with applications\n      applications = [{}]",
        enabled.join(", ")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_plugin_can_have() {
        for bad in ["", "My", "my-plugin", "1st", "_x", "a b", "../x", "é", "fn", "guillotina", &"x".repeat(65)] {
            assert!(check(bad, &[]).is_err(), "{bad}");
        }
        for good in ["demo", "my_plugin2", "x"] {
            assert_eq!(check(good, &[]), Ok(()));
        }
    }

    #[test]
    fn the_forms_of_a_name() {
        assert_eq!((camel("a_b2_c"), title("photo_wall")), ("AB2C".to_owned(), "Photo wall".to_owned()));
        assert_eq!(renamed("my_plugin MyPluginNote \"My plugin\"", "demo"), "demo DemoNote \"Demo\"");
    }

    #[test]
    fn every_file_of_the_template_is_written() {
        let mut found = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("template")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.retain(|path| !path.ends_with("Cargo.toml"));
        assert_eq!(found.len(), FILES.len(), "{found:?}");
    }
}
