//! Documents of the other kinds that the RFCs print: each has a stated outcome, is read, written and read again the same,
//! and what is written validates.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus, hands files to xmllint, says what it skips and may panic"
)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pidf::common_policy::{self, Condition};
use pidf::filter::FilterSet;
use pidf::partial::{PartialDocument, Presence, Update};
use pidf::patch::{Patch, PatchOpsError};
use pidf::pres_rules::{self, SubHandling};
use pidf::resource_lists::{List, Member, ResourceLists};
use pidf::rls_services::{Resources, RlsServices};
use pidf::watcherinfo::{State, WatcherInfo};
use pidf::{Basic, Element, Error, Limits, Name, rlmi};

use common::canonical;

/// Path, outcome, and what the document is there for.
const OUTCOMES: &str = include_str!("corpus/related.txt");

/// Says that the test was skipped.
fn skip(reason: &str) {
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

fn corpus() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let path = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var("CI").is_err(), "no corpus at {}", path.display());
    skip("no corpus; set SIP_CORPUS");
    None
}

/// What is read is written, read the same, and written the same.
fn rewritten<T: PartialEq + Debug>(
    document: &T,
    parse: impl Fn(&[u8], &Limits) -> Result<T, Error>,
    write: impl Fn(&T) -> String,
) -> String {
    let written = write(document);
    let again = parse(written.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(&again, document, "{written}");
    assert_eq!(write(&again), written);
    written
}

/// The schema, the outcome in short, and the document as it is written. `None` for a document of another kind.
fn outcome(name: &str, bytes: &[u8]) -> Option<(&'static str, String, Option<String>)> {
    let kind = name.split_once('-').map_or("", |(_, kind)| kind);
    let (schema, read) = match kind {
        "watcherinfo" => ("watcherinfo", watcherinfo(bytes)),
        "list" => ("rlmi", list(bytes)),
        "resource-lists" => ("resource-lists", resource_lists(bytes)),
        "rls-services" => ("rls-services", rls_services(bytes)),
        "filter-set" => ("simple-filter", filter_set(bytes)),
        "p_pidf-full" | "p_pidf-diff" => ("pidf-diff", partial(bytes)),
        // Of these formats there is no schema.
        "diff" | "p_diff" | "resource-lists-diff" => ("", patch(bytes)),
        "patch-ops-error" => ("patch-ops-error", patch_ops_error(bytes)),
        "ruleset" | "cp_ruleset" | "cr_ruleset" => ("pres-rules", ruleset(bytes)),
        _ => return None,
    };
    Some(match read {
        Ok((outcome, written)) => (schema, outcome, Some(written)),
        Err(error) => {
            // An excerpt may have line ends in it.
            let reason: Vec<_> = error.to_string().split_whitespace().map(str::to_owned).collect();
            (schema, format!("refused: {}", reason.join(" ")), None)
        }
    })
}

type Read = Result<(String, String), Error>;

fn watcherinfo(bytes: &[u8]) -> Read {
    let info = WatcherInfo::parse(bytes, &Limits::default())?;
    let state = match info.state() {
        State::Full => "full",
        State::Partial => "partial",
    };
    let watchers: usize = info.lists().iter().map(|list| list.watchers().len()).sum();
    let outcome = format!(
        "watcherinfo {} {state} {} {watchers}",
        info.version(),
        info.lists().len()
    );
    Ok((outcome, rewritten(&info, WatcherInfo::parse, WatcherInfo::write)))
}

fn list(bytes: &[u8]) -> Read {
    let list = rlmi::List::parse(bytes, &Limits::default())?;
    let state = if list.full_state { "full" } else { "partial" };
    let instances: usize = list.resources.iter().map(|resource| resource.instances.len()).sum();
    let outcome = format!("rlmi {} {state} {} {instances}", list.version, list.resources.len());
    Ok((outcome, rewritten(&list, rlmi::List::parse, rlmi::List::write)))
}

/// Entries, references and lists inside a list.
fn count(list: &List) -> [usize; 3] {
    let mut counts = [0; 3];
    for member in list.members() {
        match member {
            Member::Entry(_) => counts[0] += 1,
            Member::EntryRef(_) | Member::External(_) => counts[1] += 1,
            Member::List(list) => {
                counts[2] += 1;
                for (sum, inner) in counts.iter_mut().zip(count(list)) {
                    *sum += inner;
                }
            }
        }
    }
    counts
}

fn resource_lists(bytes: &[u8]) -> Read {
    let lists = ResourceLists::parse(bytes, &Limits::default())?;
    let mut counts = [0; 3];
    for list in lists.lists() {
        for (sum, inner) in counts.iter_mut().zip(count(list)) {
            *sum += inner;
        }
    }
    let [entries, references, inner] = counts;
    assert_eq!(lists.uris().count(), entries);
    let outcome = format!("resource-lists {} {entries} {references}", lists.lists().len() + inner);
    Ok((outcome, rewritten(&lists, ResourceLists::parse, ResourceLists::write)))
}

fn rls_services(bytes: &[u8]) -> Read {
    let services = RlsServices::parse(bytes, &Limits::default())?;
    let is_list = |resources: &Resources| matches!(resources, Resources::List(_));
    let lists = services
        .services()
        .iter()
        .filter(|service| is_list(&service.resources))
        .count();
    let outcome = format!("rls-services {} {lists}", services.services().len());
    Ok((outcome, rewritten(&services, RlsServices::parse, RlsServices::write)))
}

fn ruleset(bytes: &[u8]) -> Read {
    let common = common_policy::Ruleset::parse(bytes, &Limits::default())?;
    rewritten(&common, common_policy::Ruleset::parse, common_policy::Ruleset::write);
    let rules = pres_rules::Ruleset::parse(bytes, &Limits::default())?;
    let conditions = |kind: fn(&Condition) -> bool| {
        let conditions = rules.rules().iter().flat_map(|rule| &rule.conditions.0);
        conditions.filter(|condition| kind(condition)).count()
    };
    let known = conditions(|condition| !matches!(condition, Condition::Unknown(_)));
    let unknown = conditions(|condition| matches!(condition, Condition::Unknown(_)));
    let handled = rules
        .rules()
        .iter()
        .filter(|rule| rule.permissions.sub_handling > SubHandling::Block);
    let outcome = format!("ruleset {} {known} {unknown} {}", rules.rules().len(), handled.count());
    Ok((
        outcome,
        rewritten(&rules, pres_rules::Ruleset::parse, pres_rules::Ruleset::write),
    ))
}

fn partial(bytes: &[u8]) -> Read {
    let document = PartialDocument::parse(bytes, &Limits::default())?;
    let version = document
        .version()
        .map_or_else(|| "-".to_owned(), |version| version.to_string());
    let outcome = match document.patch() {
        Some(patch) => format!("pidf-diff {version} {}", patch.operations().len()),
        None => format!("pidf-full {version}"),
    };
    Ok((
        outcome,
        rewritten(&document, PartialDocument::parse, PartialDocument::write),
    ))
}

fn patch(bytes: &[u8]) -> Read {
    let patch = Patch::parse(bytes, &Limits::default())?;
    let root = Name::new("urn:x", "diff").unwrap();
    let written = rewritten(&patch, Patch::parse, |patch| patch.write(&root));
    Ok((format!("patch {}", patch.operations().len()), written))
}

fn filter_set(bytes: &[u8]) -> Read {
    let set = FilterSet::parse(bytes, &Limits::default())?;
    let what = set.filters().iter().filter(|filter| filter.what.is_some()).count();
    let triggers: usize = set.filters().iter().map(|filter| filter.triggers.len()).sum();
    let ready = set
        .filters()
        .iter()
        .filter(|filter| set.compile(filter).is_ok())
        .count();
    let outcome = format!(
        "filter-set {} {} {what} {triggers} {ready}",
        set.ns_bindings().len(),
        set.filters().len()
    );
    Ok((outcome, rewritten(&set, FilterSet::parse, FilterSet::write)))
}

fn patch_ops_error(bytes: &[u8]) -> Read {
    let error = PatchOpsError::parse(bytes, &Limits::default())?;
    let outcome = format!("patch-ops-error {}", error.condition());
    Ok((outcome, rewritten(&error, PatchOpsError::parse, PatchOpsError::write)))
}

/// The examples of RFC 5261 appendix A: a document, a patch, and the document after it, byte for byte in canonical form.
#[test]
fn patches_of_the_rfc() {
    let Some(corpus) = corpus() else { return };
    let documents = documents(&corpus);
    let limits = Limits::default();
    for number in (2..=53).step_by(3) {
        let document = |number: usize| {
            let start = format!("rfc5261/{number:02}-");
            let (_, bytes) = documents.range(start.clone()..).next().unwrap();
            std::str::from_utf8(bytes).unwrap()
        };
        let patch = Patch::parse(document(number + 1).as_bytes(), &limits).unwrap();
        let mut patched = Element::parse(document(number).as_bytes(), &limits).unwrap();
        patch.apply(&mut patched, &limits).unwrap();
        // Example A.16 takes an instruction out without `ws`; the text before and behind it is then joined (section 4.5.6),
        // and the RFC prints the result as if the white space before it were gone.
        let printed = document(number + 2);
        let expected = if number == 47 {
            printed.replace("</foo>\n", "</foo>\n  \n")
        } else {
            printed.to_owned()
        };
        assert_eq!(canonical(&patched.write()), canonical(&expected), "rfc5261/{number}");
        // What is found is as good.
        let [old, new] = [0, 2].map(|offset| Element::parse(document(number + offset).as_bytes(), &limits).unwrap());
        let found = Patch::diff(&old, &new, &limits).unwrap();
        let mut patched = old;
        found.apply(&mut patched, &limits).unwrap();
        assert_eq!(patched, new, "rfc5261/{number}");
    }
}

/// RFC 5262 section 5: what is printed as the result differs in the words of one note and in white space.
#[test]
fn partial_presence_of_the_rfc() {
    let Some(corpus) = corpus() else { return };
    let limits = Limits::default();
    for rfc in ["rfc5262", "rfc5263", "rfc5264"] {
        let read = |name: &str| fs::read(corpus.join(format!("xml/rfc/{rfc}/{name}.xml"))).unwrap();
        let mut presence = Presence::default();
        for name in ["01-p_pidf-full", "02-p_pidf-diff"] {
            let document = PartialDocument::parse(&read(name), &limits).unwrap();
            assert_eq!(presence.apply(&document, &limits), Ok(Update::Applied), "{rfc}");
        }
        let document = presence.document(&limits).unwrap();
        let tuple = |id: &str| document.tuple(id).unwrap();
        assert_eq!(document.tuples().len(), 4);
        assert_eq!(tuple("r1230d").status().basic(), Some(Basic::Open));
        assert_eq!(
            tuple("cg231jcr").contact().unwrap().priority().unwrap().to_string(),
            "0.7"
        );
        assert_eq!(tuple("ert4773").notes().len(), 1);
        assert!(!presence.element().unwrap().write().contains(":busy"));
        if rfc == "rfc5262" {
            let mut after = Presence::default();
            let full = PartialDocument::parse(&read("03-p_pidf-full"), &limits).unwrap();
            assert_eq!(after.apply(&full, &limits), Ok(Update::Applied));
            assert_eq!(after.version(), presence.version());
            let after = after.document(&limits).unwrap();
            assert_eq!(after.extensions().len(), document.extensions().len());
            assert_eq!(after.tuple("cg231jcr"), document.tuple("cg231jcr"));
        }
    }
}

/// The documents of the corpus, by their path in it.
fn documents(corpus: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut documents = BTreeMap::new();
    for directory in fs::read_dir(corpus.join("xml/rfc"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        for path in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let rfc = directory.file_name().unwrap().to_str().unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            documents.insert(format!("{rfc}/{name}"), fs::read(&path).unwrap());
        }
    }
    documents
}

#[test]
fn documents_of_the_rfcs() {
    let Some(corpus) = corpus() else { return };
    let lines = OUTCOMES.lines().filter(|line| !line.starts_with('#'));
    let mut expected: BTreeMap<&str, &str> = lines
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap();
            let (outcome, why) = rest.split_once(" | ").unwrap();
            assert!(!why.is_empty(), "{line}");
            (name, outcome.trim())
        })
        .collect();
    for (name, bytes) in documents(&corpus) {
        let Some((_, outcome, _)) = outcome(&name, &bytes) else {
            continue;
        };
        assert_eq!(
            expected.remove(name.as_str()),
            Some(outcome.as_str()),
            "the outcome of {name}"
        );
    }
    assert!(expected.is_empty(), "in the table and not in the corpus: {expected:?}");
}

