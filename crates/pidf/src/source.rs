//! The text that a document was read from, and what was changed since: the truth about everything that was not.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::element::quote;
use crate::xml::chars::is_space;
use crate::xml::{Event, Reader, Tag};
use crate::{Document, Format, Limits, write};

/// The children of the root that a document has values for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Tuple,
    Note,
    Extension,
}

#[derive(Debug, Clone)]
pub(crate) struct Source {
    text: Arc<str>,
    format: Format,
    /// The value of `entity`, or where the attribute can be added.
    entity: Range<usize>,
    has_entity: bool,
    /// The tag of the root is `<presence/>`.
    is_empty: bool,
    tuples: Places,
    notes: Places,
    extensions: Places,
    /// Behind which child a tuple, a note and any other child is added.
    ends: [usize; 3],
    removed: Vec<Range<usize>>,
    changed: bool,
    entity_changed: bool,
}

/// Most documents have one tuple and little else.
type Places = SmallVec<[Place; 1]>;

/// Where a value stands in the text, if it stands there, and whether it is still what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    at: Option<Range<usize>>,
    changed: bool,
}

impl Source {
    /// Begins with the tag of the root and the place of its `entity`.
    pub(crate) fn new(text: &str, root: &Tag<'_>, format: Format, entity: Option<Range<usize>>) -> Self {
        let name_end = root.offset + 1 + root.name.prefix.map_or(0, |prefix| prefix.len() + 1) + root.name.local.len();
        let is_empty = text.get(..root.content).is_some_and(|tag| tag.ends_with("/>"));
        Self {
            text: text.into(),
            format,
            has_entity: entity.is_some(),
            entity: entity.unwrap_or(name_end..name_end),
            is_empty,
            tuples: SmallVec::new(),
            notes: SmallVec::new(),
            extensions: SmallVec::new(),
            ends: [root.content; 3],
            removed: Vec::new(),
            changed: false,
            entity_changed: false,
        }
    }

    /// Notes a child of the root that was read, and of what kind it is if there is a value for it.
    pub(crate) fn note(&mut self, child: Option<Child>, at: Range<usize>) {
        let [tuples, notes, all] = &mut self.ends;
        *all = at.end;
        match child {
            Some(Child::Tuple) => (*tuples, *notes) = (at.end, at.end),
            Some(Child::Note) => *notes = at.end,
            Some(Child::Extension) | None => {}
        }
        if let Some(child) = child {
            let place = Place {
                at: Some(at),
                changed: false,
            };
            self.places_mut(child).push(place);
        }
    }

    /// Where the value with this index begins.
    pub(crate) fn start(&self, child: Child, index: usize) -> Option<usize> {
        Some(self.places(child).get(index)?.at.as_ref()?.start)
    }

    /// A value was added behind the others of its kind.
    pub(crate) fn add(&mut self, child: Child) {
        self.changed = true;
        self.places_mut(child).push(Place {
            at: None,
            changed: true,
        });
    }

    /// The value with this index was replaced.
    pub(crate) fn change(&mut self, child: Child, index: usize) {
        self.changed = true;
        if let Some(place) = self.places_mut(child).get_mut(index) {
            place.changed = true;
        }
    }

    /// The value with this index was taken out.
    pub(crate) fn remove(&mut self, child: Child, index: usize) {
        self.changed = true;
        if let Some(at) = self.places_mut(child).remove(index).at {
            self.removed.push(at);
        }
    }

    pub(crate) fn change_entity(&mut self) {
        self.changed = true;
        self.entity_changed = true;
    }

    fn places(&self, child: Child) -> &[Place] {
        match child {
            Child::Tuple => &self.tuples,
            Child::Note => &self.notes,
            Child::Extension => &self.extensions,
        }
    }

    fn places_mut(&mut self, child: Child) -> &mut Places {
        match child {
            Child::Tuple => &mut self.tuples,
            Child::Note => &mut self.notes,
            Child::Extension => &mut self.extensions,
        }
    }

