use super::*;
use crate::filter::FilterSet;

const SIMPLE: &str = "urn:ietf:params:xml:ns:simple-filter";

/// A filter with prefixes of the documents here.
fn compiled(filter: &str) -> CompiledFilter {
    let set = format!(
        "<filter-set xmlns='{SIMPLE}'><ns-bindings><ns-binding prefix='pidf' urn='urn:ietf:params:xml:ns:pidf'/>\
         <ns-binding prefix='rpid' urn='urn:ietf:params:xml:ns:pidf:rpid'/>\
         <ns-binding prefix='dm' urn='urn:ietf:params:xml:ns:pidf:data-model'/>\
         <ns-binding prefix='wi' urn='urn:ietf:params:xml:ns:watcherinfo'/></ns-bindings>\
         <filter id='1'>{filter}</filter></filter-set>"
    );
    let set = FilterSet::parse(set.as_bytes(), &Limits::default()).unwrap();
    set.compile(&set.filters()[0]).unwrap()
}

fn presence(content: &str) -> Element {
    let document = format!(
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:rpid='urn:ietf:params:xml:ns:pidf:rpid' \
         xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' entity='sip:presentity@example.com'>{content}</presence>"
    );
    Element::parse(document.as_bytes(), &Limits::default()).unwrap()
}

fn watcherinfo(content: &str) -> Element {
    let document = format!(
        "<watcherinfo xmlns='urn:ietf:params:xml:ns:watcherinfo' version='0' state='full'>\
         <watcher-list resource='sip:p@example.com' package='presence'>{content}</watcher-list></watcherinfo>"
    );
    Element::parse(document.as_bytes(), &Limits::default()).unwrap()
}

#[track_caller]
fn told(what: &str, document: &Element, expected: &Element) {
    let content = compiled(&format!("<what>{what}</what>")).content(document, &Limits::default());
    let content = content.unwrap().unwrap();
    assert_eq!(content, *expected, "{}", content.write());
}

const IM: &str = "<tuple id='432sd'><status><basic>closed</basic></status><rpid:class>IM</rpid:class>\
    <contact>im:presentity@example.com</contact></tuple>";

fn two_tuples() -> Element {
    presence(&format!(
        "{}<tuple id='thr76jk'><status><basic>open</basic></status><rpid:class>voice</rpid:class>\
         <contact>tel:2224055555@example.com</contact><note>n</note></tuple><dm:person id='p'><rpid:mood/></dm:person>",
        IM.replace(
            "</tuple>",
            "<note xml:lang='en'>at lunch</note><timestamp>2005-05-30T16:09:44Z</timestamp></tuple>"
        )
    ))
}

/// RFC 4660 sections 7.1.1 and 7.1.2.
#[test]
fn what_a_watcher_of_presence_includes() {
    let class = "rpid:class=\"IM\" or rpid:class=\"SMS\" or rpid:class=\"MMS\"";
    let include = |path: &str| format!("<include type='xpath'>\n //pidf:tuple[{class}]/{path}\n</include>");
    let what = ["pidf:status/pidf:basic", "rpid:class", "pidf:contact"]
        .map(include)
        .concat();
    told(&what, &two_tuples(), &presence(IM));

    let what = "<include>//pidf:tuple/pidf:status[pidf:basic=\"open\"]/pidf:basic</include>\
        <include>//pidf:tuple[pidf:status/pidf:basic=\"open\"]/rpid:class</include>\
        <include>//pidf:tuple[pidf:status/pidf:basic=\"open\"]/pidf:contact</include>";
    let open = "<tuple id='thr76jk'><status><basic>open</basic></status><rpid:class>voice</rpid:class>\
        <contact>tel:2224055555@example.com</contact></tuple>";
    told(what, &two_tuples(), &presence(open));
}

/// RFC 4661 sections 6.4 and 6.6.
#[test]
fn namespaces_and_exceptions() {
    let what = "<include type='namespace'>urn:ietf:params:xml:ns:pidf</include>\
        <exclude>/pidf:presence/pidf:tuple/pidf:note</exclude>";
    let expected = "<tuple id='432sd'><status><basic>closed</basic></status><contact>im:presentity@example.com</contact>\
        <timestamp>2005-05-30T16:09:44Z</timestamp></tuple>\
        <tuple id='thr76jk'><status><basic>open</basic></status><contact>tel:2224055555@example.com</contact></tuple>";
    told(what, &two_tuples(), &presence(expected));
    let rpid = "urn:ietf:params:xml:ns:pidf:rpid";
    told(
        &format!("<include type='namespace'>{rpid}</include><exclude>//pidf:tuple</exclude>"),
        &two_tuples(),
        &presence("<dm:person id='p'><rpid:mood/></dm:person>"),
    );
    told(
        &format!("<exclude>//pidf:tuple</exclude><exclude type='namespace'>{rpid}</exclude>"),
        &two_tuples(),
        &presence("<dm:person id='p'/>"),
    );
}

