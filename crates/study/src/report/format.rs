//! Numbers as people read them.

use crate::verdict::Spread;

/// Three digits behind the point; a dash where there is no number.
pub(super) fn three(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
}

/// With a sign and two digits.
pub(super) fn signed(value: f64) -> String {
    format!("{value:+.2}").replace('-', "−")
}

/// A share as a percentage with one digit.
pub(super) fn percent(value: f64) -> String {
    format!("{:.1}", 100.0 * value)
}

/// A mean with half the width of its interval.
pub(super) fn with_interval(spread: &Spread, scale: f64) -> String {
    let digits = if scale > 1.0 { 1 } else { 3 };
    let half = spread.ci95.map(|[low, high]| scale * (high - low) / 2.0);
    let mean = scale * spread.mean;
    match half {
        Some(half) => format!("{mean:.digits$} ± {half:.digits$}"),
        None => format!("{mean:.digits$}"),
    }
}

/// An interval.
pub(super) fn interval(ends: Option<[f64; 2]>) -> String {
    ends.map_or_else(|| "–".to_owned(), |[low, high]| format!("{} to {}", signed(low), signed(high)))
}

/// A count with thousands apart.
pub(super) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Seconds as minutes and seconds.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    if whole >= 60 { format!("{} min {:02} s", whole / 60, whole % 60) } else { format!("{seconds:.1} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        assert_eq!(signed(-0.5), "−0.50");
        assert_eq!(duration(125.0), "2 min 05 s");
    }
}
