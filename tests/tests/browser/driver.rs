//! As much of WebDriver as the tests need: JSON over HTTP to `chromedriver`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guillotina_tests::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long something may take to appear on a busy machine.
const PATIENCE: Duration = Duration::from_secs(45);
/// What WebDriver calls the reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Where Debian and others install the browser.
const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// A browser of its own: process, profile and driver.
pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    pub async fn start() -> Browser {
        let browser = BROWSERS.iter().find(|path| std::path::Path::new(path).exists());
        let browser = browser
            .expect("chromium is missing: apt install chromium chromium-driver, or set GUILLOTINA_WITHOUT_BROWSER=1");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: apt install chromium-driver, or set GUILLOTINA_WITHOUT_BROWSER=1");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok())
            .expect("chromedriver says its port");
        std::thread::spawn(move || lines.for_each(drop));
        let client = Client::new(([127, 0, 0, 1], port).into());
        let profile = TempDir::new().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-GB",
            "--window-size=1000,700",
            &data,
        ];
        let options = json!({"binary": browser, "args": args});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}});
        let answer = client.post("/session", wanted).await.expect(200);
        let session = answer["value"]["sessionId"].as_str().expect("a session").to_owned();
        Browser { driver, client, session, _profile: profile }
    }

    async fn command(&self, path: &str, body: Value) -> Result<Value, Value> {
        // Boxed, so that the long tests fit a thread's stack in a debug build.
        let answer = Box::pin(self.client.post(&format!("/session/{}/{path}", self.session), body)).await;
        let value = answer.json()["value"].clone();
        if answer.status == 200 { Ok(value) } else { Err(value) }
    }

    /// A command of Chromium's own protocol.
    pub async fn chromium(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await.expect(command)
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.command("url", json!({"url": url})).await.expect("the page opens");
    }

    /// The value of a script's `return`.
    pub async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", json!({"script": script, "args": []})).await.expect(script)
    }

    /// The value of an expression that may be a promise, whatever the page's policy forbids to scripts.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.chromium("Runtime.evaluate", parameters).await;
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until a script returns something that is true, and gives it.
    pub async fn until(&self, script: &str) -> Value {
        let begin = Instant::now();
        loop {
            let found = self.run(script).await;
            if found != json!(false) && !found.is_null() {
                return found;
            }
            if begin.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText").await;
                panic!(
                    "{script} does not become true; the page shows:\n{}\n{}",
                    text.as_str().unwrap_or_default(),
                    self.complaints().await.join("\n")
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn element(&self, selector: &str) -> String {
        let begin = Instant::now();
        loop {
            let found = self.command("element", json!({"using": "css selector", "value": selector})).await;
            match found {
                Ok(found) => return found[ELEMENT].as_str().unwrap().to_owned(),
                Err(_) if begin.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => panic!("{selector}: {error}"),
            }
        }
    }

    /// Clicks on what a selector finds.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/click"), json!({}))
            .await
            .unwrap_or_else(|e| panic!("{selector}: {e}"));
    }

    /// Types into what a selector finds.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        let typed = self.command(&format!("element/{element}/value"), json!({"text": text})).await;
        typed.unwrap_or_else(|e| panic!("{selector}: {e}"));
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})])
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.command("actions", actions).await.expect("keys");
    }

    /// Cuts the network off, or connects it again.
    pub async fn offline(&self, offline: bool) {
        let conditions = json!({"offline": offline, "latency": 0, "throughput": 0, "download_throughput": -1, "upload_throughput": -1});
        self.command("chromium/network_conditions", json!({"network_conditions": conditions}))
            .await
            .expect("conditions");
    }

    /// The size of the page, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.chromium("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the user prefers: `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.chromium("Emulation.setEmulatedMedia", features).await;
    }

    /// A picture of the page, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let path = format!("/session/{}/screenshot", self.session);
        let answer = self.client.get(&path).await.expect(200);
        STANDARD.decode(answer["value"].as_str().unwrap()).unwrap()
    }

    /// What the browser has written to its console since the last time.
    pub async fn complaints(&self) -> Vec<String> {
        let lines = self.command("se/log", json!({"type": "browser"})).await.unwrap_or_default();
        lines.as_array().into_iter().flatten().map(|line| line["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium ends when its driver is told to; the profile is removed after that.
        let _ = Command::new("kill").arg(self.driver.id().to_string()).status();
        let _ = self.driver.wait();
    }
}
