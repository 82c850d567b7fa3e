//! Which vectors suit a network: wide ones are mostly padding where channels are few.

use transferscope_network::{
    graph::{Graph, Node},
    operator::Operator,
};

use crate::cpu::{Precision, Tier};

/// How much more padding wide vectors may bring: they need fewer instructions for the same work.
const WORTH_THE_WIDTH: f64 = 1.1;

/// The tier that was asked for, where the processor has it; else the best of this processor, or AVX2 where the vectors of
/// AVX-512 would mostly multiply padding (LeNet: 3, 6 and 16 channels). AMX is for products in bf16 alone.
pub(crate) fn fitting(wanted: Option<Tier>, precision: Precision, graph: &Graph, shapes: &[Vec<usize>]) -> Tier {
    let best = Tier::best().in_precision(precision);
    match wanted {
        Some(tier) if tier.available() => tier.in_precision(precision),
        _ if best == Tier::Avx512 && work(graph, shapes, 16) > WORTH_THE_WIDTH * work(graph, shapes, 8) => Tier::Avx2,
        _ => best,
    }
}

/// Products of all convolutions and linear layers, forward and in reverse, the written channels padded to whole vectors.
fn work(graph: &Graph, shapes: &[Vec<usize>], lanes: usize) -> f64 {
    graph.nodes().iter().filter_map(|node| products(node, shapes, lanes)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "products of one layer are far below 2^52")]
fn products(node: &Node, shapes: &[Vec<usize>], lanes: usize) -> Option<f64> {
    let groups = match node.operator {
        Operator::Convolution { groups, .. } => groups,
        Operator::Linear => 1,
        _ => return None,
    };
    let weight = &shapes[node.inputs.get(1)?.index()];
    let (outputs, inputs) = (*weight.first()?, weight.get(1)? * groups);
    let taps: usize = weight[2..].iter().product();
    let pixels: usize = shapes[node.output.index()].get(2..)?.iter().product();
    let [forward, reverse] = if groups == 1 {
        [inputs * outputs.next_multiple_of(lanes), outputs * inputs.next_multiple_of(lanes)]
    } else {
        [inputs.next_multiple_of(lanes) * outputs / groups; 2]
    };
    Some((pixels * taps * (forward + reverse)) as f64)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_network::zoo::{Settings, find};

    use super::*;

    #[test]
    fn few_channels_make_wide_vectors_mostly_padding() {
        let share = |name: &str| {
            let graph = find(name).unwrap().build(&Settings::with_classes(10)).unwrap();
            let shapes = graph.shapes(1).unwrap();
            work(&graph, &shapes, 16) / work(&graph, &shapes, 8)
        };
        assert!(share("lenet") > WORTH_THE_WIDTH, "{}", share("lenet"));
        assert!(share("resnet18") < WORTH_THE_WIDTH, "{}", share("resnet18"));
    }

    #[test]
    fn amx_is_for_products_in_bf16() {
        assert_eq!(Precision::ALL.map(|it| Tier::Amx.in_precision(it)), [Tier::Avx512, Tier::Amx, Tier::Amx]);
        assert_eq!(Tier::Avx2.in_precision(Precision::Bf16), Tier::Avx2);
    }

    #[test]
    fn a_tier_that_was_asked_for_is_taken() {
        let graph = find("lenet").unwrap().build(&Settings::with_classes(10)).unwrap();
        let shapes = graph.shapes(1).unwrap();
        for precision in Precision::ALL {
            let fitting = |wanted| fitting(wanted, precision, &graph, &shapes);
            assert_eq!(fitting(Some(Tier::Portable)), Tier::Portable);
            assert_eq!(fitting(None).min(Tier::Avx2), Tier::best().min(Tier::Avx2));
        }
    }
}