    /// The text with the values of the document in the place of what changed. `None` where the other format is asked
    /// for, in which every name is another.
    pub(crate) fn write(&self, document: &Document, format: Format) -> Option<String> {
        if format != self.format {
            return None;
        }
        if !self.changed {
            return Some(self.text.as_ref().to_owned());
        }
        let root = self.root();
        let mut splices = Vec::new();
        if self.entity_changed {
            splices.push(self.entity_splice(document));
        }
        for at in &self.removed {
            splices.push((self.with_space_before(at), String::new()));
        }
        let mut added = <[String; 3]>::default();
        for (child, added) in [Child::Tuple, Child::Note, Child::Extension]
            .into_iter()
            .zip(&mut added)
        {
            for (index, place) in self.places(child).iter().enumerate().filter(|(_, place)| place.changed) {
                let text = write::child(document, format, child, index, &root);
                match &place.at {
                    Some(at) => splices.push((at.clone(), text)),
                    None => {
                        added.push_str("\n  ");
                        added.push_str(&text);
                    }
                }
            }
        }
        if self.is_empty {
            let content = added.concat();
            if !content.is_empty() {
                let end = self.ends[2];
                splices.push((end - "/>".len()..end, format!(">{content}\n</{}presence>", root.prefix)));
            }
        } else {
            splices.extend(self.ends.iter().zip(added).map(|(end, text)| (*end..*end, text)));
        }
        Some(self.splice(splices))
    }

    fn entity_splice(&self, document: &Document) -> (Range<usize>, String) {
        let entity = document.entity().unwrap_or_default();
        let mut quoted = String::new();
        quote(&mut quoted, entity);
        let text = if self.has_entity {
            // Without `="` and `"`; the source may quote otherwise.
            let value = quoted.get(2..quoted.len() - 1).unwrap_or_default();
            value.replace('\'', "&apos;")
        } else {
            format!(" entity{quoted}")
        };
        (self.entity.clone(), text)
    }

    /// With the white space before it, which would be left over.
    fn with_space_before(&self, at: &Range<usize>) -> Range<usize> {
        let before = self.text.get(..at.start).unwrap_or_default();
        before.trim_end_matches(is_space).len()..at.end
    }

    /// The text with each range replaced. What is added at one place is added in order.
    fn splice(&self, mut splices: Vec<(Range<usize>, String)>) -> String {
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        let more: usize = splices.iter().map(|(_, text)| text.len()).sum();
        let mut out = String::with_capacity(self.text.len() + more);
        let mut copied = 0;
        for (range, text) in splices {
            out.push_str(self.text.get(copied..range.start).unwrap_or_default());
            out.push_str(&text);
            copied = copied.max(range.end);
        }
        out.push_str(self.text.get(copied..).unwrap_or_default());
        out
    }

    /// What the root of the text says about what stands in it.
    fn root(&self) -> Surroundings {
        let mut surroundings = Surroundings::default();
        let Ok(mut xml) = Reader::new(self.text.as_bytes(), &Limits::NONE) else {
            return surroundings;
        };
        while let Ok(event) = xml.next() {
            if let Event::Start(root) = event {
                if let Some(prefix) = root.name.prefix {
                    // Formatting into a String does not fail.
                    let _ = write!(surroundings.prefix, "{prefix}:");
                }
                surroundings.lang = crate::read::lang(&xml, None).map(str::to_owned);
                surroundings.declarations = xml
                    .declarations()
                    .map(|(prefix, namespace)| (prefix.to_owned(), namespace.as_deref().unwrap_or_default().to_owned()))
                    .collect();
                break;
            }
        }
        surroundings
    }
}

/// What holds where a child of the root is written.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The prefix of PIDF's own elements, with its colon.
    pub(crate) prefix: String,
    /// The language that an element has that does not state one.
    pub(crate) lang: Option<String>,
    pub(crate) declarations: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use crate::{Basic, Contact, Document, Element, Format, Limits, Note, Tuple, TupleId};

    const SOURCE: &str = "<?x y?>
<!-- before -->
<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf'
            xmlns:x='urn:x' x:unknown='1' entity = 'pres:a@example.test' xml:lang='de'>
  <!-- one -->
  <p:tuple id='1st' x:k='v'><p:status><p:basic> OPEN </p:basic><x:s/></p:status></p:tuple>
  <p:unknown/>
  <p:tuple id='two'><p:status/></p:tuple> <!-- two -->
  <p:note>Notiz</p:note>
  <x:e   k='&#65;'/>
