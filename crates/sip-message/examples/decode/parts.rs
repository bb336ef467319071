//! The parts of a multipart body: what each is, and what is wrong with it.

use sip_message::{
    HeaderName, Limits, Message,
    body::{Multipart, MultipartError, Part},
};

use crate::{notes::Note, words};

/// What there is to say of the parts of a body.
#[derive(Default)]
pub(crate) struct Parts {
    /// A line for each part, with those of its own parts behind it.
    pub(crate) lines: Vec<String>,
    pub(crate) notes: Vec<Note>,
}

impl Parts {
    pub(crate) fn of(message: &Message) -> Self {
        let mut parts = Self::default();
        if message.body().is_empty() {
            return parts;
        }
        let body = Body {
            offset: message.as_bytes().len() - message.body().len(),
            content_type: message
                .header(HeaderName::CONTENT_TYPE)
                .map_or(0, |field| field.offset()),
        };
        parts.split(message.multipart(&Limits::default()), body, "");
        parts
    }

    fn split(&mut self, multipart: Result<Option<Multipart>, MultipartError>, body: Body, prefix: &str) {
        match multipart {
            Ok(Some(multipart)) => {
                for (number, part) in multipart.parts().iter().enumerate() {
                    self.part(part, body, &format!("{prefix}{}", number + 1));
                }
            }
            // What cannot be read of a type is said of the header.
            Ok(None) | Err(MultipartError::ContentType(_)) => {}
            Err(error) => self.notes.push(Note::of_body(&error, body.offset, body.content_type)),
        }
    }

    fn part(&mut self, part: &Part, holder: Body, number: &str) {
        self.lines.push(words::part(number, part));
        // Of a part, offsets count from its start.
        let start = holder.offset + part.offset();
        if let Err(error) = part.content_type() {
            self.notes.push(Note::of_part_header(&error, start));
        }
        if let Some(defect) = part.defect() {
            self.notes
                .push(Note::of_body(&defect, holder.offset, holder.content_type));
        }
        let body = Body {
            offset: start + part.as_bytes().len() - part.body().len(),
            content_type: start + part.header(HeaderName::CONTENT_TYPE).map_or(0, |field| field.offset()),
        };
        self.split(part.multipart(&Limits::default()), body, &format!("{number}."));
    }
}

/// A body within the message: where it begins, and where the type is written that it has.
#[derive(Clone, Copy)]
struct Body {
    offset: usize,
    content_type: usize,
}
