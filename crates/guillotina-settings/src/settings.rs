//! The merged settings.

use std::fmt;
use std::sync::Arc;

use crate::collect;
use crate::diagnostic::Diagnostics;
use crate::layers::Layer;
use crate::node::{Node, Table, Value};
use crate::path;
use crate::section::Section;

/// The merged settings, in which every value knows its origin. Clones share one tree.
#[derive(Clone)]
pub struct Settings(Arc<Inner>);

impl fmt::Debug for Settings {
    // The values may be secrets, so they stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

struct Inner {
    root: Node,
    layers: Vec<Layer>,
}

/// What one layer says about a value.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The layer: `defaults`, `application NAME`, the name of a file, `environment` or `command line`.
    pub layer: Arc<str>,
    /// The value there, with its origin.
    pub node: Node,
}

impl Settings {
    pub(crate) fn new(root: Node, layers: Vec<Layer>) -> Self {
        Self(Arc::new(Inner { root, layers }))
    }

    /// The whole tree.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.0.root
    }

    /// The value under some keys; `None` when there is none.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(&self.0.root, |node, key| node.get(key))
    }

    /// The value under a dotted path, in which keys that hold dots are quoted: `load_utilities."x.y".settings`.
    #[must_use]
    pub fn get_str(&self, path: &str) -> Option<&Node> {
        path::split(path).ok()?.iter().try_fold(&self.0.root, |node, key| node.get(key))
    }

    /// The part of the settings under some keys, typed; all of it without keys.
    ///
    /// Every mistake in it is added to `diagnostics`. Unknown keys are errors too, but the section is still returned,
    /// so that later checks can find more; a value that is wrong or missing gives `None`. Either way, ask
    /// [`Diagnostics::has_errors`] before anything is started. Keys that are not set take the section's defaults, and
    /// so does the whole section when it is not set or null.
    #[must_use]
    pub fn section<T: Section>(&self, path: &[&str], diagnostics: &mut Diagnostics) -> Option<T> {
        let mut around = &self.0.root;
        for key in path {
            match around.get(key).filter(|node| !node.is_null()) {
                Some(node) => around = node,
                None => {
                    let empty = Node { value: Value::Table(Table::new()), ..around.clone() };
                    return collect::section(&empty, path, diagnostics);
                }
            }
        }
        collect::section(around, path, diagnostics)
    }

    /// Every layer that says something about a value, the one that counts last. For a table that is each layer that
    /// sets one of its keys.
    ///
    /// ```
    /// use guillotina_settings::Layers;
    /// let (settings, _) = Layers::new()
    ///     .defaults(serde_json::json!({"port": 8080}))
    ///     .file("settings.toml", "port = 8081\n")
    ///     .finish();
    /// let said: Vec<_> = settings.explain(&["port"]).iter().map(|one| (one.layer.to_string(), one.node.to_json())).collect();
    /// assert_eq!(said, [("defaults".to_owned(), 8080.into()), ("settings.toml".to_owned(), 8081.into())]);
    /// ```
    #[must_use]
    pub fn explain(&self, path: &[&str]) -> Vec<Explanation> {
        let mut said = Vec::new();
        for layer in &self.0.layers {
            let mut node = Some(&layer.root);
            for key in path {
                // A layer that puts anything but a table above the value takes away what the layers below said.
                if node.is_some_and(|node| node.as_table().is_none()) {
                    said.clear();
                }
                node = node.and_then(|node| node.get(key));
            }
            said.extend(node.map(|node| Explanation { layer: Arc::clone(&layer.name), node: node.clone() }));
        }
        said
    }

    /// The settings as plain JSON, secrets included.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.0.root.to_json()
    }
}
