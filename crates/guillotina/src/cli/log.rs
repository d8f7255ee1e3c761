//! The log: lines for people on a terminal, one JSON object a line otherwise. `RUST_LOG` chooses what.

use guillotina_http::{RequestInfo, request_info};
use serde_json::{Map, Value};
use std::fmt::{self, Write};
use std::io::IsTerminal;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Begins to log on standard error.
pub(super) fn start(debug: bool) {
    let (filter, mistake) = filter(std::env::var("RUST_LOG").ok().as_deref(), debug);
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An embedding program may have its own subscriber; then this one is not needed.
    let _ = if std::io::stderr().is_terminal() {
        let colours = super::wants_colours();
        subscriber.with_ansi(colours).event_format(people(colours)).try_init()
    } else {
        subscriber.fmt_fields(JsonFields::new()).event_format(machines()).try_init()
    };
    if let Some(mistake) = mistake {
        tracing::warn!(
            "RUST_LOG is not understood, so it is ignored: {mistake}; write it as in RUST_LOG=info,guillotina_http=debug"
        );
    }
}

/// What `RUST_LOG` asks for, or else the default; and what is wrong with it.
fn filter(wanted: Option<&str>, debug: bool) -> (EnvFilter, Option<String>) {
    let default = EnvFilter::new(if debug { "debug" } else { "info" });
    match wanted.filter(|wanted| !wanted.is_empty()).map(EnvFilter::try_new) {
        None => (default, None),
        Some(Ok(filter)) => (filter, None),
        Some(Err(mistake)) => (default, Some(mistake.to_string())),
    }
}

fn people(colours: bool) -> AboutRequest<Format> {
    AboutRequest { line: Format::default().with_ansi(colours), append: append_words }
}

fn machines() -> AboutRequest<Format<tracing_subscriber::fmt::format::Json>> {
    // All spans, so that an inner one does not hide an outer one.
    let line = Format::default().json().flatten_event(true).with_current_span(false).with_ansi(false);
    AboutRequest { line, append: append_members }
}

/// Lines that end with the request that they are about.
struct AboutRequest<F> {
    line: F,
    append: fn(&mut String, &RequestInfo) -> fmt::Result,
}

impl<S, N, F> FormatEvent<S, N> for AboutRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(request) = request_info() else { return self.line.format_event(context, writer, event) };
        let mut line = String::with_capacity(256);
        self.line.format_event(context, Writer::new(&mut line), event)?;
        line.truncate(line.trim_end_matches('\n').len());
        (self.append)(&mut line, &request)?;
        writeln!(writer, "{line}")
    }
}

/// ` request=0f3c… GET /db/container user=alice`.
fn append_words(line: &mut String, request: &RequestInfo) -> fmt::Result {
    write!(line, " request={} {} {}", request.id, request.method(), request.path())?;
    match request.user() {
        // Ids of users come from clients: no control character gets to a terminal.
        Some(user) => write!(line, " user={}", user.escape_debug()),
        None => Ok(()),
    }
}

/// `,"request":{"id":"0f3c…","method":"GET","path":"/db/container","user":"alice"}` before the line's last brace.
fn append_members(line: &mut String, request: &RequestInfo) -> fmt::Result {
    let Some(open) = line.strip_suffix('}').map(str::len) else { return Ok(()) };
    let mut members = Map::new();
    members.insert("id".to_owned(), Value::from(&*request.id));
    members.insert("method".to_owned(), Value::from(request.method()));
    members.insert("path".to_owned(), Value::from(request.path()));
    if let Some(user) = request.user() {
        members.insert("user".to_owned(), Value::from(user));
    }
    line.truncate(open);
    write!(line, ",\"request\":{}}}", Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use serde_json::json;
    use std::sync::Arc;
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Lines;

        fn make_writer(&'a self) -> Lines {
            self.clone()
        }
    }

    /// What is logged outside a request and within one.
    async fn lines(subscriber: impl Subscriber + Send + Sync + 'static, lines: &Lines) -> Vec<String> {
        let _guard = tracing::subscriber::set_default(subscriber);
        tracing::info!(n = 1, "outside");
        let uri: http::Uri = "/db/a%22b?ws_token=unspoken".parse().unwrap();
        let request = RequestInfo::new("0f3c".into(), http::Method::GET, &uri);
        let within = async {
            tracing::info!("before");
            request_info().unwrap().name_user(&"al\"\u{1b}ice".into());
            tracing::info_span!("of_a_plugin", deep = true).in_scope(|| tracing::warn!(n = 2, "within"));
        };
        request.clone().scope(within).await;
        String::from_utf8(lines.0.lock().clone()).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_wrong_in_rust_log_is_said() {
        let of = |wanted, debug| {
            let (filter, mistake) = filter(wanted, debug);
            (filter.to_string(), mistake.is_some())
        };
        assert_eq!(of(None, false), ("info".to_owned(), false));
        assert_eq!(of(Some(""), true), ("debug".to_owned(), false));
        assert_eq!(of(Some("warn"), true), ("warn".to_owned(), false));
        assert_eq!(of(Some("guillotina_http=loud"), false), ("info".to_owned(), true));
    }

    #[tokio::test]
    async fn a_line_for_machines_says_which_request_it_is_about_c_028() {
        let to = Lines::default();
        let format = tracing_subscriber::fmt().with_writer(to.clone()).fmt_fields(JsonFields::new());
        let lines = lines(format.event_format(machines()).finish(), &to).await;
        let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["message"], &lines[0]["n"], &lines[0]["request"]),
            (&json!("outside"), &json!(1), &Value::Null)
        );
        let mut request = json!({"id": "0f3c", "method": "GET", "path": "/db/a%22b"});
        assert_eq!((&lines[1]["message"], &lines[1]["request"]), (&json!("before"), &request));
        request["user"] = json!("al\"\u{1b}ice");
        assert_eq!((&lines[2]["level"], &lines[2]["n"], &lines[2]["request"]), (&json!("WARN"), &json!(2), &request));
        assert_eq!(lines[2]["spans"], json!([{"name": "of_a_plugin", "deep": true}]));
    }

    #[tokio::test]
    async fn a_line_for_people_says_which_request_it_is_about_c_028() {
        let to = Lines::default();
        let format = tracing_subscriber::fmt().with_writer(to.clone()).with_ansi(false);
        let lines = lines(format.event_format(people(false)).finish(), &to).await;
        assert!(lines[0].contains(" INFO ") && lines[0].ends_with(": outside n=1"), "{}", lines[0]);
        assert!(lines[1].ends_with(": before request=0f3c GET /db/a%22b"), "{}", lines[1]);
        let end = "within n=2 request=0f3c GET /db/a%22b user=al\\\"\\u{1b}ice";
        assert!(lines[2].contains(" WARN of_a_plugin{deep=true}: ") && lines[2].ends_with(end), "{}", lines[2]);
        assert_eq!(lines.len(), 3);

        let to = Lines::default();
        let coloured = tracing_subscriber::fmt().with_writer(to.clone()).event_format(people(true)).finish();
        tracing::subscriber::with_default(coloured, || tracing::info!("outside"));
        assert!(String::from_utf8(to.0.lock().clone()).unwrap().contains("\u{1b}[32m"), "colours");
    }
}
