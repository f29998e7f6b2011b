//! Bars, drawn as SVG that reads on a light and on a dark page.

use std::fmt::Write as _;

/// Horizontal bars in panels, each panel with a scale of its own.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) panels: Vec<Panel>,
}

/// A group of bars.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
    /// A value that a line marks.
    pub(crate) mark: Option<f64>,
}

/// One bar.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// The value as it is written.
    pub(crate) shown: String,
    pub(crate) ours: bool,
}

pub(super) const WIDTH: f64 = 760.0;
pub(super) const MARGIN: f64 = 16.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
/// Room for a value to the right of the longest bar.
const VALUE: f64 = 124.0;
/// Width of a letter, about.
const LETTER: f64 = 7.8;

const STYLE: &str = "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#24292f}\
.title{font-size:16px;font-weight:600}.panel{font-weight:600}.note,.value{fill:#57606a}.note{font-size:12px}.bold{font-weight:600;fill:#24292f}\
.ours{fill:#d9580d}.other{fill:#8c96a0}.mark{stroke:#57606a;stroke-dasharray:3 3}.grid{stroke:#d0d7de}.curve{fill:none;stroke:#d9580d;stroke-width:1.5}\
@media(prefers-color-scheme:dark){text,.bold{fill:#e6edf3}.note,.value{fill:#9198a1}.value.bold{fill:#e6edf3}.ours{fill:#ff8a3d}.other{fill:#6e7781}.mark{stroke:#9198a1}.grid{stroke:#30363d}.curve{stroke:#ff8a3d}}</style>";

impl Chart {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let letters = self.panels.iter().flat_map(|panel| &panel.bars).map(|bar| bar.label.chars().count()).max();
        let labels = letters.unwrap_or(0) as f64 * LETTER + 12.0;
        frame(&self.title, &self.note, |body, top| self.panels.iter().fold(top, |y, panel| panel.draw(body, y, labels)))
    }
}

/// A picture with a title and a note. What is drawn below them tells where it ends.
pub(super) fn frame(title: &str, note: &str, draw: impl FnOnce(&mut String, f64) -> f64) -> String {
    let mut body = String::new();
    let mut y = MARGIN + 16.0;
    text(&mut body, MARGIN, y, "title", "start", title);
    for line in wrapped(note) {
        y += 17.0;
        text(&mut body, MARGIN, y + 2.0, "note", "start", &line);
    }
    let height = draw(&mut body, y + 12.0) + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n{STYLE}\n{body}</svg>\n",
        escaped(title)
    )
}

impl Panel {
    /// Draws the panel below `y`, and tells where it ends.
    fn draw(&self, body: &mut String, mut y: f64, labels: f64) -> f64 {
        if !self.title.is_empty() {
            y += 24.0;
            text(body, MARGIN, y, "panel", "start", &self.title);
            y += 6.0;
        }
        let left = MARGIN + labels;
        let room = WIDTH - left - VALUE - MARGIN;
        let largest = self.bars.iter().map(|bar| bar.value).chain(self.mark).fold(f64::MIN_POSITIVE, f64::max);
        let (top, bottom) = (y, y + ROW * self.bars.len() as f64);
        // First, so that the figures stand on it.
        if let Some(mark) = self.mark {
            let x = left + mark / largest * room;
            let _ =
                writeln!(body, "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>");
        }
        for bar in &self.bars {
            let width = (bar.value / largest * room).max(1.5);
            let class = if bar.ours { "ours" } else { "other" };
            let weight = if bar.ours { "bold" } else { "" };
            text(body, left - 8.0, y + 14.0, weight, "end", &bar.label);
            let _ = writeln!(
                body,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>",
                y + 3.0
            );
            text(body, left + width + 6.0, y + 14.0, &format!("value {weight}"), "start", &bar.shown);
            y += ROW;
        }
        y
    }
}

pub(super) fn text(body: &mut String, x: f64, y: f64, class: &str, anchor: &str, words: &str) {
    let _ = writeln!(
        body,
        "<text class=\"{}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        class.trim(),
        escaped(words)
    );
}

/// Lines of the note that fit.
fn wrapped(note: &str) -> Vec<String> {
    const LINE: usize = 112;
    let mut lines = vec![String::new()];
    for word in note.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + word.len() < LINE {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
