//! Typed values, and what is wrong with those that cannot be read.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Each;
use crate::{
    HeaderError, HeaderErrorKind, HeaderName, Message,
    body::Part,
    headers::{self, Occurrence, TypedHeader},
};

/// The values of all headers that have a type.
pub(super) struct Typed<'a, F>(pub(super) &'a F);

impl<F: Fields> Serialize for Typed<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        macro_rules! entries {
            ($($header:ident)*) => {
                $(self.entry::<headers::$header, _>(&mut map)?;)*
            };
        }
        crate::for_each_typed_header!(entries);
        map.end()
    }
}

impl<'a, F: Fields> Typed<'a, F> {
    fn entry<H: TypedHeader<'a> + Serialize + 'a, M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let fields: &'a F = self.0;
        if !fields.has(H::NAME) {
            return Ok(());
        }
        match H::OCCURRENCE {
            Occurrence::Lines | Occurrence::List | Occurrence::Words => {
                map.serialize_entry(H::NAME.as_str(), &Each(|| fields.all::<H>().map(Outcome)))
            }
            Occurrence::Once => map.serialize_entry(H::NAME.as_str(), &fields.one::<H>().transpose().map(Outcome)),
        }
    }
}

/// What has headers: a message, or a part of its body.
pub(super) trait Fields {
    fn has(&self, name: HeaderName) -> bool;
    fn one<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<Option<H>, HeaderError>;
    fn all<'a, H: TypedHeader<'a> + 'a>(&'a self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a;
}

macro_rules! fields {
    ($type:ty) => {
        impl Fields for $type {
            fn has(&self, name: HeaderName) -> bool {
                self.header(name).is_some()
            }

            fn one<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<Option<H>, HeaderError> {
                self.typed()
            }

            fn all<'a, H: TypedHeader<'a> + 'a>(&'a self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a {
                self.typed_all()
            }
        }
    };
}

fields!(Message);
fields!(Part);

/// What is wrong with a value, and where.
#[derive(serde::Serialize)]
pub(super) struct ErrorView {
    pub(super) kind: &'static str,
    pub(super) expected: Option<&'static str>,
    pub(super) offset: usize,
    pub(super) section: &'static str,
    pub(super) text: String,
}

impl From<&HeaderError> for ErrorView {
    fn from(error: &HeaderError) -> Self {
        let (kind, expected) = match error.kind() {
            HeaderErrorKind::Duplicate => ("duplicate", None),
            HeaderErrorKind::Malformed(expected) => ("malformed", Some(expected)),
            HeaderErrorKind::NotUtf8 => ("not_utf8", None),
        };
        Self {
            kind,
            expected,
            offset: error.offset(),
            section: error.section(),
            text: error.to_string(),
        }
    }
}

/// A typed value, or what is wrong with it.
struct Outcome<H>(Result<H, HeaderError>);

impl<H: Serialize> Serialize for Outcome<H> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(value) => value.serialize(serializer),
            Err(error) => {
                let mut view = serializer.serialize_map(Some(1))?;
                view.serialize_entry("error", &ErrorView::from(error))?;
                view.end()
            }
        }
    }
}
