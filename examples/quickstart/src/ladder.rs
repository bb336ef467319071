//! Flows of messages as ladders: a column for each party, an arrow for each message.

use crate::{
    screen::{Line, Style, WIDTH},
    text::{clip, pad, spaces, width, wrap},
};

/// Where the three lifelines stand.
const COLUMNS: [usize; 3] = [3, 49, 95];

/// The columns between two lifelines.
const SPAN: usize = COLUMNS[1] - COLUMNS[0] - 1;

/// How far the facts of a message stand from the lifeline on their left.
const MARGIN: usize = 3;

/// A column: who, and at which address.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// The name.
    pub(crate) name: String,
    /// The address, or nothing.
    pub(crate) address: String,
}

/// The side of the server on which a user agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// A message between a user agent and the server.
#[derive(Clone, Debug)]
pub(crate) struct Arrow {
    /// With which of them.
    pub(crate) side: Side,
    /// Whether it goes to the server.
    pub(crate) to_server: bool,
    /// What stands on the arrow.
    pub(crate) title: String,
    /// How that looks.
    pub(crate) style: Style,
    /// What stands under it.
    pub(crate) facts: Vec<String>,
}

/// A flow: the parties from left to right, the server in the middle, and the messages in order.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    /// The parties.
    pub(crate) parties: [Party; 3],
    /// The messages.
    pub(crate) arrows: Vec<Arrow>,
}

impl Ladder {
    /// The picture.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            self.heads(Style::Bold, |party| &party.name),
            self.heads(Style::Dim, |party| &party.address),
            row([Line::new(), Line::new()]),
        ];
        for arrow in &self.arrows {
            lines.push(arrow.row(arrow.line()));
            for fact in &arrow.facts {
                for text in wrap(fact, SPAN - MARGIN - 1, 2) {
                    let fact = Line::of(Style::Plain, spaces(MARGIN)).with(Style::Dim, text);
                    lines.push(arrow.row(fact));
                }
            }
        }
        lines.push(row([Line::new(), Line::new()]));
        lines
    }

    /// A line over the lifelines: the outer texts begin and end with the ladder, the inner one is centred.
    fn heads<'a>(&'a self, style: Style, text: impl Fn(&'a Party) -> &'a str) -> Line {
        let [left, middle, right] = self.parties.each_ref().map(|party| clip(text(party), SPAN / 2 + 6));
        let middle_at = COLUMNS[1].saturating_sub(width(&middle) / 2);
        Line::of(style, left)
            .fill(middle_at)
            .with(style, middle)
            .fill(WIDTH - width(&right))
            .with(style, right)
    }
}

impl Arrow {
    /// The arrow with its title near the sender.
    fn line(&self) -> Line {
        let title = clip(&self.title, SPAN - 8);
        // Two dashes and a space, the title, a space and dashes, one more and the head.
        let dashes = "─".repeat(SPAN - 6 - width(&title));
        let line = Line::new();
        if (self.side == Side::Left) == self.to_server {
            line.with(Style::Dim, "── ")
                .with(self.style, title)
                .with(Style::Dim, format!(" {dashes}─>"))
        } else {
            line.with(Style::Dim, format!("<─{dashes} "))
                .with(self.style, title)
                .with(Style::Dim, " ──")
        }
    }

    fn row(&self, content: Line) -> Line {
        match self.side {
            Side::Left => row([content, Line::new()]),
            Side::Right => row([Line::new(), content]),
        }
    }
}

/// The lifelines with what stands between them.
fn row([left, right]: [Line; 2]) -> Line {
    let lifeline = || Line::of(Style::Dim, "│");
    Line::of(Style::Plain, spaces(COLUMNS[0]))
        .then(lifeline())
        .then(left.fill(SPAN))
        .then(lifeline())
        .then(right.fill(SPAN))
        .then(lifeline())
}

