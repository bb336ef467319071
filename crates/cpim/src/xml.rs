//! The XML that IMDN and isComposing documents need: UTF-8, namespaces, no document type declaration, and so no entity
//! but the five that XML has of itself. The tokens are quick-xml's; one pass, no recursion; places in errors.

mod chars;
mod reader;
mod tag;

pub(crate) use chars::{escape_into, find_illegal, is_space};
pub(crate) use reader::{Event, Reader};
pub(crate) use tag::Element;
