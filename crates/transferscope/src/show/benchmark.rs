//! A benchmark as text.

use crate::commands::Benchmark;

/// The peaks of the machine, and a row for each network and engine.
#[must_use]
pub fn benchmark(benchmark: &Benchmark) -> String {
    let threads = match benchmark.threads {
        1 => "1 thread".to_owned(),
        count => format!("{count} threads"),
    };
    let peaks: Vec<String> =
        benchmark.peaks.iter().map(|peak| format!("{} {:.0}", peak.tier, peak.gigaflops)).collect();
    let mut lines = vec![
        format!("{threads}; multiply-adds in registers, 10⁹ operations a second: {}", peaks.join(", ")),
        String::new(),
        format!(
            "{:<16} {:<20} {:>5} {:>11} {:>10} {:>11} {:>8}",
            "network", "engine", "batch", "MMAC/image", "forward/s", "gradient/s", "of peak"
        ),
    ];
    for row in &benchmark.rows {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let millions = row.multiply_adds as f64 / 1e6;
        lines.push(format!(
            "{:<16} {:<20} {:>5} {:>11.1} {:>10.0} {:>11.0} {:>7.0}%",
            row.network,
            row.engine,
            row.batch,
            millions,
            row.forward,
            row.gradient,
            100.0 * row.share_of_peak
        ));
    }
    lines.push(
        "\nimages a second, medians; gradient = forward and input gradient. \"of peak\": the operations that the \
         network's definition counts, forward, over the fastest tier's peak (AMX's, which is in bf16, only for engines that \
         use it); an engine that needs fewer can pass 100 %."
            .to_owned(),
    );
    lines.join("\n")
}