/// RFC 4660 sections 7.2.1 to 7.2.3.
#[test]
fn what_a_watcher_of_watchers_includes() {
    let watcher = |id: u32, status: &str, event: &str, duration: u32| {
        format!(
            "<watcher status='{status}' id='w{id}' duration-subscribed='{duration}' event='{event}'>sip:{id}</watcher>"
        )
    };
    let all = [
        watcher(1, "active", "approved", 509),
        watcher(2, "pending", "subscribe", 501),
        watcher(3, "terminated", "rejected", 500),
        watcher(4, "active", "approved", 20),
    ];
    let list = "/wi:watcherinfo/wi:watcher-list[@package=\"presence\"]/\n wi:watcher";
    for (condition, expected) in [
        ("@status=\"active\"", &[0, 3][..]),
        ("@duration-subscribed>500", &[0, 1]),
        ("@status=\"terminated\" and @event=\"rejected\"", &[2]),
    ] {
        let expected: String = expected.iter().map(|index| all[*index].as_str()).collect();
        let what = format!("<include>{list}[{}]</include>", condition.replace('>', "&gt;"));
        told(&what, &watcherinfo(&all.concat()), &watcherinfo(&expected));
    }
    // An attribute comes with what its element has to have.
    let what = "<include>//wi:watcher/@duration-subscribed</include><exclude>//wi:watcher/@event</exclude>";
    told(what, &watcherinfo(&all[0]), &watcherinfo(&all[0]));
    told(
        "<include>//wi:watcher[@id='w1']/@status</include>",
        &watcherinfo(&all.concat()),
        &watcherinfo("<watcher status='active' id='w1' event='approved'>sip:1</watcher>"),
    );
}

#[test]
fn what_is_required_stays() {
    let document = presence(&format!(
        "{IM}<dm:device id='d'><rpid:class>x</rpid:class><dm:deviceID>urn:d</dm:deviceID><dm:note>n</dm:note></dm:device>"
    ));
    let bare = "<tuple id='432sd'><status/><rpid:class>IM</rpid:class></tuple>";
    let device = "<dm:device id='d'><rpid:class>x</rpid:class><dm:deviceID>urn:d</dm:deviceID></dm:device>";
    told(
        "<include>//rpid:class</include>",
        &document,
        &presence(&format!("{bare}{device}")),
    );
    told(
        "<include>//pidf:tuple</include><exclude>/pidf:presence</exclude><exclude>//pidf:status</exclude>\
         <exclude>//pidf:tuple/@id</exclude><exclude>//pidf:contact</exclude>",
        &document,
        &presence("<tuple id='432sd'><status><basic>closed</basic></status><rpid:class>IM</rpid:class></tuple>"),
    );
}

#[test]
fn nothing_and_everything() {
    let document = two_tuples();
    let content = |what: &str| compiled(what).content(&document, &Limits::default()).unwrap();
    assert_eq!(content("<what><include>//pidf:none</include></what>"), None);
    assert_eq!(content("<what/>"), Some(document.clone()));
    assert_eq!(content(""), Some(document.clone()));
    assert_eq!(
        content("<what><exclude>//pidf:none</exclude></what>"),
        Some(document.clone())
    );
    assert_eq!(
        content("<what><include>/pidf:presence</include></what>"),
        Some(document.clone())
    );
}

#[track_caller]
fn triggered(trigger: &str, previous: &Element, current: &Element, expected: bool) {
    let filter = compiled(trigger);
    let is_triggered = filter.is_triggered(previous, current, &Limits::default());
    assert_eq!(is_triggered, Ok(expected), "{trigger}");
}

