//! Plugins, interfaces and utilities for the tests of this module.

use crate::answer::Answer;
use crate::call::Call;
use crate::commands::CommandCall;
use crate::inject::Need;
use crate::plugin::Plugin;
use crate::registration::*;
use crate::start::Builder;
use crate::utilities::{AsyncUtility, ProvidedView, Shutdown, create};
use crate::{App, BoxFuture, Error, Result};
use guillotina_component::InterfaceType;
use guillotina_macros::{interface, settings};
use guillotina_security::perms;
use guillotina_settings::Section;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Minimal settings: one database in memory, secrets that are not warned about.
pub(super) const QUIET: &str = "\
[databases.db]
storage = \"DUMMY\"
[jwt]
secret = \"a-secret-0f-2026-for-these-tests\"
[jwk]
k = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"
";

pub(super) fn with_text(text: &str) -> Builder {
    App::builder(&[]).settings_text("settings.toml", text)
}

macro_rules! plugin {
    ($ident:ident, $name:literal, [$($requires:literal),*], $settings:expr) => {
        pub(super) static $ident: Plugin = Plugin {
            name: $name, title: $name, module: $name, krate: $name, version: "1", requires: &[$($requires),*],
            settings: $settings, settings_file: concat!($name, "/settings.toml"),
        };
    };
}
plugin!(
    ALPHA,
    "alpha",
    [],
    "[load_utilities.\"alpha.first\"]\nfactory = \"alpha.First\"\nenabled = false\nsettings.label = \"shipped\"\n"
);
plugin!(BETA, "beta", ["alpha"], "");
plugin!(GAMMA, "gamma", [], "");
plugin!(DELTA, "delta", ["gamma", "nowhere"], "");
plugin!(RING_A, "ring_a", ["ring_b"], "");
plugin!(RING_B, "ring_b", ["ring_a"], "");

pub(super) const fn place(module: &'static str, item: &'static str, line: u32) -> Place {
    Place { krate: module, module, item, file: "lib.rs", line, doc: "" }
}

fn nothing(_: CommandCall) -> BoxFuture<'static, Result<i32>> {
    Box::pin(async { Ok(0) })
}

fn answer(_: &Call) -> BoxFuture<'_, Result<Answer>> {
    Box::pin(async { Ok(Answer::no_content()) })
}

pub(super) const fn command(module: &'static str, line: u32, name: &'static str) -> Registration {
    Registration {
        place: place(module, "command", line),
        kind: Kind::Command(CommandDecl { name, about: "", example: "", run: nothing }),
    }
}

pub(super) const fn service(
    module: &'static str,
    line: u32,
    name: &'static str,
    needs: &'static [fn() -> Need],
) -> Registration {
    let decl = ServiceDecl {
        context: <crate::Container as InterfaceType>::interface,
        method: Method::GET,
        name,
        permission: perms::PUBLIC,
        allow_access: false,
        layer: None,
        read_only: None,
        summary: "",
        handler: answer,
        needs,
    };
    Registration { place: place(module, "service", line), kind: Kind::Service(decl) }
}

pub(super) const fn application(plugin: &'static Plugin) -> Registration {
    Registration { place: place(plugin.module, "PLUGIN", 1), kind: Kind::Application(plugin) }
}

/// What the test utilities do, by the label in their settings, in order.
static LOG: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

pub(super) fn note(label: &str, what: impl Into<String>) {
    LOG.lock().entry(label.to_owned()).or_default().push(what.into());
}

pub(super) fn noted(label: &str) -> Vec<String> {
    LOG.lock().get(label).cloned().unwrap_or_default()
}

/// Settings of the test utilities.
#[settings]
pub(super) struct Label {
    /// Under which its doings are noted.
    #[default]
    pub(super) label: String,
    /// What goes wrong: `create`, `panic`, `work`, `work-once`, `work-panic`, `hang`.
    #[default]
    pub(super) fault: String,
}

#[interface(name = "test.IBase")]
pub(super) trait IBase {
    /// Its label.
    fn label(&self) -> String;
}

