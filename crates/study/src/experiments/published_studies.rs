//! The studies of this repository, by name: what `init` starts from, and what `demo` runs.

/// Name and text of each.
pub const PUBLISHED_STUDIES: [(&str, &str); 4] = [
    ("demo", include_str!("../../../../studies/demo.toml")),
    ("architectures", include_str!("../../../../studies/architectures.toml")),
    ("class-mix", include_str!("../../../../studies/class-mix.toml")),
    ("source-ladder", include_str!("../../../../studies/source-ladder.toml")),
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
            if name != "demo" {
                assert!(plain.study.stand_in.is_some(), "{name}: the stand-in is said");
                for profile in ["quick", "paper"] {
                    let parsed = parse(name, text, Some(profile), &[]).unwrap_or_else(|error| panic!("{error}"));
                    assert!(parsed.study.seeds.len() >= 3, "{name} {profile}: seeds are never cut");
                }
            }
        }
        let study = |name| parse(name, published_study(name).unwrap(), None, &[]).unwrap().study;
        let ladder = study("source-ladder");
        assert_eq!(ladder.sources.iter().filter(|source| !source.control).count(), 12);
        assert_eq!(ladder.sources.iter().filter(|source| source.control).count(), 3);
        let mix = study("class-mix");
        assert_eq!((mix.endpoint.statistic, mix.tasks.len()), (EndpointStatistic::Crossover, 2));
        assert_eq!(study("architectures").claim, Claim::AdversarialToKnowledge);
    }
}