/// The schemas, each with what it takes from others. They name each other by places on the web.
const SCHEMAS: [(&str, &str); 12] = [
    ("watcherinfo", "rfc3858-watcherinfo"),
    ("rlmi", "rfc4662-rlmi"),
    ("resource-lists", "rfc4826-resource-lists"),
    ("rls-services", "rfc4826-rls-services"),
    ("common-policy", "rfc4745-common-policy"),
    ("pres-rules", "rfc5025-pres-rules"),
    ("copycontrol", "rfc5364-copycontrol"),
    ("patch-ops-error", "rfc5261-patch-ops-error"),
    ("patch-ops", "rfc5261-x"),
    ("pidf-diff", "rfc5262-pidf-diff"),
    ("pidf", "rfc3863-pidf"),
    ("simple-filter", "rfc4661-simple-filter"),
];

fn write_schemas(corpus: &Path, directory: &Path) {
    fs::write(directory.join("xml.xsd"), include_str!("schema/xml.xsd")).unwrap();
    for (name, file) in SCHEMAS {
        let schema = fs::read_to_string(corpus.join(format!("xsd/{file}.xsd"))).unwrap();
        let schema = schema
            .replace("http://www.w3.org/2001/xml.xsd", "xml.xsd")
            .replace("http://www.w3.org/2001/03/xml.xsd", "xml.xsd")
            .replace("urn:ietf:params:xml:schema:resource-lists", "resource-lists.xsd")
            .replace("urn:ietf:params:xml:schema:patch-ops", "patch-ops.xsd")
            // These two do not say where it is, or do not say that they need it.
            .replace(
                r#"<xs:import namespace="urn:ietf:params:xml:ns:common-policy"/>"#,
                r#"<xs:import namespace="urn:ietf:params:xml:ns:common-policy" schemaLocation="common-policy.xsd"/>"#,
            )
            .replace(
                r#" <xs:element name="rls-services">"#,
                r#" <xs:import namespace="urn:ietf:params:xml:ns:resource-lists" schemaLocation="resource-lists.xsd"/>
 <xs:element name="rls-services">"#,
            );
        fs::write(directory.join(format!("{name}.xsd")), schema).unwrap();
    }
}

