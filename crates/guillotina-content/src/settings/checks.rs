//! Checks of values that their types can't express: secrets, passwords, addresses, names of the ways to log in.

use super::CoreSettings;
use guillotina_security::auth::{Jwk, weak_secret};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Node, Origin, Settings, nearest};
use std::net::{IpAddr, SocketAddr};

/// The password that everybody knows, since it stands in the shipped settings and in Guillotina's documentation.
const DEFAULT_PASSWORD: &str = "root";

/// The first segment of the paths that tell whether a server lives: nothing else may have that name.
pub const RESERVED: &str = "healthz";

const BEARER: &str = "guillotina.auth.extractors.BearerAuthPolicy";
const BASIC: &str = "guillotina.auth.extractors.BasicAuthPolicy";
const WS_TOKEN: &str = "guillotina.auth.extractors.WSTokenAuthPolicy";
const COOKIE: &str = "guillotina.auth.extractors.CookiePolicy";
const SALTED_HASH: &str = "guillotina.auth.validators.SaltedHashPasswordValidator";
const JWT: &str = "guillotina.auth.validators.JWTValidator";
const JWT_SESSION: &str = "guillotina.auth.validators.JWTSessionValidator";

/// Row Z-012.
pub(super) fn default_extractors() -> Vec<String> {
    [BEARER, BASIC, WS_TOKEN].map(str::to_owned).to_vec()
}

/// Row Z-014.
pub(super) fn default_validators() -> Vec<String> {
    [SALTED_HASH, JWT].map(str::to_owned).to_vec()
}

/// Which ways of saying who asks are enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extractors {
    /// `Authorization: Bearer`.
    pub(crate) bearer: bool,
    /// `Authorization: Basic`.
    pub(crate) basic: bool,
    /// `?ws_token=`.
    pub(crate) ws_token: bool,
}

/// What `auth_extractors` and `auth_token_validators` enable together: what can't be checked is not taken.
pub(crate) fn extractors(core: &CoreSettings) -> Extractors {
    let on = |names: &[String], name: &str| names.iter().any(|n| crate::naming::normalise(n) == name);
    let tokens = on(&core.auth_token_validators, JWT);
    let passwords = on(&core.auth_token_validators, SALTED_HASH);
    Extractors {
        bearer: tokens && on(&core.auth_extractors, BEARER),
        basic: passwords && on(&core.auth_extractors, BASIC),
        ws_token: tokens && on(&core.auth_extractors, WS_TOKEN),
    }
}

/// Checks everything that needs no component.
pub(crate) fn check(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    check_host(core, settings, diagnostics);
    check_password(core, settings, diagnostics);
    check_jwt(core, settings, diagnostics);
    check_jwk(core, settings, diagnostics);
    check_names(settings, "auth_extractors", &[BEARER, BASIC, WS_TOKEN], &[COOKIE], diagnostics);
    check_names(settings, "auth_token_validators", &[SALTED_HASH, JWT], &[JWT_SESSION], diagnostics);
    check_proxies(settings, diagnostics);
    check_admin(core, settings, diagnostics);
    check_reserved(settings, diagnostics);
    check_cors(core, settings, diagnostics);
    if super::database_names(settings).is_empty() {
        let warning = Diagnostic::warning(Code::MISSING_SETTING, "no database is set: there is nothing to serve", None);
        diagnostics.push(
            warning.help(
                "add to settings.toml: [databases.db] with storage = \"sqlite\" and path = \"guillotina.sqlite\"",
            ),
        );
    }
}

fn place(settings: &Settings, path: &[&str]) -> Option<Origin> {
    settings.get(path).map(|node| node.origin.clone())
}

fn check_host(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if core.host.parse::<IpAddr>().is_err() && (core.host.is_empty() || !core.host.chars().all(name)) {
        let message = format!("host \"{}\" is neither an address nor a name", core.host);
        diagnostics.push(
            Diagnostic::error(Code::BAD_VALUE, message, place(settings, &["host"]))
                .help("for example: host = \"127.0.0.1\""),
        );
    }
}

fn check_password(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    if core.root_user.password != DEFAULT_PASSWORD {
        return;
    }
    let origin = place(settings, &["root_user", "password"]);
    let help = "set another one: G_ROOT_USER__PASSWORD=… in the environment, or root_user.password in the settings";
    diagnostics.push(if core.is_loopback() {
        Diagnostic::warning(
            Code::DEFAULT_PASSWORD,
            "root has the default password; only this machine can reach the server",
            origin,
        )
        .help(help)
    } else {
        let message = format!("root has the default password, and others can reach {}", core.host);
        Diagnostic::error(Code::DEFAULT_PASSWORD, message, origin).help(format!("{help}; or listen on 127.0.0.1"))
    });
}

/// Row A-024.
fn check_jwt(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    let Some(secret) = &core.jwt.secret else {
        if settings.get(&["jwt", "secret"]).is_some_and(|node| !node.is_null()) {
            return; // Something else in the section is wrong, and was said.
        }
        let warning =
            Diagnostic::warning(Code::MISSING_SETTING, "jwt.secret is not set: tokens end with this process", None);
        diagnostics.push(
            warning.help("set jwt.secret to a long random text, such as the `k` that `guillotina gen-key` prints"),
        );
        return;
    };
    let origin = place(settings, &["jwt", "secret"]);
    if secret.is_empty() {
        let mistake = Diagnostic::error(Code::BAD_VALUE, "jwt.secret is empty: anybody could sign tokens", origin);
        diagnostics.push(mistake.help("set it to a long random text, or leave it out"));
    } else if let (false, Some(why)) = (core.debug, weak_secret(secret)) {
        let warning = Diagnostic::warning(Code::BAD_VALUE, format!("jwt.secret is weak: {why}"), origin);
        diagnostics
            .push(warning.help("set it to a long random text, such as the `k` that `guillotina gen-key` prints"));
    }
    if core.jwt.token_expiration == 0 {
        let origin = place(settings, &["jwt", "token_expiration"]);
        let mistake =
            Diagnostic::error(Code::BAD_VALUE, "jwt.token_expiration is 0: no token would ever be valid", origin);
        diagnostics.push(mistake.help("write the life of a token in seconds: token_expiration = 3600"));
    }
}

