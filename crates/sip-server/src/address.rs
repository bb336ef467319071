//! Whom a request is from and for.

use sip_message::{
    Aor, Message, StatusCode, Uri,
    headers::{From, To},
};

/// The address of record of From.
pub(crate) fn sender(request: &Message) -> Option<Aor> {
    let from = request.typed::<From>().ok()??;
    Aor::from_uri(&from.uri())
}

/// The address of record of To.
pub(crate) fn to(request: &Message) -> Option<Aor> {
    let to = request.typed::<To>().ok()??;
    Aor::from_uri(&to.uri())
}

/// The address of record that the Request-URI names, or what to answer.
pub(crate) fn recipient(request: &Message) -> Result<Aor, StatusCode> {
    let uri = request.request_uri().map_err(|_| StatusCode::BAD_REQUEST)?;
    match (Aor::from_uri(&uri), uri) {
        (Some(aor), _) => Ok(aor),
        (None, Uri::Sip(_)) => Err(StatusCode::NOT_FOUND),
        (None, _) => Err(StatusCode::UNSUPPORTED_URI_SCHEME),
    }
}
