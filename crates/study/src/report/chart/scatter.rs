//! A scatter of networks: measure against outcome, with error bars, floors and ceilings.

use std::fmt::Write;

use super::frame::{Axis, Frame, escaped};

/// One network.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub name: String,
    pub x: f64,
    pub y: f64,
    pub x_interval: Option<[f64; 2]>,
    pub y_interval: Option<[f64; 2]>,
    /// Which of the page's colours.
    pub colour: usize,
    /// Controls are drawn hollow.
    pub control: bool,
}

/// A line across the chart: a floor, a ceiling, a chance level.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub name: String,
    pub at: f64,
    pub vertical: bool,
}

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scatter {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub marks: Vec<Mark>,
    pub rules: Vec<Rule>,
    /// Intercept and slope of a line through the marks that count.
    pub fit: Option<[f64; 2]>,
}

/// Draws it.
pub(crate) fn scatter(plot: &Scatter) -> String {
    let ends =
        |value: f64, interval: Option<[f64; 2]>| interval.map_or(vec![value], |ends| vec![value, ends[0], ends[1]]);
    let rules = |vertical: bool| plot.rules.iter().filter(move |rule| rule.vertical == vertical).map(|rule| rule.at);
    let xs = plot.marks.iter().flat_map(|mark| ends(mark.x, mark.x_interval)).chain(rules(true));
    let ys = plot.marks.iter().flat_map(|mark| ends(mark.y, mark.y_interval)).chain(rules(false));
    let mut frame = Frame::new(Axis::over(&plot.x_label, xs), Axis::over(&plot.y_label, ys));
    let [left, top, right, bottom] = frame.inside();
    for rule in &plot.rules {
        if rule.vertical {
            let x = frame.at_x(rule.at);
            frame.line("rule", (x, top), (x, bottom));
            let near_right = x > right - 60.0;
            let (anchor, shift) = if near_right { ("end", -4.0) } else { ("start", 4.0) };
            frame.text("note", anchor, (x + shift, top + 10.0), &rule.name);
        } else {
            let y = frame.at_y(rule.at);
            frame.line("rule", (left, y), (right, y));
            frame.text("note", "end", (right - 2.0, y - 4.0), &rule.name);
        }
    }
    if let Some([intercept, slope]) = plot.fit {
        let counted: Vec<f64> = plot.marks.iter().filter(|mark| !mark.control).map(|mark| mark.x).collect();
        let low = counted.iter().copied().fold(f64::INFINITY, f64::min);
        let high = counted.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low < high {
            let end = |x: f64| (frame.at_x(x), frame.at_y(intercept + slope * x).clamp(top, bottom));
            let (from, to) = (end(low), end(high));
            frame.line("fit", from, to);
        }
    }
    let mut taken: Vec<[f64; 4]> =
        plot.marks.iter().map(|mark| around(frame.at_x(mark.x), frame.at_y(mark.y))).collect();
    for mark in &plot.marks {
        let (x, y) = (frame.at_x(mark.x), frame.at_y(mark.y));
        let class = format!("c{}", mark.colour);
        if let Some([low, high]) = mark.x_interval {
            let ends = (frame.at_x(low).clamp(left, right), frame.at_x(high).clamp(left, right));
            frame.line(&format!("bar {class}"), (ends.0, y), (ends.1, y));
        }
        if let Some([low, high]) = mark.y_interval {
            let ends = (frame.at_y(low).clamp(top, bottom), frame.at_y(high).clamp(top, bottom));
            frame.line(&format!("bar {class}"), (x, ends.0), (x, ends.1));
        }
        let mut svg = String::new();
        let hollow = if mark.control { " hollow" } else { "" };
        let _ = write!(
            svg,
            r#"<circle class="mark {class}{hollow}" cx="{x:.1}" cy="{y:.1}" r="5"><title>{}: {:.3}, {:.3}</title></circle>"#,
            escaped(&mark.name),
            mark.x,
            mark.y
        );
        frame.raw(&svg);
    }
    for mark in &plot.marks {
        let (x, y) = (frame.at_x(mark.x), frame.at_y(mark.y));
        let width = 6.1 * mark.name.chars().count() as f64;
        let places = [
            ("start", x + 8.0, y + 4.0, [x + 8.0, y - 7.0, x + 8.0 + width, y + 6.0]),
            ("end", x - 8.0, y + 4.0, [x - 8.0 - width, y - 7.0, x - 8.0, y + 6.0]),
            ("middle", x, y - 9.0, [x - width / 2.0, y - 20.0, x + width / 2.0, y - 7.0]),
            ("middle", x, y + 18.0, [x - width / 2.0, y + 7.0, x + width / 2.0, y + 20.0]),
            ("start", x + 6.0, y - 8.0, [x + 6.0, y - 19.0, x + 6.0 + width, y - 6.0]),
            ("start", x + 6.0, y + 16.0, [x + 6.0, y + 5.0, x + 6.0 + width, y + 18.0]),
        ];
        let cost = |area: &[f64; 4]| -> f64 {
            let outside = (left - area[0]).max(0.0)
                + (area[2] - right).max(0.0)
                + (top - area[1]).max(0.0)
                + (area[3] - bottom).max(0.0);
            taken.iter().map(|other| overlap(area, other)).sum::<f64>() + 50.0 * outside
        };
        let best = places.iter().min_by(|one, two| cost(&one.3).total_cmp(&cost(&two.3)));
        if let Some((anchor, at_x, at_y, area)) = best {
            let class = if mark.control { "name control" } else { "name" };
            frame.text(class, anchor, (*at_x, *at_y), &mark.name);
            taken.push(*area);
        }
    }
    frame.finish(&plot.title)
}

fn around(x: f64, y: f64) -> [f64; 4] {
    [x - 6.0, y - 6.0, x + 6.0, y + 6.0]
}

fn overlap(one: &[f64; 4], two: &[f64; 4]) -> f64 {
    let width = (one[2].min(two[2]) - one[0].max(two[0])).max(0.0);
    let height = (one[3].min(two[3]) - one[1].max(two[1])).max(0.0);
    width * height
}
