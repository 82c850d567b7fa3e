//! The chain from attack to knowledge as text: of one pair, and the links over several.

use transferscope_study::chain::{Chain, ChainLink, ChainPair};

use super::number::{plain, table};
use crate::commands::Chains;

type Box = (&'static str, fn(&Chain) -> Option<f64>);

/// The boxes in their order, with the words of a line.
const BOXES: [Box; 8] = [
    ("attack: alpha1", |chain| chain.alpha1),
    ("attack: alpha2", |chain| chain.alpha2),
    ("attack: combined", |chain| chain.combined),
    ("gradients: matching R2", |chain| chain.gradient_r2),
    ("functions: matching R2", |chain| chain.function_r2),
    ("functions: matching R2, held out", |chain| chain.function_r2_held_out),
    ("knowledge: transfer R2, held out", |chain| chain.transfer_r2_held_out),
    ("knowledge: accuracy of the head, held out", |chain| chain.transfer_accuracy_held_out),
];

/// Both directions of one pair, side by side.
pub fn chain(chain: &ChainPair) -> String {
    let mut rows = vec![vec![
        "the chain, side by side".to_owned(),
        "T given S (attacks T->S)".to_owned(),
        "S given T (attacks S->T)".to_owned(),
    ]];
    rows.extend(
        BOXES.iter().map(|(name, value)| {
            vec![(*name).to_owned(), plain(value(&chain.t_given_s)), plain(value(&chain.s_given_t))]
        }),
    );
    table(&rows)
}

/// Which chain of a pair.
type Side = fn(&ChainPair) -> &Chain;

/// Several chains, and how neighbours move together over them.
pub fn chains(answer: &Chains) -> String {
    let mut parts = Vec::new();
    let directions: [(&str, Side, &Vec<ChainLink>); 2] = [
        ("target given source (attacks T->S: adversarial -> knowledge)", |pair| &pair.t_given_s, &answer.t_given_s),
        ("source given target (attacks S->T: knowledge -> adversarial)", |pair| &pair.s_given_t, &answer.s_given_t),
    ];
    for (title, pick, links) in directions {
        let mut rows = vec![vec![title.to_owned()]];
        rows[0].extend(answer.results.iter().map(|result| result.source.clone()));
        rows.extend(BOXES.iter().map(|(name, value)| {
            let mut row = vec![(*name).to_owned()];
            row.extend(answer.results.iter().map(|result| plain(value(pick(&result.chain)))));
            row
        }));
        parts.push(table(&rows));
        parts.push(self::links(links));
    }
    parts.extend(answer.notes.iter().map(|note| format!("To know: {note}")));
    parts.join("\n\n")
}

/// One line for each link.
pub fn links(links: &[ChainLink]) -> String {
    let mut rows = vec![
        ["which link breaks", "chains", "Pearson", "Spearman", "p", "verdict", "state"].map(str::to_owned).to_vec(),
    ];
    rows.extend(links.iter().map(|link| {
        vec![
            format!("{} ~ {}", link.from, link.to),
            link.chains.to_string(),
            plain(link.pearson),
            plain(link.spearman),
            plain(link.p_value),
            link.verdict.map_or("-", |verdict| verdict.words()).to_owned(),
            format!("{:?}", link.state).to_lowercase(),
        ]
    }));
    table(&rows)
}
