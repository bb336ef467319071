//! What holds for any message, any document and any bytes.

mod documents;
mod machines;
mod messages;
mod values;