/// RFC 4660 section 7.1.3, RFC 4661 section 6.2.
#[test]
fn a_status_that_opens() {
    let document = |one: &str, other: &str| {
        let tuple = |id: &str, basic: &str| format!("<tuple id='{id}'><status><basic>{basic}</basic></status></tuple>");
        presence(&format!("{}{}", tuple("a", one), tuple("b", other)))
    };
    let path = "/pidf:presence/pidf:tuple/pidf:status/pidf:basic";
    let closed = document("closed", "closed");
    for (attributes, one, other, expected) in [
        ("from='closed' to='open'", "closed", "closed", false),
        ("from='closed' to='open'", "open", "closed", true),
        ("from='CLOSED' to='OPEN'", "closed", "open", true),
        ("from='open'", "open", "closed", false),
        ("to='closed'", "open", "closed", false),
        ("", "open", "closed", true),
        ("", " closed ", "closed", false),
    ] {
        let trigger = format!("<trigger><changed {attributes}>{path}</changed></trigger>");
        triggered(&trigger, &closed, &document(one, other), expected);
    }
    // The same tuples in another order are the same tuples.
    let [one, other] = [("open", "closed"), ("closed", "open")].map(|(one, other)| document(one, other));
    let swapped = presence(
        "<tuple id='b'><status><basic>closed</basic></status></tuple><tuple id='a'><status><basic>open</basic></status></tuple>",
    );
    triggered(
        &format!("<trigger><changed>{path}</changed></trigger>"),
        &one,
        &swapped,
        false,
    );
    triggered(
        &format!("<trigger><changed>{path}</changed></trigger>"),
        &other,
        &swapped,
        true,
    );
}

/// RFC 4661 sections 3.6.1.3, 3.6.2, 3.6.3 and 6.3.
#[test]
fn other_changes() {
    let watcher = |id: u32, status: &str, duration: u32| {
        format!(
            "<watcher id='{id}' status='{status}' duration-subscribed='{duration}' event='subscribe'>sip:{id}</watcher>"
        )
    };
    let six = watcherinfo(&watcher(1, "active", 6));
    for (duration, expected) in [(8, true), (9, true), (7, false), (5, false), (4, true), (6, false)] {
        let trigger = "<trigger><changed by='2'>//@duration-subscribed</changed></trigger>";
        triggered(trigger, &six, &watcherinfo(&watcher(1, "active", duration)), expected);
    }
    let more = watcherinfo(&(watcher(1, "active", 6) + &watcher(2, "pending", 0)));
    let status = "//wi:watcher/@status";
    for (trigger, expected) in [
        ("<added>//wi:watcher</added>".to_owned(), true),
        ("<added>//wi:watcher[@status='pending']</added>".to_owned(), true),
        ("<added>//wi:watcher[@status='waiting']</added>".to_owned(), false),
        (
            "<added>//wi:watcher</added><removed>//wi:watcher</removed>".to_owned(),
            false,
        ),
        (format!("<changed>{status}</changed>"), false),
        (format!("<changed to='pending'>{status}</changed>"), true),
        (format!("<changed to='waiting'>{status}</changed>"), false),
        (format!("<changed from='active' to='pending'>{status}</changed>"), false),
    ] {
        triggered(&format!("<trigger>{trigger}</trigger>"), &six, &more, expected);
        let any = format!("<trigger><removed>//wi:none</removed></trigger><trigger>{trigger}</trigger>");
        triggered(&any, &six, &more, expected);
    }
    triggered("<trigger><removed>//wi:watcher</removed></trigger>", &more, &six, true);
    // An empty trigger is none.
    triggered("<trigger/>", &six, &six, true);
}

#[test]
fn what_cannot_be_read_is_told_when_the_filter_is_made_ready() {
    for filter in [
        "<what><include>//x:a</include></what>",
        "<what><exclude>count(//a)</exclude></what>",
        "<trigger><added>a</added></trigger>",
        "<trigger><changed by='12345678901234567890'>//a</changed></trigger>",
    ] {
        let set = format!("<filter-set xmlns='{SIMPLE}'><filter id='1'>{filter}</filter></filter-set>");
        let set = FilterSet::parse(set.as_bytes(), &Limits::default()).unwrap();
        assert!(set.compile(&set.filters()[0]).is_err(), "{filter}");
    }
}

#[test]
fn work_is_bounded() {
    let limits = Limits {
        filter_steps: 30,
        ..Limits::default()
    };
    let document = two_tuples();
    let filter = compiled("<what><include>//*//*//*</include></what><trigger><changed>//*</changed></trigger>");
    let error = FilterError::Steps { limit: 30 };
    assert_eq!(filter.content(&document, &limits), Err(error.clone()));
    assert_eq!(filter.is_triggered(&document, &document, &limits), Err(error));
}
