use std::fmt;

/// A chart with two logarithmic axes.
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) colour: &'static str,
    pub(crate) dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 600.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 160.0;
const LEGEND_COLUMN: f64 = 400.0;

/// The range of an axis, and the pixels that it spans.
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

/// The marks of an axis: 1 to 9 of each decade, and whether it is the 1.
fn marks() -> impl Iterator<Item = (f64, bool)> {
    (-6..9).flat_map(|decade| (1..10).map(move |step| (f64::from(step) * 10_f64.powi(decade), step == 1)))
}

impl Axis {
    /// From the mark below the smallest value to the one above the largest.
    fn over(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let smallest = values.clone().fold(f64::INFINITY, f64::min);
        let largest = values.fold(0.0, f64::max);
        let from = marks()
            .map(|(mark, _)| mark)
            .take_while(|mark| *mark <= smallest)
            .last();
        let to = marks().map(|(mark, _)| mark).find(|mark| *mark >= largest);
        Self {
            from: from.unwrap_or(smallest),
            to: to.unwrap_or(largest),
            start,
            end,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value / self.from).log10() / (self.to / self.from).log10();
        self.start + share * (self.end - self.start)
    }

    fn ticks(&self) -> impl Iterator<Item = (f64, bool)> {
        marks().filter(|(mark, _)| (self.from..=self.to).contains(mark))
    }
}

/// 1000000 as "1,000,000", a value below 1 with its decimals.
fn label(value: f64) -> String {
    if value < 1.0 {
        return format!("{value:.6}").trim_end_matches('0').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let points = || self.series.iter().flat_map(|series| series.points.iter().copied());
        let x = Axis::over(points().map(|(x, _)| x), LEFT, right);
        let y = Axis::over(points().map(|(_, y)| y), bottom, TOP);
        writeln!(
            f,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="14">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="{LEFT}" y="34" font-size="20" font-weight="bold" fill="#222222">{}</text>"##,
            self.title
        )?;
        for (value, major) in x.ticks() {
            let (at, colour) = (x.place(value), if major { "#bbbbbb" } else { "#eeeeee" });
            writeln!(f, r#"<path d="M{at:.1} {TOP}V{bottom}" stroke="{colour}"/>"#)?;
            if major {
                let (below, label) = (bottom + 22.0, label(value));
                writeln!(
                    f,
                    r##"<text x="{at:.1}" y="{below}" text-anchor="middle" fill="#444444">{label}</text>"##
                )?;
            }
        }
        for (value, major) in y.ticks() {
            let (at, colour) = (y.place(value), if major { "#bbbbbb" } else { "#eeeeee" });
            writeln!(f, r#"<path d="M{LEFT} {at:.1}H{right}" stroke="{colour}"/>"#)?;
            if major {
                let (before, below, label) = (LEFT - 10.0, at + 5.0, label(value));
                writeln!(
                    f,
                    r##"<text x="{before}" y="{below:.1}" text-anchor="end" fill="#444444">{label}</text>"##
                )?;
            }
        }
        let (middle_x, middle_y) = (f64::midpoint(LEFT, right), f64::midpoint(TOP, bottom));
        let below = bottom + 48.0;
        writeln!(
            f,
            r##"<text x="{middle_x}" y="{below}" text-anchor="middle" fill="#222222">{}</text>
<text transform="translate(28 {middle_y}) rotate(-90)" text-anchor="middle" fill="#222222">{}</text>"##,
            self.x, self.y
        )?;
        for series in &self.series {
            let dashes = if series.dashed {
                r#" stroke-dasharray="7 5""#
            } else {
                ""
            };
            let colour = series.colour;
            let line: Vec<_> = series
                .points
                .iter()
                .map(|(px, py)| format!("{:.1},{:.1}", x.place(*px), y.place(*py)))
                .collect();
            let line = line.join(" ");
            writeln!(
                f,
                r#"<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>"#
            )?;
            for (px, py) in &series.points {
                let (px, py) = (x.place(*px), y.place(*py));
                writeln!(f, r#"<circle cx="{px:.1}" cy="{py:.1}" r="3.5" fill="{colour}"/>"#)?;
            }
        }
        // Solid lines in the left column, dashed ones in the right.
        for dashed in [false, true] {
            let left = if dashed { LEFT + LEGEND_COLUMN } else { LEFT };
            let mut at = bottom + 84.0;
            for series in self.series.iter().filter(|series| series.dashed == dashed) {
                let dashes = if dashed { r#" stroke-dasharray="7 5""# } else { "" };
                let (end, text, base) = (left + 40.0, left + 50.0, at + 5.0);
                let (colour, name) = (series.colour, &series.name);
                writeln!(
                    f,
                    r##"<path d="M{left} {at}H{end}" stroke="{colour}" stroke-width="2"{dashes}/>
<text x="{text}" y="{base}" fill="#222222">{name}</text>"##
                )?;
                at += 26.0;
            }
        }
        f.write_str("</svg>\n")
    }
}
