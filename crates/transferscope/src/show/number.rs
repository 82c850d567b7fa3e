//! Numbers as text: enough digits to read, with their intervals.

use transferscope_theory::statistics::Estimate;

/// A number with three significant decimals, or a dash where there is none.
pub fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"))
}

/// A share as a percentage.
pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// An estimate with its interval.
pub fn estimate(estimate: &Estimate) -> String {
    match estimate.interval() {
        Some(interval) => format!("{:.3} [{:.3}, {:.3}]", estimate.value(), interval.low(), interval.high()),
        None => format!("{:.3}", estimate.value()),
    }
}

/// A share with its interval, in percent.
pub fn share(estimate: Option<&Estimate>) -> String {
    match estimate.map(|estimate| (estimate, estimate.interval())) {
        None => "-".to_owned(),
        Some((estimate, None)) => format!("{:.1} %", 100.0 * estimate.value()),
        Some((estimate, Some(interval))) => format!(
            "{:.1} % [{:.1}, {:.1}] of {}",
            100.0 * estimate.value(),
            100.0 * interval.low(),
            100.0 * interval.high(),
            estimate.count()
        ),
    }
}

/// A count with thousands set apart.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in pixel units, also as so many of 255 where it is one.
pub fn pixels(size: f64) -> String {
    let of_255 = size * 255.0;
    // f32 pixels near 1 differ by up to 6e-8, which is 2e-5 of 255.
    let is_whole = |number: f64| (number - number.round()).abs() < 1e-4;
    if is_whole(of_255) || is_whole(of_255 * 2.0) {
        format!("{of_255:.1}/255").replace(".0/", "/")
    } else {
        format!("{size:.4}")
    }
}

/// Rows of cells as lines with aligned columns; the first column to the left, the others to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match column {
                0 => format!("{cell:<width$}", width = widths[0]),
                _ => format!("{cell:>width$}", width = widths[column]),
            })
            .collect();
        format!("  {}", cells.join("  ")).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(pixels(8.0 / 255.0), "8/255");
        assert_eq!(pixels(25.5 / 255.0), "25.5/255");
        assert_eq!(pixels(0.0123), "0.0123");
        assert_eq!(plain(None), "-");
    }

    #[test]
    fn tables_align() {
        let rows = vec![vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "100".to_owned()]];
        assert_eq!(table(&rows), "  a       1\n  long  100");
    }
}
