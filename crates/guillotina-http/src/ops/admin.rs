//! The server at `admin.address`: `/metrics` and `/healthz/…`, for operators alone.

use super::{Exposition, Ops};
use crate::reply;
use crate::wire::{Handler, Incoming, Reply, ReplyBody};
use guillotina_content::answer::{Answer, AnswerBody};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, Method};
use serde_json::json;
use std::sync::Arc;

/// OpenMetrics 1.0, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers operators.
pub(crate) struct AdminHandler {
    ops: Arc<Ops>,
    exposition: Exposition,
}

impl AdminHandler {
    pub(crate) fn new(ops: Arc<Ops>, exposition: Exposition) -> AdminHandler {
        AdminHandler { ops, exposition }
    }

    async fn answer(&self, method: &Method, path: &str) -> Answer {
        if let Some(answer) = self.ops.health.answer(method, path).await {
            return answer;
        }
        if path != "/metrics" {
            let reason = "there is /metrics, /healthz/live and /healthz/ready";
            return Answer::json(json!({ "reason": reason })).with_status(404);
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            let answer = Answer::json(json!({"reason": "ask with GET or HEAD"}));
            return answer.with_status(405).with_header(ALLOW, "GET,HEAD");
        }
        let body = AnswerBody::Raw(self.exposition.render().into());
        let answer = Answer { status: 200, headers: Vec::new(), body };
        answer.with_header(CONTENT_TYPE, OPEN_METRICS).with_header(CACHE_CONTROL, "no-store")
    }
}

impl Handler for AdminHandler {
    async fn call(&self, request: Incoming) -> Reply {
        let answer = self.answer(&request.parts.method, request.parts.uri.path()).await;
        let mut reply = reply::answer(answer, HeaderMap::new());
        if request.parts.method == Method::HEAD {
            reply.body = ReplyBody::Empty;
        }
        reply
    }
}