fn check_jwk(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    match &core.jwk {
        None if settings.get(&["jwk"]).is_some_and(|node| !node.is_null()) => {}
        None => {
            let warning = Diagnostic::warning(
                Code::MISSING_SETTING,
                "jwk is not set: tokens of WebSockets end with this process",
                None,
            );
            diagnostics.push(warning.help("`guillotina gen-key` prints a key for the settings"));
        }
        Some(jwk) => {
            if let Err(error) = Jwk::new(&jwk.k, &jwk.kty) {
                let mistake =
                    Diagnostic::error(Code::BAD_VALUE, format!("jwk is not a key: {error}"), place(settings, &["jwk"]));
                diagnostics.push(mistake.help("`guillotina gen-key` prints a key for the settings"));
            }
        }
    }
}

/// Names of built-in ways to log in. `later` are Guillotina's that are not in this version.
fn check_names(settings: &Settings, key: &str, known: &[&str], later: &[&str], diagnostics: &mut Diagnostics) {
    for node in settings.get(&[key]).and_then(Node::as_array).into_iter().flatten() {
        let Some(written) = node.as_str() else { continue };
        let name = crate::naming::normalise(written);
        if known.contains(&name.as_str()) {
            continue;
        }
        if later.contains(&name.as_str()) {
            let warning = Diagnostic::warning(
                Code::UNKNOWN_FACTORY,
                format!("\"{written}\" has no effect in this version"),
                node.origin.clone(),
            );
            diagnostics.push(warning.help(format!("remove it from `{key}`")));
            continue;
        }
        let help = match nearest(&name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("write one of: {}", known.join(", ")),
        };
        let message = format!("unknown name \"{written}\" in `{key}`");
        diagnostics.push(Diagnostic::error(Code::UNKNOWN_FACTORY, message, node.origin.clone()).help(help));
    }
}

fn check_proxies(settings: &Settings, diagnostics: &mut Diagnostics) {
    for node in settings.get(&["trusted_proxies"]).and_then(Node::as_array).into_iter().flatten() {
        let Some(text) = node.as_str() else { continue };
        if !is_network(text) {
            let message = format!("\"{text}\" in `trusted_proxies` is neither an address nor a network");
            diagnostics.push(
                Diagnostic::error(Code::BAD_VALUE, message, node.origin.clone())
                    .help("for example: \"127.0.0.1\" or \"10.0.0.0/8\""),
            );
        }
    }
}

/// The second server says to anybody who reaches it how busy the first one is.
fn check_admin(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    let Some(text) = &core.admin.address else { return };
    let origin = place(settings, &["admin", "address"]);
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().to_canonical().is_loopback() => {}
        Ok(address) => {
            let message =
                format!("others than this machine can reach the metrics at {address}, and nobody logs in there");
            diagnostics.push(
                Diagnostic::warning(Code::BAD_VALUE, message, origin)
                    .help("let a firewall keep others out, or write admin.address = \"127.0.0.1:9090\""),
            );
        }
        Err(_) => {
            let message = format!("admin.address \"{text}\" is not an address with a port");
            diagnostics.push(
                Diagnostic::error(Code::BAD_VALUE, message, origin).help("for example: address = \"127.0.0.1:9090\""),
            );
        }
    }
}

/// `/healthz/…` answers on every server, so nothing that has a path of its own may begin with it.
fn check_reserved(settings: &Settings, diagnostics: &mut Diagnostics) {
    for key in ["static", "jsapps"] {
        if let Some(node) = settings.get(&[key, RESERVED]) {
            let message =
                format!("\"{RESERVED}\" in `{key}` would never be served: /{RESERVED}/… says how the server is");
            diagnostics
                .push(Diagnostic::error(Code::BAD_VALUE, message, node.key.clone()).help("give it another name"));
        }
    }
}

/// Row O-004 ⚠: the fetch standard forbids the pair, so that browsers keep such answers from the page.
fn check_cors(core: &CoreSettings, settings: &Settings, diagnostics: &mut Diagnostics) {
    if !core.cors.allow_credentials || !core.cors.allow_origin.iter().any(|origin| origin == "*") {
        return;
    }
    let message = "cors allows every origin together with credentials: browsers refuse such answers";
    let origins = settings.get(&["cors", "allow_origin"]);
    let every = origins.and_then(Node::as_array).and_then(|all| all.iter().find(|node| node.as_str() == Some("*")));
    let warning = Diagnostic::warning(Code::BAD_VALUE, message, every.or(origins).map(|node| node.origin.clone()))
        .help("list the origins of your pages in cors.allow_origin, or set cors.allow_credentials = false");
    let credentials = place(settings, &["cors", "allow_credentials"]);
    diagnostics.push(match credentials.filter(|origin| !matches!(origin, Origin::Default { .. })) {
        Some(origin) => warning.related("credentials are allowed here", origin),
        None => warning,
    });
}

/// An address, or an address and the length of its prefix.
fn is_network(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|bits| bits <= longest))
}
