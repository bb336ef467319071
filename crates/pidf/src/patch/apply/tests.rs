use super::*;

const DOCUMENT: &str =
    "<!--0--><doc xmlns:p='urn:p' a='1'>\n<foo p:k='v'>text</foo> <bar/>x<?pi?>\n<p:foo xmlns:q='urn:q'/></doc>";

fn applied_to(document: &str, operations: &str, limits: &Limits) -> Result<String, PatchError> {
    let patch = format!("<diff xmlns:p='urn:p' xmlns:n='urn:n'>{operations}</diff>");
    let patch = Patch::parse(patch.as_bytes(), &Limits::default()).unwrap();
    let mut document = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
    patch.apply(&mut document, limits)?;
    Ok(document.write().lines().skip(1).collect::<Vec<_>>().join("\n"))
}

#[track_caller]
fn applied(operation: &str, expected: &str) {
    let written = applied_to(DOCUMENT, operation, &Limits::default()).unwrap();
    assert!(written.contains(expected), "{written}");
}

#[track_caller]
fn refused(operation: &str, condition: Condition) {
    let error = applied_to(DOCUMENT, operation, &Limits::default()).unwrap_err();
    assert_eq!(error.condition(), condition, "{error}");
}

#[test]
fn operations_of_every_kind() {
    applied("<add sel='doc/bar'>t<b/></add>", "<bar>t<b/></bar>x");
    applied("<add sel='doc/foo' pos='prepend'>new </add>", ">new text</foo>");
    applied("<add sel='doc/bar' pos='before'>y</add>", "</foo> y<bar/>");
    applied(
        "<add sel='doc/text()[3]' pos='after'>y<b/>z</add>",
        "<bar/>xy<b/>z<?pi?>",
    );
    applied(
        "<add sel='doc' pos='before'> <!--1--> </add>",
        "<!--0-->\n<!--1-->\n<doc",
    );
    applied("<add sel='comment()' pos='before'><?x?></add>", "<?x?>\n<!--0-->");
    applied("<add sel='doc' type='@b'>2</add>", "a=\"1\" b=\"2\"");
    applied("<add sel='doc' type='namespace::z'>urn:z</add>", "xmlns:z=\"urn:z\"");
    applied(
        "<add sel='doc/bar'><n:x n:k='1'/></add>",
        "<bar><n:x xmlns:n=\"urn:n\" n:k=\"1\"/></bar>",
    );
    applied("<replace sel='doc/foo/@p:k'>w</replace>", "p:k=\"w\"");
    applied("<replace sel='doc/@a'/>", "a=\"\"");
    applied("<replace sel='doc/foo/text()'/>", "<foo p:k=\"v\"/>");
    applied(
        "<replace sel='doc/processing-instruction()'><?po x?></replace>",
        "<?po x?>",
    );
    applied("<replace sel='comment()'><!--9--></replace>", "<!--9-->\n<doc");
    applied("<replace sel='doc/namespace::p'>urn:r</replace>", "xmlns:p=\"urn:r\"");
    applied("<replace sel='doc'><root/></replace>", "<!--0-->\n<root/>");
    applied("<remove sel='doc/foo' ws='both'/>", "a=\"1\"><bar/>x");
    applied("<remove sel='doc/bar'/>", "</foo> x<?pi?>");
    applied("<remove sel='comment()'/><add sel='doc'>end</add>", "end</doc>");
    applied("<remove sel='doc/p:foo/namespace::q'/>", "<p:foo/>");
}

#[test]
fn the_namespace_of_names_follows_their_declaration() {
    let written = applied_to(
        DOCUMENT,
        "<replace sel='doc/namespace::p'>urn:r</replace>",
        &Limits::default(),
    )
    .unwrap();
    let root = Element::parse(written.as_bytes(), &Limits::default()).unwrap();
    assert!(root.find("urn:r", "foo").is_some());
    assert_eq!(
        root.find("", "foo").unwrap().qualified_attribute("urn:r", "k"),
        Some("v")
    );
}

#[test]
fn what_cannot_be_done_is_told_in_the_terms_of_the_rfc() {
    for (operation, condition) in [
        ("<add sel='doc/baz'/>", Condition::UnlocatedNode),
        ("<remove sel='doc/*'/>", Condition::UnlocatedNode),
        ("<remove sel='doc'/>", Condition::InvalidRootElementOperation),
        (
            "<add sel='doc' pos='after'><doc/></add>",
            Condition::InvalidRootElementOperation,
        ),
        (
            "<add sel='doc' pos='after'>text</add>",
            Condition::InvalidXmlPrologOperation,
        ),
        ("<add sel='doc/text()[1]'><b/></add>", Condition::InvalidNodeTypes),
        ("<add sel='doc' type='@a'>2</add>", Condition::InvalidAttributeValue),
        (
            "<add sel='doc' type='namespace::p'>urn:z</add>",
            Condition::InvalidNamespacePrefix,
        ),
        ("<add sel='doc' type='namespace::z'/>", Condition::InvalidNamespaceUri),
        (
            "<add sel='doc' type='namespace::xmlz'>urn:z</add>",
            Condition::InvalidNamespaceUri,
        ),
        ("<replace sel='doc/foo'>text</replace>", Condition::InvalidNodeTypes),
        ("<replace sel='doc/foo'/>", Condition::InvalidNodeTypes),
        (
            "<replace sel='doc/foo/text()'><b/></replace>",
            Condition::InvalidNodeTypes,
        ),
        ("<replace sel='doc/@a'><b/></replace>", Condition::InvalidNodeTypes),
        ("<replace sel='doc'>text</replace>", Condition::InvalidNodeTypes),
        ("<replace sel='comment()'><?x?></replace>", Condition::InvalidNodeTypes),
        (
            "<replace sel='doc/namespace::q'>urn:x</replace>",
            Condition::InvalidNamespaceUri,
        ),
        (
            "<remove sel='doc/bar' ws='after'/>",
            Condition::InvalidWhitespaceDirective,
        ),
        (
            "<remove sel='doc/bar' ws='both'/>",
            Condition::InvalidWhitespaceDirective,
        ),
        (
            "<remove sel='comment()' ws='before'/>",
            Condition::InvalidWhitespaceDirective,
        ),
        ("<remove sel='doc/@a' ws='after'/>", Condition::InvalidPatchDirective),
        (
            "<remove sel='doc/text()[1]' ws='after'/>",
            Condition::InvalidPatchDirective,
        ),
        ("<remove sel='doc/namespace::p'/>", Condition::InvalidNamespacePrefix),
    ] {
        refused(operation, condition);
    }
}

