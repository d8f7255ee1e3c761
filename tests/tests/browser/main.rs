//! The chat page in a real browser: headless Chromium, driven over WebDriver.
//!
//! It needs `chromium` and `chromedriver` (`apt install chromium chromium-driver` on Debian), which `test.sh` installs
//! where it may. Without them the tests fail and say so, unless `GUILLOTINA_WITHOUT_BROWSER=1` skips them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accessible;
mod driver;
mod network;
mod person;
mod talk;
mod trouble;

use guillotina_tests::{Binary, PEOPLE, SETTINGS, Server};
use std::net::TcpListener;

/// A server whose address stays the same when it is started again, as a page needs it.
async fn server() -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = format!("{SETTINGS}{PEOPLE}").replace("port = 0", &format!("port = {port}"));
    Server::of(Binary::Guillotina, &settings).await
}

/// Whether the tests are to be skipped on this machine.
fn skipped() -> bool {
    if std::env::var_os("GUILLOTINA_WITHOUT_BROWSER").is_some_and(|value| value == "1") {
        eprintln!("skipped: GUILLOTINA_WITHOUT_BROWSER=1");
        return true;
    }
    false
}