/// What a peer is told of a patch that cannot be carried out.
fn failed_patch() -> String {
    let limits = Limits::default();
    let patch = "<p:d xmlns:p='urn:ietf:params:xml:ns:pidf-diff' xmlns='urn:x'><p:add sel='doc'><a/></p:add></p:d>";
    let patch = Patch::parse(patch.as_bytes(), &limits).unwrap();
    let error = patch.apply(&mut Element::new("", "doc").unwrap(), &limits).unwrap_err();
    let root = Name::new("urn:ietf:params:xml:ns:pidf-diff", "pidf-diff").unwrap();
    patch.error_document(&error, &root).write()
}

#[test]
fn what_is_written_validates() {
    let Some(corpus) = corpus() else { return };
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skip("no xmllint; it is in Debian's libxml2-utils");
    }
    let directory = std::env::temp_dir().join(format!("pidf-related-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    write_schemas(&corpus, &directory);
    let mut written: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for (name, bytes) in documents(&corpus) {
        if let Some((schema, _, Some(text))) = outcome(&name, &bytes) {
            if schema.is_empty() {
                continue;
            }
            let path = directory.join(name.replace('/', "-"));
            fs::write(&path, text).unwrap();
            written.entry(schema).or_default().push(path);
        }
    }
    assert_eq!(written.len(), 8);
    let path = directory.join("patch-error");
    fs::write(&path, failed_patch()).unwrap();
    written.entry("patch-ops-error").or_default().push(path);
    for (schema, paths) in written {
        let mut xmllint = Command::new("xmllint");
        xmllint.args(["--noout", "--nonet", "--schema"]);
        let output = xmllint
            .arg(directory.join(format!("{schema}.xsd")))
            .args(&paths)
            .output()
            .unwrap();
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{report}");
        assert_eq!(report.matches(" validates").count(), paths.len(), "{report}");
    }
    fs::remove_dir_all(&directory).unwrap();
}
