//! What the paper shows: the rows of its system, and its figures.

/// A part of the paper's system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    P1,
    P2,
    P3,
    P4,
    P5,
    P6,
    P7,
    P8,
    P9,
    P10,
    P11,
    P12,
    P14,
}

impl Row {
    /// All that is shown here. Rows 13, 15 and 16 are the graphical user agent and what the paper announces as next.
    pub(crate) const ALL: [Self; 13] = [
        Self::P1,
        Self::P2,
        Self::P3,
        Self::P4,
        Self::P5,
        Self::P6,
        Self::P7,
        Self::P8,
        Self::P9,
        Self::P10,
        Self::P11,
        Self::P12,
        Self::P14,
    ];

    /// The row's name.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
            Self::P5 => "P5",
            Self::P6 => "P6",
            Self::P7 => "P7",
            Self::P8 => "P8",
            Self::P9 => "P9",
            Self::P10 => "P10",
            Self::P11 => "P11",
            Self::P12 => "P12",
            Self::P14 => "P14",
        }
    }

    /// What the system does there.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::P1 => "one server is registrar, proxy and presence agent",
            Self::P2 => "SUBSCRIBE with another event package: 489 Bad Event",
            Self::P3 => "requests without credentials are challenged; Digest everywhere",
            Self::P4 => "a SUBSCRIBE makes or updates a row of the subscription table (PST)",
            Self::P5 => "every accepted SUBSCRIBE is followed by a NOTIFY with the state",
            Self::P6 => "3600 s by default; at 0 a last NOTIFY, and the row goes",
            Self::P7 => "a change is notified to every watcher",
            Self::P8 => "the information table (PIT) follows REGISTER and PUBLISH",
            Self::P9 => "cpim-pidf+xml for who accepts it, pidf+xml for the others",
            Self::P10 => "REGISTER says methods=\"MESSAGE\", and that is honoured",
            Self::P11 => "MESSAGE through the proxy: 407, credentials, Via, 200 back",
            Self::P12 => "bodies in text/plain (UTF-8) and in Message/CPIM",
            Self::P14 => "the user agent registers, watches, and publishes",
        }
    }
}

/// Figure 1: the presence document that the paper's system uses.
pub(crate) const FIGURE_1: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:cpim-pidf"
  entity="pres:kmh@sip2.kumoh.ac.kr">
  <tuple id="irt-lab-pc">
    <status>
      <basic> OPEN </basic>
    </status>
    <contact> sip:kmh@sip2.kumoh.ac.kr </contact>
  </tuple>
</presence>
"#;

/// The text of the instant message in figure 2.
pub(crate) const FIGURE_2_TEXT: &str = "안녕하세요";

/// The Content-Length that figure 2 prints for it, which counts letters.
pub(crate) const FIGURE_2_LENGTH: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_what_the_paper_prints() {
        let document = pidf::Document::parse(FIGURE_1.as_bytes(), &pidf::Limits::default()).unwrap();
        assert_eq!(document.format(), pidf::Format::CpimPidf);
        assert_eq!(document.tuples()[0].id().as_str(), "irt-lab-pc");
        assert_eq!(FIGURE_2_TEXT.chars().count(), FIGURE_2_LENGTH);
    }
}
