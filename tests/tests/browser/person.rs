//! Somebody who uses the page.

use crate::driver::Browser;
use guillotina_tests::Server;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Keys as WebDriver writes them.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const SPACE: &str = "\u{e00d}";

/// A user with a browser of their own.
pub struct Person {
    pub browser: Browser,
    pub name: &'static str,
}

impl Person {
    /// Opens the page and signs in, with the keyboard.
    pub async fn arrive(server: &Server, name: &'static str) -> Person {
        Person::arrive_at(server.address(), name).await
    }

    /// The same at another address, which leads to the server.
    pub async fn arrive_at(address: SocketAddr, name: &'static str) -> Person {
        let browser = Browser::start().await;
        browser.open(&format!("http://{address}/chat/")).await;
        browser.until("return document.activeElement?.id === 'username'").await;
        browser.press(name).await;
        browser.press(TAB).await;
        browser.press(&format!("secret-{name}")).await;
        browser.press(ENTER).await;
        let person = Person { browser, name };
        person.state("Connected").await;
        person
    }

    /// Waits until the indicator of the connection says that, and gives all that it says.
    pub async fn state(&self, words: &str) -> String {
        let script = format!(
            "const said = document.getElementById('state-text').textContent; return said.startsWith({}) && said",
            json!(words)
        );
        self.browser.until(&script).await.as_str().unwrap().to_owned()
    }

    /// Starts a conversation with somebody, with the keyboard.
    pub async fn start(&self, with: &str) {
        self.browser.until("return document.activeElement?.id === 'start'").await;
        self.browser.press(ENTER).await;
        self.browser.until("return document.activeElement?.id === 'find'").await;
        self.browser.press(with).await;
        self.browser
            .until(&format!("return document.querySelector('#choices li:only-child input')?.value === {}", json!(with)))
            .await;
        self.browser.press(TAB).await;
        self.browser.press(SPACE).await;
        self.browser.press(ENTER).await;
        self.browser.until("return document.activeElement?.id === 'text'").await;
    }

    /// Opens the conversation that is listed with those words.
    pub async fn open(&self, words: &str) {
        let find = format!(
            "const link = [...document.querySelectorAll('#conversations a')].find((a) => a.textContent.includes({})); link?.click(); return Boolean(link)",
            json!(words)
        );
        self.browser.until(&find).await;
        self.browser.until("return !document.getElementById('open').hidden").await;
    }

    /// Writes a message and sends it with Enter.
    pub async fn say(&self, text: &str) {
        self.browser.type_into("#text", &format!("{text}{ENTER}")).await;
    }

    /// Waits until these messages are shown, acknowledged, each once and in this order.
    pub async fn reads(&self, wanted: &[&str]) {
        let script = format!(
            "const shown = [...document.querySelectorAll('.message:not(.pending) .said')].map((p) => p.textContent);
             return shown.length === {} && shown.at(-1) === {} && shown",
            wanted.len(),
            json!(wanted.last())
        );
        assert_eq!(self.browser.until(&script).await, json!(wanted), "{} sees them", self.name);
        let pending = self.browser.run("return document.querySelectorAll('.pending').length").await;
        assert_eq!(pending, json!(0), "{} waits for nothing", self.name);
    }

    /// Nothing came from another host, and the page did nothing that its policy forbids.
    pub async fn is_at_home(&self) {
        let script = "return performance.getEntriesByType('resource').map((r) => r.name).filter((name) => new URL(name).host !== location.host)";
        assert_eq!(self.browser.run(script).await, json!([]));
        let refused: Vec<String> =
            self.browser.complaints().await.into_iter().filter(|line| line.contains("Security Policy")).collect();
        assert_eq!(refused, Vec::<String>::new());
    }

    /// What is wider than the page, by id or class.
    pub async fn overflowing(&self) -> Value {
        self.browser
            .run(
                "const width = document.documentElement.clientWidth;
                 const clipped = (e) => e.closest('.unseen, .name, .last, #text');
                 const wide = [...document.body.querySelectorAll('*')].filter((e) => e.checkVisibility() && !clipped(e)
                   && (e.getBoundingClientRect().right > width + 0.5 || e.getBoundingClientRect().left < -0.5));
                 const page = document.scrollingElement;
                 return [...wide.map((e) => e.id || e.className || e.tagName), ...(page.scrollWidth > width ? ['page'] : []),
                   ...(page.scrollHeight > innerHeight && !document.getElementById('chat').hidden ? ['height'] : [])]",
            )
            .await
    }
}
