//! The files of the repository, and the manifests of its crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of a file, by its path from the root.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, sorted; without what is built, stored or made by git.
pub fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match path.is_dir() {
                _ if ["target", ".git", "data", "__pycache__"].contains(&name.as_str()) => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// The files below a folder with one of these endings.
pub fn with_ending(folder: impl AsRef<Path>, endings: &[&str]) -> Vec<PathBuf> {
    let ends = |path: &PathBuf| path.extension().is_some_and(|e| endings.contains(&&*e.to_string_lossy()));
    files(folder).into_iter().filter(ends).collect()
}

/// The folders of the crates in a folder.
pub fn crates(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.join("Cargo.toml").exists()).collect();
    found.sort();
    found
}

/// The dependencies of a crate in these tables of its manifest.
pub fn dependencies(krate: &Path, tables: &[&str]) -> BTreeSet<String> {
    let manifest: toml::Table = text(krate.join("Cargo.toml")).parse().unwrap();
    let names = |table: &&str| {
        manifest.get(*table).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys).cloned()
    };
    tables.iter().flat_map(names).collect()
}

/// Whether a crate is one of ours.
pub fn ours(name: &str) -> bool {
    name == "guillotina" || name.starts_with("guillotina-") || name.starts_with("guillotina_")
}