</p:presence><!-- after -->
";

    fn parse(text: &str) -> Document {
        Document::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn tuple(id: &str) -> Tuple {
        Tuple::new(TupleId::new(id).unwrap(), Basic::Closed)
            .with_contact(Contact::new("sip:a@example.test").unwrap())
            .with_note(Note::new("hi").unwrap())
            .with_extension(Element::new("urn:x", "k").unwrap().with_prefix("x").unwrap())
            .unwrap()
            .with_extension(Element::new("urn:y", "l").unwrap().with_prefix("x").unwrap())
            .unwrap()
    }

    /// What was written, after checking that it says what the document says.
    #[track_caller]
    fn write(document: &Document) -> String {
        let written = document.write(Format::Pidf);
        assert_eq!(parse(&written), *document, "{written}");
        written
    }

    #[test]
    fn what_is_not_changed_is_written_as_it_was() {
        let document = parse(SOURCE);
        assert_eq!(write(&document), SOURCE);
        assert_eq!(document.to_string(), SOURCE);
        let with_mark = format!("\u{FEFF}{SOURCE}");
        assert_eq!(write(&parse(&with_mark)), SOURCE);
        assert!(!document.write(Format::CpimPidf).contains("unknown"));
        assert!(!write(&document.normalized()).contains("unknown"));
    }

    #[test]
    fn the_entity_changes_in_its_place() {
        let mut document = parse(SOURCE);
        document.set_entity("pres:o'neill&co@example.test").unwrap();
        let expected = SOURCE.replace("pres:a@", "pres:o&apos;neill&amp;co@");
        assert_eq!(write(&document), expected);
        let mut document = parse("<presence xmlns='urn:ietf:params:xml:ns:pidf'/>");
        document.set_entity("pres:a").unwrap();
        assert_eq!(
            write(&document),
            "<presence entity=\"pres:a\" xmlns='urn:ietf:params:xml:ns:pidf'/>"
        );
    }

    #[test]
    fn values_come_and_go() {
        let mut document = parse(SOURCE);
        document.insert_tuple(tuple("two"));
        document.insert_tuple(tuple("three"));
        document.push_note(Note::new("no language").unwrap());
        document.push_extension(Element::new("urn:z", "z").unwrap()).unwrap();
        assert!(document.remove_tuple("_x0031_st").is_some());
        let written = write(&document);
        let new = |id: &str| {
            format!(
                "<p:tuple id=\"{id}\">
    <p:status>
      <p:basic>closed</p:basic>
    </p:status>
    <x:k/>
    <ns1:l xmlns:ns1=\"urn:y\"/>
    <p:contact>sip:a@example.test</p:contact>
    <p:note xml:lang=\"\">hi</p:note>
  </p:tuple>"
            )
        };
        let old = "\n  <p:tuple id='1st' x:k='v'><p:status><p:basic> OPEN </p:basic><x:s/></p:status></p:tuple>";
        let expected = SOURCE
            .replace(old, "")
            .replace(
                "<p:tuple id='two'><p:status/></p:tuple>",
                &format!("{}\n  {}", new("two"), new("three")),
            )
            .replace(
                "Notiz</p:note>",
                "Notiz</p:note>\n  <p:note xml:lang=\"\">no language</p:note>",
            )
            .replace(
                "<x:e   k='&#65;'/>",
                "<x:e   k='&#65;'/>\n  <ns1:z xmlns:ns1=\"urn:z\"/>",
            );
        assert_eq!(written, expected);

        document.remove_note(0);
        document.remove_note(0);
        document.remove_extension(1);
        let replaced = document.replace_extension(0, Element::new("urn:x", "f").unwrap());
        assert!(replaced.unwrap().unwrap().is("urn:x", "e"));
        document.remove_tuple("three");
        document.insert_tuple(tuple("two"));
        let expected = SOURCE
            .replace(old, "")
            .replace("<p:tuple id='two'><p:status/></p:tuple>", &new("two"))
            .replace("\n  <p:note>Notiz</p:note>", "")
            .replace("<x:e   k='&#65;'/>", "<x:f/>");
        assert_eq!(write(&document), expected);
    }

    #[test]
    fn an_empty_root_is_opened() {
        let mut document = parse("<q:presence xmlns:q='urn:ietf:params:xml:ns:pidf' entity='pres:a'/>");
        document.push_note(Note::new("x").unwrap());
        assert_eq!(
            write(&document),
            "<q:presence xmlns:q='urn:ietf:params:xml:ns:pidf' entity='pres:a'>\n  <q:note>x</q:note>\n</q:presence>"
        );
    }

    #[test]
    fn the_other_format_is_written_anew() {
        let mut document = parse(SOURCE).with_format(Format::CpimPidf);
        document.insert_tuple(tuple("two"));
        assert!(document.write(Format::Pidf).contains("<p:basic>closed<"));
        assert_eq!(parse(&document.to_string()), document);
    }
}
