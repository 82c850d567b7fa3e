//! The rows as the columns of the public tables.

use super::SyntheticResult;

/// The header of the public tables.
const HEADER: &str = "scale,alpha_S_T,alpha_T_S,gamma_S_T,gamma_T_S,alpha_gamma_combined_S_T,alpha_gamma_combined_T_S,\
                      loss_f_S,loss_f_T,gradient_loss";

impl SyntheticResult {
    /// Comma-separated values with the names and the order of the public tables; numbers read back as the same f64.
    #[must_use]
    pub fn public_csv(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for row in &self.rows {
            // `{:?}` writes 0.0 for zero, as the public tables do, and the shortest digits that read back the same.
            let cells = [
                row.scale,
                row.alpha1_s_to_t,
                row.alpha1_t_to_s,
                row.alpha2_s_to_t,
                row.alpha2_t_to_s,
                row.combined_s_to_t,
                row.combined_t_to_s,
                row.loss_source,
                row.loss_target,
                row.gradient_matching,
            ]
            .map(|value| format!("{value:?}"));
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}
