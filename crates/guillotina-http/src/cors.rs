//! CORS (rows O-001 to O-004).

use guillotina_content::settings;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use wildmatch::WildMatch;

/// The setting, prepared once.
pub struct Cors {
    any_origin: bool,
    origins: Vec<WildMatch>,
    sockets: Option<Vec<WildMatch>>,
    methods: Vec<String>,
    headers: Vec<String>,
    any_header: bool,
    credentials: bool,
    expose: Option<HeaderValue>,
    methods_value: Option<HeaderValue>,
    max_age: u64,
}

/// Why a preflight is refused: status and body (row O-002).
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub u16, pub serde_json::Value);

impl Cors {
    /// Prepares the setting.
    pub fn new(settings: &settings::Cors, sockets: Option<&[String]>) -> Self {
        let joined = |list: &[String], by: &str| HeaderValue::from_str(&list.join(by)).ok().filter(|v| !v.is_empty());
        Cors {
            any_origin: settings.allow_origin.iter().any(|o| o == "*"),
            origins: settings.allow_origin.iter().map(|o| WildMatch::new(o)).collect(),
            sockets: sockets.map(|list| list.iter().map(|o| WildMatch::new(o)).collect()),
            methods: settings.allow_methods.iter().map(|m| m.to_uppercase()).collect(),
            headers: settings.allow_headers.clone(),
            any_header: settings.allow_headers.iter().any(|h| h == "*"),
            credentials: settings.allow_credentials,
            expose: joined(&settings.expose_headers, ", "),
            methods_value: joined(&settings.allow_methods, ","),
            max_age: settings.max_age,
        }
    }

    /// The headers of every answer (row O-001); `None` when the origin is refused. A page's requests to its own
    /// origin always pass.
    pub fn headers(&self, request: &HeaderMap, out: &mut HeaderMap) -> Option<()> {
        // An empty origin is none.
        if let Some(origin) = request.get(header::ORIGIN).filter(|origin| !origin.is_empty()) {
            out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.allowed(origin, request.get(header::HOST))?);
        }
        if self.credentials {
            out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(expose) = &self.expose {
            out.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
        Some(())
    }

    /// The headers of the answer to a handshake; `None` when pages of that origin may open no socket (row V-007): those of
    /// its own list may, of the list above where there is none, and those of the page's own origin always.
    pub fn socket_headers(&self, request: &HeaderMap, out: &mut HeaderMap) -> Option<()> {
        let Some(list) = &self.sockets else { return self.headers(request, out) };
        let Some(origin) = request.get(header::ORIGIN) else { return Some(()) };
        let listed = origin.to_str().is_ok_and(|text| list.iter().any(|o| o.matches(text)));
        (listed || is_own(origin, request.get(header::HOST))).then_some(())
    }

    fn allowed(&self, origin: &HeaderValue, host: Option<&HeaderValue>) -> Option<HeaderValue> {
        if self.any_origin {
            return Some(HeaderValue::from_static("*"));
        }
        let text = origin.to_str().ok()?;
        (is_own(origin, host) || self.origins.iter().any(|o| o.matches(text))).then(|| origin.clone())
    }

    /// Answers a preflight (row O-002): adds its headers.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn preflight(&self, request: &HeaderMap, out: &mut HeaderMap) -> Result<(), Refused> {
        let text = |name: HeaderName| request.get(name).and_then(|v| v.to_str().ok()).filter(|v| !v.is_empty());
        if text(header::ORIGIN).is_none() {
            return Err(Refused(404, serde_json::json!({"message": "Origin this header is mandatory"})));
        }
        let Some(method) = text(header::ACCESS_CONTROL_REQUEST_METHOD) else {
            return Err(Refused(
                404,
                serde_json::json!({"text": "Access-Control-Request-Method this header is mandatory"}),
            ));
        };
        if !self.methods.iter().any(|m| m.eq_ignore_ascii_case(method)) {
            if let Some(methods) = &self.methods_value {
                out.insert(header::ALLOW, methods.clone());
            }
            return Err(Refused(
                405,
                serde_json::json!({"message": "Access-Control-Request-Method Method not allowed"}),
            ));
        }
        let mut supported = self.headers.clone();
        for wanted in text(header::ACCESS_CONTROL_REQUEST_HEADERS)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|h| !h.is_empty())
        {
            if !self.any_header && !self.headers.iter().any(|h| h.eq_ignore_ascii_case(wanted)) {
                let text = format!("Access-Control-Request-Headers Header {wanted} not allowed");
                return Err(Refused(401, serde_json::json!({ "text": text })));
            }
            if !supported.iter().any(|h| h.eq_ignore_ascii_case(wanted)) {
                supported.push(wanted.to_owned());
            }
        }
        if let Ok(value) = HeaderValue::from_str(&supported.join(",")) {
            out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, value);
        }
        if let Some(methods) = &self.methods_value {
            out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
        }
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(self.max_age));
        Ok(())
    }
}

/// Whether a page's origin is the host that it asks.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    origin.split_once("://").is_some_and(|(_, name)| name == host)
}
