//! The studies of this repository, by name: what `init` starts from, and what `demo` runs.

/// Name and text of each.
pub const PUBLISHED_STUDIES: [(&str, &str); 6] = [
    ("demo", include_str!("../../../../studies/demo.toml")),
    ("architectures", include_str!("../../../../studies/architectures.toml")),
    ("class-mix", include_str!("../../../../studies/class-mix.toml")),
    ("source-ladder", include_str!("../../../../studies/source-ladder.toml")),
    ("text-siblings", include_str!("../../../../studies/text-siblings.toml")),
    ("text-sources", include_str!("../../../../studies/text-sources.toml")),
];

/// The text of a study, commented.
///
/// ```
/// let demo = transferscope_study::experiments::published_study("demo").ok_or("it is there")?;
/// assert!(demo.contains("[endpoint]"));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn published_study(name: &str) -> Option<&'static str> {
    PUBLISHED_STUDIES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;
    use crate::plan::{Claim, EndpointStatistic, parse};

    /// Every study, with every profile it has, is one that can be run; the designs keep what was promised of them.
    #[test]
    fn every_study_and_profile_is_checked() {
        for (name, text) in PUBLISHED_STUDIES {
            let plain = parse(name, text, None, &[]).unwrap_or_else(|error| panic!("{error}"));
            assert!(plain.study.seeds.len() >= 3, "{name}");
            assert!(plain.study.attack.eps.len() >= 3, "{name}: alpha is shown against eps");
            // The sets of sentences are the paper's own, and its networks of them are larger than any profile's.
            let profiles: &[&str] = match name {
                "demo" => &[],
                "text-sources" | "text-siblings" => &["quick"],
                _ => &["quick", "paper"],
            };
            if !profiles.is_empty() {
                let is_text = plain.study.reading.is_some();
                assert!(plain.study.stand_in.is_some() || is_text, "{name}: the stand-in is said");
                for profile in profiles {
                    let parsed = parse(name, text, Some(profile), &[]).unwrap_or_else(|error| panic!("{error}"));
                    assert!(parsed.study.seeds.len() >= 3, "{name} {profile}: seeds are never cut");
                }
            }
        }
        let study = |name| parse(name, published_study(name).unwrap(), None, &[]).unwrap().study;
        let ladder = study("source-ladder");
        assert_eq!(ladder.sources.iter().filter(|source| !source.control).count(), 12);
        assert_eq!(ladder.sources.iter().filter(|source| source.control).count(), 3);
        let texts = study("text-sources");
        assert_eq!(texts.sources.iter().filter(|source| !source.control).count(), 10);
        let is_control = |name: &str| texts.sources.iter().any(|source| source.name == name && source.control);
        assert!(is_control("sst2-bag") && is_control("mr-bag"), "they are made of the target's own sentences");
        let siblings = study("text-siblings");
        let of = |control: bool| siblings.sources.iter().filter(move |source| source.control == control);
        assert!(of(false).count() == 8 && of(false).all(|source| source.network == "minilm-l6"));
        assert!(of(true).any(|source| source.untrained) && of(true).any(|source| source.network == "bert"));
        let mix = study("class-mix");
        assert_eq!((mix.endpoint.statistic, mix.tasks.len()), (EndpointStatistic::Crossover, 2));
        assert_eq!(study("architectures").claim, Claim::AdversarialToKnowledge);
    }
}
