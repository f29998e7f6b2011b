//! Quantities in the unit that suits them.

use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    Seconds,
    Bytes,
    Count,
    /// Runs in a second: more is better.
    PerSecond,
    /// One side over another.
    Ratio,
}

impl Unit {
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Seconds if value >= 1.0 => format!("{value:.2} s"),
            Self::Seconds if value >= 1e-3 => format!("{} ms", digits(value * 1e3)),
            Self::Seconds => format!("{} µs", digits(value * 1e6)),
            Self::Bytes if value >= 1024.0 * 1024.0 => format!("{} MiB", digits(value / 1024.0 / 1024.0)),
            Self::Bytes => format!("{} KiB", digits(value / 1024.0)),
            Self::Count | Self::PerSecond if value >= 1e6 => format!("{:.2} M", value / 1e6),
            Self::Count | Self::PerSecond if value >= 1e4 => format!("{} k", digits(value / 1e3)),
            Self::Count | Self::PerSecond => format!("{value:.0}"),
            Self::Ratio => ratio(value),
        }
    }
}

/// Three digits that mean something.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A ratio to as many places as help.
pub(crate) fn ratio(value: f64) -> String {
    if value < 0.1 { format!("{value:.3}") } else { digits(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_its_unit() {
        let shown = [
            Unit::Seconds.show(1.234),
            Unit::Seconds.show(0.0123),
            Unit::Seconds.show(0.000_004_56),
            Unit::Bytes.show(20.0 * 1024.0 * 1024.0),
            Unit::Bytes.show(2048.0),
            Unit::Count.show(999.0),
            Unit::Count.show(43_210.0),
            Unit::Count.show(1_500_000.0),
            Unit::Ratio.show(0.0456),
            Unit::Ratio.show(843.2),
        ];
        assert_eq!(
            shown,
            ["1.23 s", "12.3 ms", "4.56 µs", "20.0 MiB", "2.00 KiB", "999", "43.2 k", "1.50 M", "0.046", "843"]
        );
    }
}
