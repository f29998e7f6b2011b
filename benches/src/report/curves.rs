//! Growth as lines, both axes logarithmic: what grows in step is as steep as the dashed lines.

use std::fmt::Write as _;

use super::chart::{MARGIN, WIDTH, frame, text};

/// Lines over sizes.
pub(crate) struct Curves {
    pub(crate) title: String,
    pub(crate) note: String,
    /// How the sizes are written.
    pub(crate) sizes: Vec<(f64, String)>,
    pub(crate) lines: Vec<Line>,
}

/// A value for each of the sizes.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) values: Vec<f64>,
    /// The last one, as it is written.
    pub(crate) shown: String,
}

const HEIGHT: f64 = 300.0;
/// Room for the names of the lines.
const LABELS: f64 = 330.0;
/// Closer than this, names would cover each other.
const APART: f64 = 16.0;

/// From a value to a place.
struct Axis {
    first: f64,
    last: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (first, last) = values.fold((f64::MAX, f64::MIN_POSITIVE), |(a, b), value| (a.min(value), b.max(value)));
        Self { first: first.log10(), last: last.log10(), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let span = (self.last - self.first).max(f64::EPSILON);
        self.from + (value.log10() - self.first) / span * (self.to - self.from)
    }
}

impl Curves {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        frame(&self.title, &self.note, |body, top| self.draw(body, top + 8.0))
    }

    fn draw(&self, body: &mut String, top: f64) -> f64 {
        let (bottom, right) = (top + HEIGHT, WIDTH - MARGIN - LABELS);
        let sizes = || self.sizes.iter().map(|(size, _)| *size);
        let values = self.lines.iter().flat_map(|line| line.values.iter().copied());
        let (x, y) = (Axis::new(sizes(), MARGIN + 40.0, right - 12.0), Axis::new(values, bottom - 8.0, top + 8.0));
        for (size, shown) in &self.sizes {
            let at = x.at(*size);
            let _ = writeln!(
                body,
                "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>"
            );
            text(body, at, bottom + 18.0, "note", "middle", shown);
        }
        for line in &self.lines {
            let points: Vec<(f64, f64)> =
                sizes().zip(&line.values).map(|(size, value)| (x.at(size), y.at(*value))).collect();
            let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(body, "<polyline class=\"curve\" points=\"{}\"/>", path.join(" "));
            for (x, y) in points {
                let _ = writeln!(body, "<circle class=\"ours\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
            }
            // What would grow in step, from the same first value.
            if let (Some((small, _)), Some((large, _)), Some(first)) =
                (self.sizes.first(), self.sizes.last(), line.values.first())
            {
                let end = y.at(first * large / small).max(top);
                let reached = (y.at(*first) - end) / (y.at(*first) - y.at(first * large / small)).max(f64::EPSILON);
                let end_x = x.at(*small) + reached * (x.at(*large) - x.at(*small));
                let (x, y) = (x.at(*small), y.at(*first));
                let _ = writeln!(
                    body,
                    "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{end_x:.1}\" y1=\"{y:.1}\" y2=\"{end:.1}\"/>"
                );
            }
        }
        self.name(body, right, &y);
        bottom + 24.0
    }

    /// Names beside the ends of the lines, from the top down, moved apart where they are too close.
    fn name(&self, body: &mut String, left: f64, y: &Axis) {
        let mut names: Vec<(f64, &Line)> =
            self.lines.iter().map(|line| (line.values.last().map_or(0.0, |value| y.at(*value)), line)).collect();
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut next = f64::MIN;
        for (at, line) in names {
            let at = at.max(next);
            next = at + APART;
            text(body, left, at + 4.0, "", "start", &format!("{}: {}", line.label, line.shown));
        }
    }
}
