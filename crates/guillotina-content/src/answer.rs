//! What a service returns.

use crate::error::Result;
use crate::json::Json;
use bytes::Bytes;
/// Names of headers, for [`Answer::with_header`].
pub use http::header;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;

/// A body before it is rendered.
#[derive(Debug, Clone)]
pub enum AnswerBody {
    /// No body at all.
    Empty,
    /// Rendered as the client accepts it (row N-001).
    Json(Value),
    /// JSON text that is ready to be sent.
    Rendered(Bytes),
    /// Bytes of another kind; the headers name it.
    Raw(Bytes),
}

/// A service's answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers beside those of the framework.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: AnswerBody,
}

impl Answer {
    /// 200 with JSON.
    pub fn json(value: impl Into<Value>) -> Self {
        Answer { status: 200, headers: Vec::new(), body: AnswerBody::Json(value.into()) }
    }

    /// 204 (row C-035: without content type).
    pub fn no_content() -> Self {
        Answer { status: 204, headers: Vec::new(), body: AnswerBody::Empty }
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with one more header; a value that no header can have is left out.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

/// What a `#[service]` may return inside its `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer of a service",
    note = "a #[service] returns Result<T> with T one of: Json, serde_json::Value, (), Answer, String, bool, numbers, Option<T>, Vec<T: Serialize>"
)]
pub trait IntoAnswer {
    /// The answer.
    fn into_answer(self) -> Result<Answer>;
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer> {
        Ok(self)
    }
}

/// Row C-016: nothing is 200 with `{}`.
impl IntoAnswer for () {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::json(Value::Object(serde_json::Map::new())))
    }
}

impl IntoAnswer for Json {
    fn into_answer(self) -> Result<Answer> {
        self.0.into_answer()
    }
}

impl IntoAnswer for Value {
    fn into_answer(self) -> Result<Answer> {
        match self {
            Value::Null => ().into_answer(),
            value => Ok(Answer::json(value)),
        }
    }
}

impl<T: IntoAnswer> IntoAnswer for Option<T> {
    fn into_answer(self) -> Result<Answer> {
        match self {
            Some(value) => value.into_answer(),
            None => ().into_answer(),
        }
    }
}

macro_rules! plain_answer {
    ($($t:ty),*) => {$(
        impl IntoAnswer for $t {
            fn into_answer(self) -> Result<Answer> {
                Ok(Answer::json(self))
            }
        }
    )*};
}
plain_answer!(String, bool, i64, u64, i32, u32, usize, f64);

impl<T: serde::Serialize> IntoAnswer for Vec<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::json(serde_json::to_value(self)?))
    }
}