#[interface(name = "test.IFirst", extends(dyn IBase))]
pub(super) trait IFirst: IBase {}

#[interface(name = "test.ISecond")]
pub(super) trait ISecond {
    /// Its label.
    fn second_label(&self) -> String;
}

pub(super) struct First(Label);
pub(super) struct Second(Label);

impl IBase for First {
    fn label(&self) -> String {
        self.0.label.clone()
    }
}
impl IFirst for First {}
impl ISecond for Second {
    fn second_label(&self) -> String {
        self.0.label.clone()
    }
}

async fn work(name: &str, settings: &Label, shutdown: Shutdown) -> Result<()> {
    note(&settings.label, format!("{name} works"));
    match settings.fault.as_str() {
        "work" => return Err(Error::internal("it broke")),
        "work-once" if noted(&settings.label).iter().filter(|n| n.ends_with("works")).count() == 1 => {
            return Err(Error::internal("it broke once"));
        }
        "work-panic" if noted(&settings.label).iter().filter(|n| n.ends_with("works")).count() == 1 => {
            panic!("it fell")
        }
        "hang" => std::future::pending::<()>().await,
        _ => {}
    }
    shutdown.wait().await;
    note(&settings.label, format!("{name} stops"));
    Ok(())
}

macro_rules! test_utility {
    ($ty:ident) => {
        impl AsyncUtility for $ty {
            type Settings = Label;
            async fn create(settings: Label, _app: App) -> Result<Self> {
                match settings.fault.as_str() {
                    "create" => return Err(Error::internal("no luck")),
                    "panic" => panic!("no way"),
                    _ => {}
                }
                note(&settings.label, concat!(stringify!($ty), " created"));
                Ok($ty(settings))
            }
            async fn initialize(self: Arc<Self>, shutdown: Shutdown) -> Result<()> {
                work(stringify!($ty), &self.0, shutdown).await
            }
            async fn finalize(self: Arc<Self>) -> Result<()> {
                note(&self.0.label, concat!(stringify!($ty), " finalized"));
                Ok(())
            }
        }
    };
}
test_utility!(First);
test_utility!(Second);

pub(super) const fn first(module: &'static str, needs: &'static [fn() -> Need]) -> Registration {
    let decl = UtilityDecl {
        provides: &[<dyn IFirst as InterfaceType>::interface],
        create: |args| Box::pin(create::<First>(args, |this| vec![ProvidedView::new::<dyn IFirst>(this)])),
        check_settings: |tree, path, diagnostics| {
            drop(crate::utilities::read_settings::<Label>(tree, path, diagnostics))
        },
        settings: Label::FIELDS,
        needs,
    };
    Registration { place: place(module, "First", 10), kind: Kind::Utility(decl) }
}

pub(super) const fn second(module: &'static str, needs: &'static [fn() -> Need]) -> Registration {
    let decl = UtilityDecl {
        provides: &[<dyn ISecond as InterfaceType>::interface],
        create: |args| Box::pin(create::<Second>(args, |this| vec![ProvidedView::new::<dyn ISecond>(this)])),
        check_settings: |tree, path, diagnostics| {
            drop(crate::utilities::read_settings::<Label>(tree, path, diagnostics))
        },
        settings: Label::FIELDS,
        needs,
    };
    Registration { place: place(module, "Second", 20), kind: Kind::Utility(decl) }
}

pub(super) fn need_first() -> Need {
    Need::Utility(<dyn IFirst as InterfaceType>::interface)
}

pub(super) fn need_base() -> Need {
    Need::Utility(<dyn IBase as InterfaceType>::interface)
}

pub(super) fn need_second() -> Need {
    Need::Utility(<dyn ISecond as InterfaceType>::interface)
}

/// The plugin alpha with both factories; the second needs the first.
pub(super) static ALPHA_PARTS: [Registration; 3] =
    [application(&ALPHA), first("alpha", &[]), second("alpha", &[need_base])];
