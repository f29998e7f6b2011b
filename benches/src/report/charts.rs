//! Which charts are drawn of a report.

use std::{fs, path::Path};

use super::{
    Report,
    chart::{Bar, Chart, Panel},
    curves::{Curves, Line},
    grid::Grid,
    units::Unit,
};

/// Draws what was measured into a folder, one file for each chart.
pub(crate) fn draw(report: &Report, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, chart) in charts(report) {
        fs::write(folder.join(name).with_extension("svg"), chart.svg())?;
    }
    for (name, curves) in curves(report) {
        fs::write(folder.join(name).with_extension("svg"), curves.svg())?;
    }
    Ok(())
}

/// The charts, by the names of their files.
pub(super) fn charts(report: &Report) -> Vec<(&'static str, Chart)> {
    let mut charts = Vec::new();
    if let Some(grid) = report.grid("start_wall") {
        charts.push(("start", start(grid)));
    }
    if let Some(grid) = report.grid("snippets") {
        let chart = means(
            grid,
            "Five snippets in one process, warm",
            "Time of a call against ours, geometric mean; fresh globals and captured output each time. Shorter is faster.",
        );
        charts.push(("snippets", chart));
    }
    if let Some(grid) = report.grid("interp") {
        let chart = means(
            grid,
            "Interpreter speed",
            "Time against ours, geometric mean over the programs that the side can run. Shorter is faster.",
        );
        charts.push(("interp", chart));
        charts.push(("interp-programs", programs(grid)));
    }
    if let Some(grid) = report.grid("tree") {
        let chart = by_case(
            grid,
            &["cold", "nothing to do", "one file changed"],
            &[],
            "Compiling CPython's Lib",
            "Two jobs, medians. Shorter is faster.",
        );
        charts.push(("compile", chart));
    }
    charts
}

fn start(grid: &Grid) -> Chart {
    let cases = ["hello", "argparse + json + re tool", "asyncio + logging + subprocess + decimal"];
    let left_out = ["pyc-rs, cold cache", "pyc-rs --no-cache", "python3.13, no byte code"];
    by_case(
        grid,
        &cases,
        &left_out,
        "From start to end of a process",
        "Median wall time, everything compiled before. Shorter is faster.",
    )
}

/// What is done with a store, as it grows: those whose curves differ.
const OF_A_STORE: [&str; 8] = [
    "`cache info`, in packs",
    "`cache verify --sample 1000`, in packs",
    "`cache verify`, in packs",
    "`cache gc`, which packs them",
    "`cache gc` of half of it",
    "`cache export`",
    "`cache import` of half of it",
    "`cache clear`",
];

/// The curves of growth, by the names of their files.
pub(super) fn curves(report: &Report) -> Vec<(&'static str, Curves)> {
    let kinds = [("store", "store_time", "Time"), ("store-memory", "store_memory", "Peak memory")];
    let curves = kinds.into_iter().filter_map(|(name, grid, what)| {
        let note = format!(
            "{what} of whole processes, objects of some 2 KB. Both axes are logarithmic; a dashed line is what would grow in step with the number of objects."
        );
        Some((name, growth(report.grid(grid)?, &format!("A large store: {}", what.to_lowercase()), note)?))
    });
    curves.collect()
}

/// A line for each of these cases, over sides whose names begin with a number.
fn growth(grid: &Grid, title: &str, note: String) -> Option<Curves> {
    let size = |side: &String| Some((side.split_once(' ')?.0.parse().ok()?, side.clone()));
    let sizes: Vec<(f64, String)> = grid.sides.iter().map(size).collect::<Option<_>>()?;
    let line = |case: &&str| {
        let values: Vec<f64> = grid.sides.iter().map(|side| grid.median(case, side)).collect::<Option<_>>()?;
        let shown = grid.unit.show(*values.last()?);
        Some(Line { label: case.replace('`', ""), values, shown })
    };
    Some(Curves { title: title.to_owned(), note, sizes, lines: OF_A_STORE.iter().filter_map(line).collect() })
}

/// A panel for each case, a bar for each side.
fn by_case(grid: &Grid, cases: &[&str], left_out: &[&str], title: &str, note: &str) -> Chart {
    let panels = cases.iter().map(|case| {
        let sides = grid.sides.iter().filter(|side| !left_out.contains(&side.as_str()));
        let bars = sides.filter_map(|side| {
            let value = grid.median(case, side)?;
            Some(bar(side, value, grid.unit.show(value)))
        });
        Panel { title: (*case).to_owned(), bars: bars.collect(), mark: None }
    });
    Chart { title: title.to_owned(), note: note.to_owned(), panels: panels.collect() }
}

/// A bar for each side, of its geometric mean against ours.
fn means(grid: &Grid, title: &str, note: &str) -> Chart {
    let bars = grid.sides.iter().filter_map(|side| {
        let both = grid.cases.iter().filter(|(case, _)| grid.median(case, side).is_some()).count();
        let mean = grid.mean_ratio(side, &grid.sides[0])?;
        let few = if both < grid.cases.len() { format!(" ({both} of {})", grid.cases.len()) } else { String::new() };
        Some(bar(side, mean, format!("{}×{few}", Unit::Ratio.show(mean))))
    });
    let panel = Panel { title: String::new(), bars: bars.collect(), mark: Some(1.0) };
    Chart { title: title.to_owned(), note: note.to_owned(), panels: vec![panel] }
}

/// A bar for each program: CPython's time over ours.
fn programs(grid: &Grid) -> Chart {
    let ours = &grid.sides[0];
    let bars = grid.cases.iter().filter_map(|(case, _)| {
        let speed = grid.median(case, crate::peers::REFERENCE)? / grid.median(case, ours)?;
        Some(Bar { label: case.clone(), value: speed, shown: Unit::Ratio.show(speed), ours: true })
    });
    Chart {
        title: "Interpreter speed, by program".to_owned(),
        note: "python3.13's time over ours; the line is CPython. Longer is faster.".to_owned(),
        panels: vec![Panel { title: String::new(), bars: bars.collect(), mark: Some(1.0) }],
    }
}

fn bar(side: &str, value: f64, shown: String) -> Bar {
    Bar { label: side.to_owned(), value, shown, ours: side.starts_with("pyc-rs") }
}
