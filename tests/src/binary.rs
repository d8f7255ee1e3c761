//! Where the binaries under test are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A program that the tests start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// The product.
    Guillotina,
    /// The product with the plugin of the tests.
    TestServer,
}

impl Binary {
    /// Its file, built if need be. `GUILLOTINA_BIN` names another build of the product.
    pub fn path(self) -> PathBuf {
        if let (Binary::Guillotina, Some(given)) = (self, std::env::var_os("GUILLOTINA_BIN")) {
            return PathBuf::from(given);
        }
        let folder = built();
        match self {
            Binary::Guillotina => folder.join("guillotina"),
            Binary::TestServer => folder.join("test-server"),
        }
    }
}

/// Builds both once, in one call with the profile of the running test, so that it shares all that is built already.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("the path of the running test");
        // target/{profile}/deps/product-…
        let folder = test.ancestors().nth(2).expect("a target folder").to_owned();
        if std::env::var_os("GUILLOTINA_BIN").is_some() && folder.join("test-server").exists() {
            return folder;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args([
            "build",
            "--bins",
            "-p",
            "guillotina-server",
            "-p",
            "guillotina-tests",
        ]);
        cargo.arg("--target-dir").arg(folder.parent().expect("a target folder"));
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo can be started");
        assert!(status.success(), "the binaries do not build: {status}");
        folder
    })
}
