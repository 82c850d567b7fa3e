//! The curves of the page as inline SVG.

use kuva::{
    plot::{LinePlot, LineStyle},
    render::{layout::Layout, plots::Plot},
    render_to_svg,
};

use super::super::{SyntheticResult, SyntheticRow};

/// One curve: its name, its colour, and its value in a row; chance levels are dashed.
struct Curve {
    name: &'static str,
    colour: &'static str,
    dashed: bool,
    value: fn(&SyntheticRow) -> Option<f64>,
}

/// Colours that stay apart for colour-blind eyes (Okabe and Ito).
const BLUE: &str = "#0072B2";
const VERMILION: &str = "#D55E00";
const GREEN: &str = "#009E73";
const PURPLE: &str = "#CC79A7";
const GREY: &str = "#666666";

const fn solid(name: &'static str, colour: &'static str, value: fn(&SyntheticRow) -> Option<f64>) -> Curve {
    Curve { name, colour, dashed: false, value }
}

const fn chance(name: &'static str, value: fn(&SyntheticRow) -> Option<f64>) -> Curve {
    Curve { name, colour: GREY, dashed: true, value }
}

const ALPHA1: &[Curve] = &[
    solid("alpha1 S->T", BLUE, |row| Some(row.alpha1_s_to_t)),
    solid("alpha1 T->S", VERMILION, |row| Some(row.alpha1_t_to_s)),
    chance("chance (rank one)", |row| Some(row.chance.alpha1_rank_one)),
];
const ALPHA2: &[Curve] = &[
    solid("alpha2 S->T", BLUE, |row| Some(row.alpha2_s_to_t)),
    solid("alpha2 T->S", VERMILION, |row| Some(row.alpha2_t_to_s)),
    solid("combined S->T", GREEN, |row| Some(row.combined_s_to_t)),
    solid("combined T->S", PURPLE, |row| Some(row.combined_t_to_s)),
    chance("chance of alpha2", |row| Some(row.chance.alpha2)),
];
const LOSS: &[Curve] = &[
    solid("loss of the source", BLUE, |row| Some(row.loss_source)),
    solid("the same, held out", GREEN, |row| Some(row.knowledge_transfer.on_features_held_out.distance)),
    solid("loss of the target", VERMILION, |row| Some(row.loss_target)),
    solid("gradient matching (T|S)", PURPLE, |row| Some(row.gradient_matching)),
    solid("function matching (T|S)", GREY, |row| Some(row.matching.function.t_given_s.distance)),
];
const CHAIN: &[Curve] = &[
    solid("combined T->S", PURPLE, |row| Some(row.combined_t_to_s)),
    solid("gradient R² (T|S)", BLUE, |row| row.matching.gradient.t_given_s.r2),
    solid("function R² (T|S)", GREEN, |row| row.matching.function.t_given_s.r2),
    solid("transfer R², held out", VERMILION, |row| row.knowledge_transfer.on_outputs_held_out.r2),
];

/// Title and picture of each set of curves, against the cumulative perturbation.
pub(super) fn curves(result: &SyntheticResult) -> Vec<(&'static str, String)> {
    [
        ("How far an attack reaches: alpha1", ALPHA1),
        ("Whether it pushes the same way: alpha2 and combined", ALPHA2),
        ("Loss and distances", LOSS),
        ("The chain: alphas, gradients, functions, knowledge", CHAIN),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (title, set))| (title, picture(result, set, index)))
    .collect()
}

fn picture(result: &SyntheticResult, set: &[Curve], index: usize) -> String {
    let plots: Vec<Plot> = set
        .iter()
        .map(|curve| {
            let points: Vec<(f64, f64)> =
                result.rows.iter().filter_map(|row| Some((row.cumulative, (curve.value)(row)?))).collect();
            let line = LinePlot::new()
                .with_data(points)
                .with_color(curve.colour)
                .with_stroke_width(2.0)
                .with_line_style(if curve.dashed { LineStyle::Dashed } else { LineStyle::Solid })
                .with_legend(curve.name);
            Plot::Line(line)
        })
        .collect();
    let layout = Layout::auto_from_plots(&plots)
        .with_width(560.0)
        .with_height(300.0)
        .with_x_label("cumulative perturbation")
        .with_y_axis_min(0.0);
    let svg = render_to_svg(plots, layout);
    // Inside a page the picture has no prologue of its own.
    let svg = svg.find("<svg").map_or("", |start| &svg[start..]);
    named_by(&scalable(svg), &format!("clip-{}-{index}", result.level))
}

/// With a view box the picture shrinks with the page; with width and height alone a narrow page would cut it off.
fn scalable(svg: &str) -> String {
    let attribute = |name: &str| {
        let tag = svg.split_once('>')?.0;
        let value = tag.split_once(&format!(" {name}=\""))?.1;
        Some(value.split_once('"')?.0.to_owned())
    };
    match (attribute("width"), attribute("height"), attribute("viewBox")) {
        (Some(width), Some(height), None) => svg.replacen("<svg", &format!("<svg viewBox=\"0 0 {width} {height}\""), 1),
        _ => svg.to_owned(),
    }
}

/// The library numbers its clip paths over the whole process; here they are named by level and picture, so that the same
/// results give the same bytes.
fn named_by(svg: &str, name: &str) -> String {
    let Some((_, rest)) = svg.split_once("id=\"kuva-clip-") else { return svg.to_owned() };
    match rest.split_once('"') {
        Some((number, _)) => svg.replace(&format!("kuva-clip-{number}"), name),
        None => svg.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{named_by, scalable};

    #[test]
    fn a_picture_gets_the_view_box_of_its_size_once() {
        let sized = r#"<svg xmlns="x" width="56" height="30"><g/></svg>"#;
        let boxed = r#"<svg viewBox="0 0 56 30" xmlns="x" width="56" height="30"><g/></svg>"#;
        assert_eq!(scalable(sized), boxed);
        assert_eq!(scalable(boxed), boxed);
    }

    #[test]
    fn clip_paths_are_named_by_the_page() {
        let svg = r#"<svg><clipPath id="kuva-clip-17"/><g clip-path="url(#kuva-clip-17)"/></svg>"#;
        assert_eq!(named_by(svg, "one"), r#"<svg><clipPath id="one"/><g clip-path="url(#one)"/></svg>"#);
    }
}
