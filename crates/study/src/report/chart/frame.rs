//! The frame of a chart: scales, ticks, grid, names of the axes.

use std::fmt::Write;

/// Size of every chart in its own units; the page scales it. Text of 12 stays legible at the width of a phone.
pub(super) const WIDTH: f64 = 420.0;
pub(super) const HEIGHT: f64 = 300.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;

/// One axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub label: String,
    pub low: f64,
    pub high: f64,
    /// Places of ticks with their texts.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis that holds these values with room at both ends.
    pub(crate) fn over(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let room = (high - low).max(high.abs() * 0.02).max(1e-6) * 0.08;
        Self::between(label, low - room, high + room)
    }

    /// An axis from one value to another.
    pub(crate) fn between(label: &str, low: f64, high: f64) -> Self {
        let step = step(high - low);
        let first = (low / step).ceil();
        let last = (high / step).floor();
        let digits = if step >= 1.0 { 0 } else { (-step.log10()).ceil().clamp(0.0, 6.0) as usize };
        let mut ticks = Vec::new();
        let mut place = first;
        while place <= last && ticks.len() < 12 {
            let value = place * step;
            // Minus zero is written as zero.
            ticks.push((value, format!("{:.digits$}", if value == 0.0 { 0.0 } else { value })));
            place += 1.0;
        }
        Self { label: label.to_owned(), low, high, ticks }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE)
    }
}

/// A round step that gives about five ticks: 1, 2 or 5 times a power of ten.
fn step(range: f64) -> f64 {
    let rough = (range / 5.0).max(1e-9);
    let power = 10_f64.powf(rough.log10().floor());
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| multiple * power >= rough).unwrap_or(10.0);
    multiple * power
}

/// A chart being drawn.
pub(super) struct Frame {
    pub x: Axis,
    pub y: Axis,
    body: String,
}

impl Frame {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, body: String::new() }
    }

    pub(super) fn at_x(&self, value: f64) -> f64 {
        LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT)
    }

    pub(super) fn at_y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.share(value) * (HEIGHT - TOP - BOTTOM)
    }

    /// The box that marks stand in: left, top, right, bottom.
    pub(super) fn inside(&self) -> [f64; 4] {
        [LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM]
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = write!(
            self.body,
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn text(&mut self, class: &str, anchor: &str, at: (f64, f64), text: &str) {
        let _ = write!(
            self.body,
            r#"<text class="{class}" text-anchor="{anchor}" x="{:.1}" y="{:.1}">{}</text>"#,
            at.0,
            at.1,
            escaped(text)
        );
    }

    pub(super) fn raw(&mut self, svg: &str) {
        self.body.push_str(svg);
    }

    /// The finished picture; `title` is what a screen reader says of it.
    pub(super) fn finish(self, title: &str) -> String {
        let mut svg =
            format!(r#"<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#, escaped(title));
        let [left, top, right, bottom] = self.inside();
        for (value, text) in &self.y.ticks {
            let y = self.at_y(*value);
            let _ = write!(svg, r#"<line class="grid" x1="{left}" y1="{y:.1}" x2="{right}" y2="{y:.1}"/>"#);
            let _ = write!(
                svg,
                r#"<text class="tick" text-anchor="end" x="{}" y="{:.1}">{text}</text>"#,
                left - 7.0,
                y + 4.0
            );
        }
        for (value, text) in &self.x.ticks {
            let x = self.at_x(*value);
            let _ = write!(svg, r#"<line class="grid" x1="{x:.1}" y1="{top}" x2="{x:.1}" y2="{bottom}"/>"#);
            let _ = write!(
                svg,
                r#"<text class="tick" text-anchor="middle" x="{x:.1}" y="{}">{}</text>"#,
                bottom + 17.0,
                escaped(text)
            );
        }
        let _ = write!(
            svg,
            r#"<text class="axis" text-anchor="middle" x="{:.1}" y="{}">{}</text>"#,
            f64::midpoint(left, right),
            HEIGHT - 8.0,
            escaped(&self.x.label)
        );
        let middle = f64::midpoint(top, bottom);
        let _ = write!(
            svg,
            r#"<text class="axis" text-anchor="middle" transform="rotate(-90 12 {middle:.1})" x="12" y="{middle:.1}">{}</text>"#,
            escaped(&self.y.label)
        );
        svg.push_str(&self.body);
        svg.push_str("</svg>");
        svg
    }
}

/// Text inside SVG.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::between("x", 0.13, 0.87);
        let texts: Vec<&str> = axis.ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0.2", "0.4", "0.6", "0.8"]);
        assert!(Axis::over("x", [2.0, 2.0]).high > Axis::over("x", [2.0, 2.0]).low);
        assert!(Axis::over("x", []).ticks.len() > 2);
    }
}
