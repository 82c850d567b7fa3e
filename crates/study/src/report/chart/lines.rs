//! Lines over an axis: a measure against the budget, accuracy against the epoch.

use std::fmt::Write;

use super::frame::{Axis, Frame, escaped};

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub name: String,
    /// Which of the page's colours.
    pub colour: usize,
    /// Dashes set a second family of lines apart.
    pub dashed: bool,
    pub points: Vec<(f64, f64)>,
    /// Half a band around each point, where there is one.
    pub band: Option<Vec<[f64; 2]>>,
    /// Whether each point is marked.
    pub dots: bool,
}

/// Draws lines. Where `ticks` are given, they are those of the x axis.
pub(crate) fn lines(
    title: &str,
    x_label: &str,
    y_label: &str,
    all: &[Line],
    ticks: Option<Vec<(f64, String)>>,
) -> String {
    let xs = all.iter().flat_map(|line| line.points.iter().map(|point| point.0));
    let bands = all.iter().flat_map(|line| line.band.iter().flatten().flat_map(|ends| *ends));
    let ys = all.iter().flat_map(|line| line.points.iter().map(|point| point.1)).chain(bands);
    let mut x = Axis::over(x_label, xs);
    if let Some(ticks) = ticks {
        x.ticks = ticks;
    }
    let y = Axis::over(y_label, ys);
    let mut frame = Frame::new(x, y);
    for line in all {
        let mut svg = String::new();
        if let Some(band) = &line.band {
            let upper = line.points.iter().zip(band).map(|(point, ends)| (frame.at_x(point.0), frame.at_y(ends[1])));
            let lower =
                line.points.iter().zip(band).rev().map(|(point, ends)| (frame.at_x(point.0), frame.at_y(ends[0])));
            let outline: Vec<String> = upper.chain(lower).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = write!(svg, r#"<polygon class="band c{}" points="{}"/>"#, line.colour, outline.join(" "));
        }
        let points: Vec<String> =
            line.points.iter().map(|point| format!("{:.1},{:.1}", frame.at_x(point.0), frame.at_y(point.1))).collect();
        let dashed = if line.dashed { " dashed" } else { "" };
        let _ = write!(
            svg,
            r#"<polyline class="line c{}{dashed}" points="{}"><title>{}</title></polyline>"#,
            line.colour,
            points.join(" "),
            escaped(&line.name)
        );
        if line.dots {
            for point in &line.points {
                let _ = write!(
                    svg,
                    r#"<circle class="mark c{}" cx="{:.1}" cy="{:.1}" r="3"/>"#,
                    line.colour,
                    frame.at_x(point.0),
                    frame.at_y(point.1)
                );
            }
        }
        frame.raw(&svg);
    }
    frame.finish(title)
}
