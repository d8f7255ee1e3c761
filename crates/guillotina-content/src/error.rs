//! The error of plugin code and of the framework: what went wrong, as the client will read it (contract section 2).
//!
//! [`Error`] does not implement `std::error::Error`, so that `?` turns every other error into one.

use crate::answer::Answer;
use guillotina_db::CommitError;
use guillotina_schema::{FieldError, Invalid};
use serde_json::{Value, json};
use std::fmt;

/// `Result` with the framework's error; `Result` alone is `Result<(), Error>`.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// What went wrong.
pub struct Error(Box<Cause>);

/// The causes that are answered differently.
#[derive(Debug)]
pub enum Cause {
    /// An answer of that status with exactly this body (rows E-012, E-013: `Null` = `{}`).
    Http {
        /// Status code.
        status: u16,
        /// Body.
        body: Value,
    },
    /// A service's own answer of 400 or more, on its way out so that nothing is committed (row C-021 ⚠).
    Answer(Answer),
    /// Row E-010.
    Unauthorized(String),
    /// Row E-004: the text and the object it was about.
    Precondition(String),
    /// Row E-005.
    NotAllowed(String),
    /// Row E-006.
    ConflictId(String),
    /// Row E-003.
    InvalidJson(String),
    /// Row E-007.
    Deserialization(Vec<FieldError>),
    /// Row E-008.
    InvalidContentType(String),
    /// Row E-011.
    Response {
        /// `error.type`.
        kind: String,
        /// `error.message`.
        message: String,
        /// `reason` and `details`.
        reason: Option<(&'static str, &'static str)>,
        /// Status code.
        status: u16,
    },
    /// Another transaction was quicker: the request is replayed (row C-022).
    Conflict(Vec<guillotina_db::Oid>),
    /// The object is being written by many: replay the request when its turn comes.
    Queue(guillotina_db::Oid),
    /// Too much work is waiting: 503 (or 429) with `Retry-After`, in seconds.
    Busy {
        /// 503 or 429.
        status: u16,
        /// What is full.
        what: String,
        /// Seconds.
        retry_after: u32,
    },
    /// No space left: 507.
    Full(String),
    /// A defect or a failure that the client has no part in: 500 with an id that is also in the log (row E-001).
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error of that cause.
    pub fn new(cause: Cause) -> Self {
        Error(Box::new(cause))
    }

    /// The cause.
    pub fn cause(&self) -> &Cause {
        &self.0
    }

    /// A failure that is logged; the client gets a 500 with an id.
    pub fn internal(message: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::new(Cause::Internal(message.into()))
    }

    /// An answer with exactly this body.
    pub fn http(status: u16, body: Value) -> Self {
        Error::new(Cause::Http { status, body })
    }

    /// 404 with a reason (row C-007's form).
    pub fn not_found(reason: impl Into<String>) -> Self {
        Error::http(404, json!({ "reason": reason.into() }))
    }

    /// 412 `preconditionFailed` (row E-004).
    pub fn precondition(message: impl Into<String>) -> Self {
        Error::new(Cause::Precondition(message.into()))
    }

    /// 401 `unauthorized` (row E-010).
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Error::new(Cause::Unauthorized(message.into()))
    }

    /// The form of row E-011 with status 412.
    pub fn response(
        kind: impl Into<String>,
        message: impl Into<String>,
        reason: Option<(&'static str, &'static str)>,
    ) -> Self {
        Error::new(Cause::Response { kind: kind.into(), message: message.into(), reason, status: 412 })
    }

    /// Whether a replay of the request may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(*self.0, Cause::Conflict(_) | Cause::Queue(_))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Http { status, body } => write!(f, "answer {status} {body}"),
            Cause::Answer(answer) => write!(f, "answer {}", answer.status),
            Cause::Unauthorized(m)
            | Cause::Precondition(m)
            | Cause::NotAllowed(m)
            | Cause::ConflictId(m)
            | Cause::InvalidJson(m)
            | Cause::Full(m) => f.write_str(m),
            Cause::Deserialization(errors) => {
                write!(
                    f,
                    "could not deserialize the content: {}",
                    errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("; ")
                )
            }
            Cause::InvalidContentType(name) => write!(f, "Invalid type: {name}"),
            Cause::Response { message, .. } => f.write_str(message),
            Cause::Conflict(oids) => write!(f, "another transaction changed {} object(s) first", oids.len()),
            Cause::Queue(oid) => write!(f, "{oid} is being written by many; the request waits for its turn"),
            Cause::Busy { what, .. } => write!(f, "busy: {what}"),
            Cause::Internal(e) => {
                write!(f, "{e}")?;
                let mut source = e.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        match error.downcast::<CommitError>() {
            Ok(commit) => from_commit(*commit),
            Err(error) => match error.downcast::<guillotina_db::Error>() {
                Ok(db) => from_db(*db),
                Err(error) => match error.downcast::<Invalid>() {
                    Ok(invalid) => Error::new(Cause::Deserialization(invalid.into_errors())),
                    Err(error) => Error::new(Cause::Internal(error)),
                },
            },
        }
    }
}

fn from_commit(error: CommitError) -> Error {
    match error {
        CommitError::Conflict { oids, .. } => Error::new(Cause::Conflict(oids)),
        CommitError::DuplicateId { id, .. } => Error::new(Cause::ConflictId(format!("Conflict ID {id}"))),
        CommitError::Full(_) => Error::new(Cause::Full("the disk that holds the database is full".into())),
        CommitError::Unavailable { .. } => {
            Error::new(Cause::Busy { status: 503, what: "the database's writer".into(), retry_after: 1 })
        }
        CommitError::ReadOnly(_) => Error::http(503, json!({"reason": "The database is read-only"})),
        CommitError::Storage(error) => from_db(error),
        other => Error::new(Cause::Internal(Box::new(other))),
    }
}

fn from_db(error: guillotina_db::Error) -> Error {
    match error {
        guillotina_db::Error::SnapshotTooOld { .. } => Error::new(Cause::Conflict(Vec::new())),
        guillotina_db::Error::Unavailable { what, .. } => {
            Error::new(Cause::Busy { status: 503, what: format!("the database had no free {what}"), retry_after: 1 })
        }
        other => Error::new(Cause::Internal(Box::new(other))),
    }
}
