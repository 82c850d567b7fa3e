//! The synthetic experiment as text.

use transferscope_study::experiments::synthetic::{
    RowBounds, SyntheticResult, SyntheticRow, chain_links, correlations_with_loss, report,
};
use transferscope_theory::{bounds::AssumptionStatus, transferability::DirectionMeasure};

use super::{
    chain::links as chain_table,
    number::{count, plain, table},
};

/// Rows, chain, correlations and words as people read them; bounds where they were evaluated.
pub fn synthetic(result: &SyntheticResult, bounds: Option<&[RowBounds]>, data: &str) -> String {
    let mut parts = vec![
        format!(
            "the paper's synthetic experiment on {data}: {} samples, source of hidden width {}, target of {}, attack level {}; \
             the best constant has loss {:.4}, the target {}",
            count(result.samples),
            result.source_width,
            result.target_width,
            result.level,
            result.spread,
            result.rows.first().map_or_else(|| "-".to_owned(), |row| format!("{:.4}", row.loss_target)),
        ),
        measures(result),
        chain(result),
        unbiased(result),
        correlations(result),
        links(result),
    ];
    parts.push(report::claim(result).join("\n"));
    parts.push(report::weakest_link(result));
    parts.extend(bounds.unwrap_or_default().iter().map(bounds_of_row));
    if bounds.is_none() {
        parts.push("--bounds evaluates the bounds of the theory, --report FILE.html draws the curves.".to_owned());
    }
    parts.join("\n\n")
}

fn rows_of(title: &[&str], result: &SyntheticResult, cells: impl Fn(&SyntheticRow) -> Vec<f64>) -> String {
    let mut rows = vec![title.iter().map(|&name| name.to_owned()).collect::<Vec<String>>()];
    rows.extend(result.rows.iter().map(|row| {
        let mut line = vec![format!("{:.1}", row.cumulative)];
        line.extend(cells(row).iter().map(|value| format!("{value:.5}")));
        line
    }));
    table(&rows)
}

fn measures(result: &SyntheticResult) -> String {
    let titles = [
        "moved by",
        "alpha1 S->T",
        "T->S",
        "alpha2 S->T",
        "T->S",
        "combined S->T",
        "T->S",
        "loss S",
        "loss T",
        "gradient",
    ];
    let text = rows_of(&titles, result, |row| {
        vec![
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
    });
    let chance = result.rows.first().map(|row| row.chance);
    let levels = chance.map_or_else(String::new, |chance| {
        format!(
            "\n  by chance: alpha1 {:.4} against a field of rank one (root mean square {} on the target); alpha2 {:.4}",
            chance.alpha1_rank_one,
            plain(chance.alpha1_rms_on_target),
            chance.alpha2
        )
    });
    format!("Measures; \"moved by\" is the cumulative coefficient of the deviations\n{text}{levels}")
}

fn chain(result: &SyntheticResult) -> String {
    let mut rows = vec![
        [
            "moved by",
            "combined T->S",
            "gradient R² (T|S)",
            "(S|T)",
            "function R² (T|S)",
            "(S|T)",
            "transfer R²",
            "held out",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(result.rows.iter().map(|row| {
        let (gradient, function, transfer) = (row.matching.gradient, row.matching.function, row.knowledge_transfer);
        let mut line = vec![format!("{:.1}", row.cumulative), format!("{:.5}", row.combined_t_to_s)];
        line.extend(
            [
                gradient.t_given_s.r2,
                gradient.s_given_t.r2,
                function.t_given_s.r2,
                function.s_given_t.r2,
                transfer.on_outputs.r2,
                transfer.on_outputs_held_out.r2,
            ]
            .map(plain),
        );
        line
    }));
    format!(
        "The chain side by side: attack, gradients, functions, knowledge (an affine head on the outputs)\n{}",
        table(&rows)
    )
}

/// The unbiased squares with their standard errors, and what the older theory measures.
fn unbiased(result: &SyntheticResult) -> String {
    let square = |measure: Option<&DirectionMeasure>| {
        measure.and_then(|measure| measure.estimates.unbiased_squared.as_ref()).map_or_else(
            || "-".to_owned(),
            |estimate| match estimate.std_error() {
                Some(error) => format!("{:.5} ± {error:.5}", estimate.value()),
                None => format!("{:.5}", estimate.value()),
            },
        )
    };
    let mut rows = vec![
        ["moved by", "alpha2² S->T", "alpha2² T->S", "combined² S->T", "combined² T->S", "tau1", "tau2 S->T", "T->S"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(result.rows.iter().map(|row| {
        let (one, two) = (&row.first_order.s_to_t, &row.first_order.t_to_s);
        vec![
            format!("{:.1}", row.cumulative),
            square(one.alpha2.as_ref()),
            square(two.alpha2.as_ref()),
            square(Some(&one.combined)),
            square(Some(&two.combined)),
            plain(row.tau1),
            plain(row.tau2_s_to_t),
            plain(row.tau2_t_to_s),
        ]
    }));
    format!("Unbiased squares with standard errors over the samples\n{}", table(&rows))
}

fn correlations(result: &SyntheticResult) -> String {
    let mut rows = vec![["column", "claimed", "Pearson", "Spearman", "Kendall"].map(str::to_owned).to_vec()];
    rows.extend(correlations_with_loss(result).iter().map(|column| {
        let claimed = if column.claimed_negative { "below 0" } else { "above 0" };
        let mark = if column.has_claimed_sign == Some(false) { " (wrong sign)" } else { "" };
        vec![
            format!("{}{mark}", column.column),
            claimed.to_owned(),
            plain(column.pearson),
            plain(column.spearman),
            plain(column.kendall_tau_b),
        ]
    }));
    format!("Correlation with the loss of the source, over the rows\n{}", table(&rows))
}

fn links(result: &SyntheticResult) -> String {
    format!("Which link breaks: neighbours of the chain over the rows\n{}", chain_table(&chain_links(result)))
}

fn bounds_of_row(bounds: &RowBounds) -> String {
    let mut rows = vec![["statement", "left", "right", "slack", "holds", "violated"].map(str::to_owned).to_vec()];
    rows.extend(bounds.table.statements.iter().map(|statement| {
        let violated: Vec<&str> = statement
            .assumptions
            .iter()
            .filter(|assumption| assumption.status == AssumptionStatus::Violated)
            .map(|assumption| assumption.what.as_str())
            .collect();
        vec![
            format!("{}: {}", statement.source, statement.formula),
            format!("{:.4e}", statement.left),
            format!("{:.4e}", statement.right),
            format!("{:.4e}", statement.slack),
            if statement.holds { "yes" } else { "no" }.to_owned(),
            if violated.is_empty() { "-".to_owned() } else { violated.join(", ") },
        ]
    }));
    format!("Bounds at row {}\n{}", bounds.row, table(&rows))
}
