//! `/healthz/live` and `/healthz/ready`, on every server and before everything else: no login, no origin, no database
//! of that name.

use guillotina_content::App;
use guillotina_content::answer::Answer;
use guillotina_content::settings::RESERVED;
use http::Method;
use http::header::{ALLOW, CACHE_CONTROL};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// For so long an answer of the databases is good: whoever asks more often costs them nothing.
const GOOD_FOR: Duration = Duration::from_millis(250);
/// A database that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Knows whether the server lives and is ready.
pub(crate) struct Health {
    app: App,
    stop: CancellationToken,
    /// When the databases were asked last, and whether all of them answered.
    last: Mutex<Option<(Instant, bool)>>,
}

impl Health {
    pub(crate) fn new(app: App, stop: CancellationToken) -> Health {
        Health { app, stop, last: Mutex::new(None) }
    }

    /// The answer, if the path is one of these two.
    pub(crate) async fn answer(&self, method: &Method, path: &str) -> Option<Answer> {
        // One comparison for all other requests.
        let which = path.strip_prefix('/')?.strip_prefix(RESERVED)?.strip_prefix('/')?;
        let (status, said) = match which {
            "live" | "ready" if !matches!(*method, Method::GET | Method::HEAD) => {
                return Some(answer(405, "ask with GET or HEAD").with_header(ALLOW, "GET,HEAD"));
            }
            "live" => (200, "live"),
            "ready" if self.stopping() => (503, "stopping"),
            "ready" if self.databases_answer().await => (200, "ready"),
            "ready" => (503, "a database does not answer; the log says which"),
            _ => return None,
        };
        Some(answer(status, said))
    }

    fn stopping(&self) -> bool {
        self.stop.is_cancelled() || self.app.stopping().has_begun()
    }

    /// Whether every database can be read. Those who ask at the same time share one round.
    async fn databases_answer(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((when, good)) = *last
            && when.elapsed() < GOOD_FOR
        {
            return good;
        }
        let mut all = true;
        for database in self.app.databases() {
            let error = match tokio::time::timeout(PATIENCE, database.storage().ping()).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it did not answer within {PATIENCE:?}"),
            };
            tracing::error!(database = %database.name(), error, "not ready: a database cannot be read");
            all = false;
        }
        *last = Some((Instant::now(), all));
        all
    }
}

fn answer(status: u16, said: &str) -> Answer {
    Answer::json(json!({"status": said})).with_status(status).with_header(CACHE_CONTROL, "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;
    use guillotina_content::answer::AnswerBody;

    async fn app() -> App {
        let text = "[databases.db]\nstorage = \"DUMMY\"\n";
        let configured = App::builder(&[]).settings_text("settings.toml", text).configure();
        configured.map_err(|d| d.to_string()).unwrap().start().await.map_err(|d| d.to_string()).unwrap()
    }

    async fn ready(health: &Health) -> (u16, String) {
        let answer = health.answer(&Method::GET, "/healthz/ready").await.unwrap();
        let AnswerBody::Json(body) = answer.body else { panic!("no JSON") };
        (answer.status, body["status"].as_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_database_that_does_not_answer_makes_it_unready() {
        let app = app().await;
        let health = Health::new(app.clone(), CancellationToken::new());
        let asked = Instant::now();
        assert_eq!(ready(&health).await, (200, "ready".to_owned()));
        app.database("db").unwrap().storage().close().await;
        let soon = ready(&health).await.0;
        if asked.elapsed() < GOOD_FOR {
            assert_eq!(soon, 200, "the last answer is good for a moment");
        }
        tokio::time::sleep(GOOD_FOR).await;
        let (status, said) = ready(&health).await;
        assert_eq!(status, 503);
        assert!(said.contains("database"), "{said}");
        assert_eq!(health.answer(&Method::GET, "/healthz/live").await.unwrap().status, 200);
        app.stop().await;
    }

    #[tokio::test]
    async fn a_server_that_stops_is_not_ready() {
        let (app, stop) = (app().await, CancellationToken::new());
        let health = Health::new(app.clone(), stop.clone());
        stop.cancel();
        assert_eq!(ready(&health).await, (503, "stopping".to_owned()));
        let health = Health::new(app.clone(), CancellationToken::new());
        app.stop().await;
        assert_eq!(ready(&health).await, (503, "stopping".to_owned()));
    }

    #[tokio::test]
    async fn other_paths_are_others() {
        let app = app().await;
        let health = Health::new(app.clone(), CancellationToken::new());
        for path in ["/", "", "*", "/db", "/healthz", "/healthz/", "/healthzlive", "/healthz/live/", "/HEALTHZ/live"] {
            assert!(health.answer(&Method::GET, path).await.is_none(), "{path}");
        }
        app.stop().await;
    }
}
