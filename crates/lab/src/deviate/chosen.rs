//! A part of what a run over a pair gave: some of its images, some of its restarts.

use super::{Deviated, Rows, Sizes};

impl Deviated {
    /// The images at these places (in this order) with these of their restarts. Jacobian sums and kept images, which
    /// belong to all images, are left out; the counts of zero gradients are those of all images.
    ///
    /// Places and restarts that there are not are passed over.
    #[must_use]
    pub fn chosen(&self, places: &[usize], restarts: &[usize]) -> Self {
        let places: Vec<usize> = places.iter().copied().filter(|&place| place < self.ids.len()).collect();
        let restarts: Vec<usize> = restarts.iter().copied().filter(|&restart| restart < self.restarts).collect();
        let perturbed: Vec<usize> = places
            .iter()
            .flat_map(|place| restarts.iter().map(move |restart| place * self.restarts + restart))
            .collect();
        let rows = |rows: &Rows, at: &[usize]| match rows.count() {
            0 => rows.clone(),
            _ => Rows { width: rows.width, values: at.iter().flat_map(|&row| rows.row(row).iter().copied()).collect() },
        };
        let sizes = |sizes: &Sizes| Sizes { linf: picked(&sizes.linf, &perturbed), l2: picked(&sizes.l2, &perturbed) };
        Self {
            ids: picked(&self.ids, &places),
            labels: self.labels.as_ref().map(|labels| picked(labels, &places)),
            filtered: self.filtered + self.ids.len() - places.len(),
            restarts: restarts.len(),
            source_clean: rows(&self.source_clean, &places),
            target_clean: rows(&self.target_clean, &places),
            source_prediction: picked(&self.source_prediction, &places),
            target_prediction: picked(&self.target_prediction, &places),
            source_under_source: rows(&self.source_under_source, &perturbed),
            target_under_source: rows(&self.target_under_source, &perturbed),
            target_under_target: rows(&self.target_under_target, &perturbed),
            source_under_target: rows(&self.source_under_target, &perturbed),
            source_under_noise: rows(&self.source_under_noise, &perturbed),
            target_under_noise: rows(&self.target_under_noise, &perturbed),
            source_prediction_under: self.source_prediction_under.each_ref().map(|all| picked(all, &perturbed)),
            target_prediction_under: self.target_prediction_under.each_ref().map(|all| picked(all, &perturbed)),
            source_attack_sizes: sizes(&self.source_attack_sizes),
            target_attack_sizes: sizes(&self.target_attack_sizes),
            zero_gradients: self.zero_gradients,
            top_values: self.top_values.each_ref().map(|all| picked(all, &places)),
            gaps: self.gaps.each_ref().map(|all| picked(all, &places)),
            perturbed: [Vec::new(), Vec::new()],
            moments: None,
        }
    }
}

fn picked<T: Copy>(all: &[T], at: &[usize]) -> Vec<T> {
    at.iter().filter_map(|&place| all.get(place).copied()).collect()
}