/// A title and texts in a frame, as wide as a ladder, with a rule between sections. Long lines go on indented.
pub(crate) fn frame(title: &str, sections: &[Vec<String>]) -> Vec<Line> {
    const INSIDE: usize = WIDTH - 8;
    let edge = |left: &str, right: &str, title: &str| {
        let title = clip(title, INSIDE - 2);
        let head = if title.is_empty() {
            String::new()
        } else {
            format!(" {title} ")
        };
        let rule = "─".repeat(INSIDE + 1 - width(&head));
        Line::of(Style::Dim, format!("    {left}─"))
            .with(Style::Bold, head)
            .with(Style::Dim, format!("{rule}{right}"))
    };
    let mut lines = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        lines.push(if number == 0 {
            edge("┌", "┐", title)
        } else {
            edge("├", "┤", "")
        });
        for text in section.iter().flat_map(|text| wrap(text, INSIDE, 4)) {
            lines.push(
                Line::of(Style::Dim, "    │ ")
                    .with(Style::Plain, pad(&text, INSIDE))
                    .with(Style::Dim, " │"),
            );
        }
    }
    lines.push(edge("└", "┘", ""));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str, address: &str) -> Party {
        Party {
            name: name.to_owned(),
            address: address.to_owned(),
        }
    }

    fn arrow(side: Side, to_server: bool, title: &str, facts: &[&str]) -> Arrow {
        Arrow {
            side,
            to_server,
            title: title.to_owned(),
            style: Style::Request,
            facts: facts.iter().map(|&fact| fact.to_owned()).collect(),
        }
    }

    fn ladder(arrows: Vec<Arrow>) -> Ladder {
        let parties = [
            party("UA 조현규", "127.0.0.1:40001"),
            party("presence server", "127.0.0.1:5060"),
            party("UA kmh", "127.0.0.1:40002"),
        ];
        Ladder { parties, arrows }
    }

    /// The column of each lifeline and each arrow head in a line.
    fn columns_of(line: &str, wanted: char) -> Vec<usize> {
        line.char_indices()
            .filter(|(_, c)| *c == wanted)
            .map(|(at, _)| width(&line[..at]))
            .collect()
    }

    #[test]
    fn a_flow_reads_from_top_to_bottom() {
        let drawn = ladder(vec![
            arrow(
                Side::Left,
                true,
                "F1 MESSAGE sip:kmh@sip2.kumoh.ac.kr",
                &["text/plain, 15 bytes"],
            ),
            arrow(Side::Right, false, "F2 200 OK", &[]),
            arrow(Side::Left, false, "F3 200 OK", &[]),
        ]);
        let text: Vec<String> = drawn.lines().iter().map(|line| line.render(false)).collect();
        assert_eq!(columns_of(&text[0], 'p'), [COLUMNS[1] - 7]);
        assert_eq!(columns_of(&text[0], 'h'), [WIDTH - 1]);
        assert!(
            text[1].starts_with("127.0.0.1:40001  ") && width(&text[1]) == WIDTH,
            "{}",
            text[1]
        );
        let first = "   │── F1 MESSAGE sip:kmh@sip2.kumoh.ac.kr ─────>│";
        assert_eq!(text[3], format!("{first}{}│", spaces(SPAN)));
        assert!(text[4].starts_with("   │   text/plain, 15 bytes "), "{}", text[4]);
        let dashes = "─".repeat(SPAN - 15);
        assert!(text[5].ends_with(&format!("│── F2 200 OK {dashes}─>│")), "{}", text[5]);
        assert!(
            text[6].starts_with(&format!("   │<─{dashes} F3 200 OK ──│")),
            "{}",
            text[6]
        );
    }

    #[test]
    fn lifelines_stay_straight_whatever_is_written() {
        let long = "안녕하세요 ".repeat(30);
        let drawn = ladder(vec![
            arrow(
                Side::Left,
                true,
                &long,
                &[&long, "안녕하세요안녕하세요안녕하세요안녕하세요안녕하세요"],
            ),
            arrow(Side::Left, false, "", &[""]),
            arrow(Side::Right, false, "안", &[&long]),
            arrow(Side::Right, true, "가나다라마바사아자차카타파하가나다라마바사", &["x"]),
        ]);
        let lines = drawn.lines();
        for line in &lines {
            assert!(line.width() <= WIDTH);
        }
        for line in &lines[2..] {
            assert_eq!(columns_of(&line.render(false), '│'), COLUMNS);
        }
        let heads: Vec<usize> = lines
            .iter()
            .flat_map(|line| columns_of(&line.render(false), '>'))
            .collect();
        assert_eq!(heads, [COLUMNS[1] - 1, COLUMNS[2] - 1]);
        let heads: Vec<usize> = lines
            .iter()
            .flat_map(|line| columns_of(&line.render(false), '<'))
            .collect();
        assert_eq!(heads, [COLUMNS[0] + 1, COLUMNS[1] + 1]);
    }

    #[test]
    fn frames_close() {
        let sections = [vec!["안녕하세요".to_owned(), String::new()], vec!["x".repeat(200)]];
        let lines = frame("그림 2: MESSAGE", &sections);
        assert_eq!(lines.len(), 8);
        for line in lines {
            assert_eq!(line.width(), WIDTH);
        }
    }
}