/// Namespaces in XML 1.0 section 6.3: no element has an attribute twice, whatever the prefixes.
#[test]
fn a_namespace_makes_no_two_attributes_one() {
    let apply = |document: &[u8]| {
        let mut document = Element::parse(document, &Limits::default()).unwrap();
        let patch = b"<diff><replace sel='*/namespace::p'>urn:q</replace></diff>";
        let patch = Patch::parse(patch, &Limits::default()).unwrap();
        let applied = patch.apply(&mut document, &Limits::default());
        applied.map(|()| Element::parse(document.write().as_bytes(), &Limits::default()).unwrap())
    };
    let error = apply(b"<a xmlns:p='urn:p' xmlns:q='urn:q'><b p:x='1' q:x='2'/></a>").unwrap_err();
    assert_eq!(error.condition(), Condition::InvalidNamespaceUri);
    assert!(apply(b"<a xmlns:p='urn:p' xmlns:q='urn:q'><b p:x='1' q:y='2'/><b q:x='3'/></a>").is_ok());
}

/// The limits hold for what patches make, too.
#[test]
fn documents_do_not_grow_without_end() {
    let refused = |operations: &str, limits: &Limits, phrase: &str| {
        let error = applied_to("<a id='a'/>", operations, limits).unwrap_err();
        assert!(error.phrase().contains(phrase), "{error}");
    };
    let deeper: String = (0..100)
        .map(|level| {
            format!(
                "<add sel=\"id('{}')\"><a id='{level}'/></add>",
                if level == 0 {
                    "a".to_owned()
                } else {
                    (level - 1).to_string()
                }
            )
        })
        .collect();
    refused(&deeper, &Limits::default(), "64 levels of nesting");
    let limits = Limits {
        elements: 50,
        bytes: 500,
        attributes: 10,
        ..Limits::default()
    };
    refused(&"<add sel='a'><b/></add>".repeat(50), &limits, "50 elements");
    refused(&format!("<add sel='a'>{}</add>", "x".repeat(500)), &limits, "500 bytes");
    let attributes: String = (0..20)
        .map(|number| format!("<add sel='a' type='@a{number}'/>"))
        .collect();
    refused(&attributes, &limits, "10 attributes");
    // Many selectors that each walk over the whole document.
    let limits = Limits {
        patch_steps: 1_000,
        ..Limits::default()
    };
    let walks = "<add sel=\"id('a')\" pos='prepend'><b/></add>".repeat(100);
    refused(&walks, &limits, "1000 steps");
}

#[test]
fn what_comes_and_goes_does_not_count() {
    let limits = Limits {
        elements: 5,
        bytes: 100,
        ..Limits::default()
    };
    let text = "x".repeat(60);
    let twice = format!("<add sel='a'><b/><b/><b/>{text}</add><remove sel='a/text()'/>").repeat(2);
    let error = applied_to("<a/>", &twice, &limits).unwrap_err();
    assert_eq!(
        (error.index(), error.condition()),
        (3, Condition::InvalidPatchDirective)
    );
    let more = format!("{twice}<remove sel='a/b[1]'/><remove sel='a/b[1]'/>");
    assert_eq!(applied_to("<a/>", &more, &limits).unwrap(), "<a><b/><b/><b/><b/></a>");
}

#[test]
fn what_was_not_read_is_not_made() {
    let limits = Limits {
        namespaces: 2,
        namespace_bytes: 10,
        elements: 3,
        ..Limits::default()
    };
    for (operations, phrase) in [
        ("<add sel='a'><b xmlns='urn:1'/><b xmlns='urn:2'/></add>", None),
        ("<add sel='a' type='namespace::q'>urn:pidf</add>", None),
        (
            "<add sel='a' type='namespace::q'>urn:1</add><add sel='a'><b xmlns='urn:2'/><b xmlns='urn:3'/></add>",
            Some("2 namespaces"),
        ),
        (
            "<replace sel='a'><a xmlns='urn:2' xmlns:p='urn:3' p:k='' xmlns:q='urn:4'/></replace>",
            Some("2 namespaces"),
        ),
        (
            "<add sel='a' type='namespace::q'>urn:5678901</add>",
            Some("10 bytes in a namespace"),
        ),
        ("<add sel='a'><!--1--><!--2--><!--3--><?p?></add>", Some("3 comments")),
    ] {
        let error = applied_to("<a/>", operations, &limits).err();
        let found = error.as_ref().map(PatchError::phrase);
        assert_eq!(found.is_some(), phrase.is_some(), "{operations}: {found:?}");
        assert!(
            found.unwrap_or_default().contains(phrase.unwrap_or_default()),
            "{found:?}"
        );
    }
}
