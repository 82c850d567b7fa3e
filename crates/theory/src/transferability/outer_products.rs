//! The mean of c a bᵀ over images: plug-in norm, unbiased square, and the leave-one-out values in closed form.
//!
//! Long because the plug-in norm, the unbiased square and the leave-one-out values share one private layout of sums.

use super::unit_deviations::{Standing, UnitDeviations};
use crate::linear::dot;
use crate::linear::product::{add_multiply_transposed, multiply};
use crate::statistics::{BootstrapWeights, CHUNK, OrderedSum, SumError};

/// Which weighted outer product is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// a bᵀ: alpha2 (paper §2.2).
    Unit,
    /// alpha1 a bᵀ: the combined measure (paper §2.3), in the form of §2.6.
    Ratio,
}

/// One restart of one image: rows of the unit vectors and the coefficient c.
#[derive(Debug, Clone, Copy)]
struct Term {
    own: usize,
    other: usize,
    coefficient: f64,
}

/// M_i = mean over restarts of c a bᵀ for the images i at which it is defined.
#[derive(Debug, Clone)]
pub(crate) struct OuterProducts<'a> {
    own: &'a [f64],
    other: &'a [f64],
    own_outputs: usize,
    other_outputs: usize,
    /// Global index of each image that takes part, rising.
    images: Vec<usize>,
    /// Terms of image k are `terms[starts[k]..starts[k + 1]]`.
    starts: Vec<usize>,
    terms: Vec<Term>,
}

impl<'a> OuterProducts<'a> {
    pub fn new(units: &'a UnitDeviations, weight: Weight, factor: impl Fn(usize) -> f64) -> Self {
        let mut products = Self {
            own: &units.own,
            other: &units.other,
            own_outputs: units.own_outputs,
            other_outputs: units.other_outputs,
            images: Vec::with_capacity(units.images),
            starts: vec![0],
            terms: Vec::with_capacity(units.standing.len()),
        };
        for image in 0..units.images {
            let first = products.terms.len();
            for sample in units.samples_of(image) {
                let coefficient = match (units.standing[sample], weight) {
                    (Standing::Complete, Weight::Unit) => Some(1.0),
                    (Standing::Complete | Standing::CrossZero, Weight::Ratio) => units.ratio(sample),
                    _ => None,
                };
                if let Some(coefficient) = coefficient {
                    products.terms.push(Term { own: sample, other: sample, coefficient: coefficient * factor(sample) });
                }
            }
            products.close_image(image, first);
        }
        products
    }

    /// a aᵀ of the attacked network: its mean is the self ceiling of alpha2.
    ///
    /// Over the samples at which the products of `weight` are defined.
    pub fn of_own(units: &'a UnitDeviations, weight: Weight) -> Self {
        let mut products = Self::new(units, weight, |_| 1.0);
        for image in 0..products.count() {
            let terms = products.starts[image]..products.starts[image + 1];
            let restarts = terms.len() as f64;
            for term in &mut products.terms[terms] {
                term.coefficient = 1.0 / restarts;
            }
        }
        products.other = &units.own;
        products.other_outputs = units.own_outputs;
        products
    }

    /// b bᵀ of the evaluated network, for the normalised alpha2.
    ///
    /// With [`Weight::Ratio`], alpha1² b bᵀ, for the normalised combined measure.
    pub fn of_other(units: &'a UnitDeviations, weight: Weight) -> Self {
        let mut products = Self::new(units, weight, |sample| match weight {
            Weight::Unit => 1.0,
            Weight::Ratio => units.ratio(sample).unwrap_or(0.0),
        });
        products.own = &units.other;
        products.own_outputs = units.other_outputs;
        products
    }

    fn close_image(&mut self, image: usize, first: usize) {
        let restarts = self.terms.len() - first;
        if restarts > 0 {
            for term in &mut self.terms[first..] {
                term.coefficient /= restarts as f64;
            }
            self.images.push(image);
            self.starts.push(self.terms.len());
        }
    }

    /// The same left vectors paired with the right vectors (and coefficients) of other images.
    pub fn paired_with(&self, permutation: &[usize]) -> Self {
        let mut products = self.clone();
        for (image, &partner) in permutation.iter().enumerate() {
            let theirs = &self.terms[self.starts[partner]..self.starts[partner + 1]];
            for (restart, term) in products.terms[self.starts[image]..self.starts[image + 1]].iter_mut().enumerate() {
                let partner_term = theirs[restart % theirs.len()];
                term.other = partner_term.other;
                term.coefficient = partner_term.coefficient;
            }
        }
        products
    }

    pub fn count(&self) -> usize {
        self.images.len()
    }

    pub fn images(&self) -> &[usize] {
        &self.images
    }

    /// d_star and d_diamond.
    pub fn outputs(&self) -> (usize, usize) {
        (self.own_outputs, self.other_outputs)
    }

    /// Most restarts that an image has.
    pub fn most_restarts(&self) -> usize {
        self.starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }

    /// a, b and c of an image of one restart (the first of several).
    pub fn only_term(&self, image: usize) -> (&[f64], &[f64], f64) {
        let term = &self.terms[self.starts[image]];
        (self.own_of(term), self.other_of(term), term.coefficient)
    }

    pub fn size(&self) -> usize {
        self.own_outputs * self.other_outputs
    }

    fn own_of(&self, term: &Term) -> &[f64] {
        &self.own[term.own * self.own_outputs..(term.own + 1) * self.own_outputs]
    }

    fn other_of(&self, term: &Term) -> &[f64] {
        &self.other[term.other * self.other_outputs..(term.other + 1) * self.other_outputs]
    }

    fn terms_of(&self, image: usize) -> &[Term] {
        &self.terms[self.starts[image]..self.starts[image + 1]]
    }

    /// Adds `factor` M_i of the image at place `image` to a matrix in row order.
    pub fn add_to(&self, matrix: &mut [f64], image: usize, factor: f64) {
        for term in self.terms_of(image) {
            let other = self.other_of(term);
            for (row, a) in matrix.chunks_exact_mut(self.other_outputs).zip(self.own_of(term)) {
                let scale = factor * term.coefficient * a;
                for (entry, b) in row.iter_mut().zip(other) {
                    *entry += scale * b;
                }
            }
        }
    }

    /// Adds the mean left and right vectors of an image: sum over restarts of a / R and c b (coefficients hold 1 / R).
    pub fn add_sides(&self, left: &mut [f64], right: &mut [f64], image: usize, factor: f64) {
        let terms = self.terms_of(image);
        for term in terms {
            for (sum, a) in left.iter_mut().zip(self.own_of(term)) {
                *sum += factor * a / terms.len() as f64;
            }
            for (sum, b) in right.iter_mut().zip(self.other_of(term)) {
                *sum += factor * term.coefficient * b;
            }
        }
    }

    /// <M_i, matrix>.
    pub fn inner(&self, matrix: &[f64], image: usize) -> f64 {
        self.terms_of(image)
            .iter()
            .map(|term| {
                let other = self.other_of(term);
                let sum: f64 = matrix
                    .chunks_exact(self.other_outputs)
                    .zip(self.own_of(term))
                    .map(|(row, a)| a * dot(row, other))
                    .sum();
                term.coefficient * sum
            })
            .sum()
    }

    /// <M_i, M_j>.
    pub fn kernel(&self, left: usize, right: usize) -> f64 {
        let mut sum = 0.0;
        for one in self.terms_of(left) {
            for two in self.terms_of(right) {
                sum += one.coefficient
                    * two.coefficient
                    * dot(self.own_of(one), self.own_of(two))
                    * dot(self.other_of(one), self.other_of(two));
            }
        }
        sum
    }

    /// Sum of M_i, of the left and of the right vectors over chunks of 64 images by global index.
    fn sums(&self) -> Result<Sums, SumError> {
        let size = self.size();
        let length = size + self.own_outputs + self.other_outputs;
        let mut sums = OrderedSum::new(length);
        let mut place = 0;
        let last = self.images.last().map_or(0, |image| image / CHUNK);
        for chunk in 0..=last {
            let mut part = vec![0.0; length];
            let (matrix, sides) = part.split_at_mut(size);
            let (left, right) = sides.split_at_mut(self.own_outputs);
            while place < self.images.len() && self.images[place] / CHUNK == chunk {
                self.add_to(matrix, place, 1.0);
                self.add_sides(left, right, place, 1.0);
                place += 1;
            }
            sums.add_chunk(chunk, part)?;
        }
        let total = sums.total()?;
        Ok(Sums {
            matrix: total[..size].to_vec(),
            left: total[size..size + self.own_outputs].to_vec(),
            right: total[size + self.own_outputs..].to_vec(),
        })
    }

    /// Everything that one pass over the images after the sum gives.
    pub fn statistics(&self) -> Result<ProductStatistics, SumError> {
        let sums = self.sums()?;
        let own_kernel: Vec<f64> = (0..self.count()).map(|image| self.kernel(image, image)).collect();
        let inner: Vec<f64> = (0..self.count()).map(|image| self.inner(&sums.matrix, image)).collect();
        Ok(ProductStatistics { total: dot(&sums.matrix, &sums.matrix), sums, inner, own_kernel })
    }

    /// |E\[M\] - E\[a\] E\[c b\]ᵀ|² (paper §7.5).
    pub fn centred_square(&self, statistics: &ProductStatistics) -> f64 {
        self.centred_of(&statistics.sums, self.count() as f64)
    }

    /// a - E\[a\] and c b - E\[c b\] of every term: their products are those of the centred measure.
    pub fn centred_vectors(&self, statistics: &ProductStatistics) -> CentredVectors {
        let count = self.count() as f64;
        let mut own = Vec::with_capacity(self.terms.len() * self.own_outputs);
        let mut other = Vec::with_capacity(self.terms.len() * self.other_outputs);
        for image in 0..self.count() {
            let terms = self.terms_of(image);
            for term in terms {
                let scale = term.coefficient * terms.len() as f64;
                own.extend(self.own_of(term).iter().zip(&statistics.sums.left).map(|(a, sum)| a - sum / count));
                other.extend(
                    self.other_of(term).iter().zip(&statistics.sums.right).map(|(b, sum)| scale * b - sum / count),
                );
            }
        }
        CentredVectors { own, other }
    }

    /// The same images and restarts with centred vectors.
    pub fn with_centred<'b>(&self, vectors: &'b CentredVectors) -> OuterProducts<'b> {
        let mut terms = self.terms.clone();
        for image in 0..self.count() {
            let range = self.starts[image]..self.starts[image + 1];
            let restarts = range.len() as f64;
            for place in range {
                terms[place] = Term { own: place, other: place, coefficient: 1.0 / restarts };
            }
        }
        OuterProducts {
            own: &vectors.own,
            other: &vectors.other,
            own_outputs: self.own_outputs,
            other_outputs: self.other_outputs,
            images: self.images.clone(),
            starts: self.starts.clone(),
            terms,
        }
    }

    /// (U* - U)/se* for bootstrap replicates of the unbiased square, and se of the sample itself (paper §7.6).
    ///
    /// Both errors are those of the leading term, 2 sd(r_i/(N - 1))/sqrt(N). Replicates without spread are left out.
    pub fn bootstrap(&self, statistics: &ProductStatistics, replicates: usize, seed: u64) -> Option<(Vec<f64>, f64)> {
        let (count, size) = (self.count(), self.size());
        // One row an image: sums under other weights, and the products with them, are then two matrix products.
        let mut rows = vec![0.0; count * size];
        for (image, row) in rows.chunks_exact_mut(size).enumerate() {
            self.add_to(row, image, 1.0);
        }
        let own_kernel = &statistics.own_kernel;
        let weighted = |weights: &[f64], inner: &[f64]| weighted_square(weights, inner, own_kernel);
        let ones = vec![1.0; count];
        let (whole, error) = weighted(&ones, &statistics.inner)?;
        let mut draws = BootstrapWeights::new(count, seed);
        let mut studentised = Vec::with_capacity(replicates);
        let mut done = 0;
        while done < replicates {
            let batch = REPLICATES_AT_ONCE.min(replicates - done);
            let weights: Vec<f64> = (0..batch).flat_map(|_| draws.draw().to_vec()).collect();
            let mut sums = vec![0.0; batch * size];
            multiply(&weights, &rows, (batch, count, size), &mut sums);
            let mut inner = vec![0.0; batch * count];
            add_multiply_transposed(&sums, &rows, (batch, size, count), &mut inner);
            for (weights, inner) in weights.chunks_exact(count).zip(inner.chunks_exact(count)) {
                if let Some((square, spread)) = weighted(weights, inner)
                    && spread > 1e-9 * error
                {
                    studentised.push((square - whole) / spread);
                }
            }
            done += batch;
        }
        Some((studentised, error))
    }

    /// |E\[M\]|² and the centred square alone.
    pub fn squares(&self) -> Result<(f64, f64), SumError> {
        let sums = self.sums()?;
        let count = self.count() as f64;
        let square = dot(&sums.matrix, &sums.matrix) / (count * count);
        Ok((square, self.centred_of(&sums, count)))
    }

    fn centred_of(&self, sums: &Sums, count: f64) -> f64 {
        let mut square = 0.0;
        for (row, a) in sums.matrix.chunks_exact(self.other_outputs).zip(&sums.left) {
            for (entry, b) in row.iter().zip(&sums.right) {
                square += (entry - a * b / count).powi(2);
            }
        }
        square / (count * count)
    }
}

/// Replicates whose sums are one matrix product: enough for its kernels to be busy, few enough for the cache.
const REPLICATES_AT_ONCE: usize = 64;

/// The unbiased square of a weighted sample, pairs of an image with itself left out, and its leading-term error, from
/// t_i = <M_i, sum w_j M_j> and q_i = <M_i, M_i>.
fn weighted_square(weights: &[f64], inner: &[f64], own_kernel: &[f64]) -> Option<(f64, f64)> {
    let count = weights.len() as f64;
    let rows: Vec<f64> = weights
        .iter()
        .zip(inner.iter().zip(own_kernel))
        .map(|(weight, (t, q))| {
            let others = count - weight;
            if *weight > 0.0 && others > 0.0 { (t - weight * q) / others } else { 0.0 }
        })
        .collect();
    let pairs = count * count - weights.iter().map(|weight| weight * weight).sum::<f64>();
    if pairs <= 0.0 {
        return None;
    }
    let sum: f64 = weights.iter().zip(&rows).map(|(weight, row)| weight * (count - weight) * row).sum();
    let mean = weights.iter().zip(&rows).map(|(w, r)| w * r).sum::<f64>() / count;
    let squares: f64 = weights.iter().zip(&rows).map(|(w, r)| w * (r - mean).powi(2)).sum();
    Some((sum / pairs, 2.0 * (squares / count / (count - 1.0)).sqrt()))
}

/// Owned vectors of the centred measure, one row per term.
#[derive(Debug, Clone)]
pub(crate) struct CentredVectors {
    own: Vec<f64>,
    other: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Sums {
    matrix: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
}

/// N, T = |sum M_i|², t_i = <M_i, sum M_j> and q_i = |M_i|² (paper §7).
#[derive(Debug, Clone)]
pub(crate) struct ProductStatistics {
    sums: Sums,
    total: f64,
    inner: Vec<f64>,
    own_kernel: Vec<f64>,
}

impl ProductStatistics {
    pub fn count(&self) -> f64 {
        self.inner.len() as f64
    }

    /// T / N² (paper §7.1), biased up.
    pub fn plug_in_squared(&self) -> f64 {
        self.total / self.count().powi(2)
    }

    fn own_total(&self) -> f64 {
        self.own_kernel.iter().sum()
    }

    /// (T - sum q_i) / (N (N - 1)) (paper §7.2, §7.3), undefined for N < 2.
    pub fn unbiased_squared(&self) -> Option<f64> {
        let count = self.count();
        (count > 1.0).then(|| (self.total - self.own_total()) / (count * (count - 1.0)))
    }

    /// The unbiased square without each image in turn (paper §7.4), undefined for N < 3.
    pub fn leave_one_out(&self) -> Option<Vec<f64>> {
        let count = self.count();
        let own_total = self.own_total();
        (count > 2.0).then(|| {
            self.inner
                .iter()
                .zip(&self.own_kernel)
                .map(|(t, q)| (self.total - 2.0 * t + q - (own_total - q)) / ((count - 1.0) * (count - 2.0)))
                .collect()
        })
    }

    /// Unbiased estimate of the variance of the unbiased square; `None` below four images. See [`variance_of_square`].
    pub fn variance(&self, kernel_second_moment: f64) -> Option<f64> {
        let rows: f64 = self.inner.iter().zip(&self.own_kernel).map(|(t, q)| (t - q) * (t - q)).sum();
        variance_of_square(self.count(), self.unbiased_squared()?, kernel_second_moment, rows)
    }

    /// Mean of <M_i, M_i>.
    pub fn mean_own_kernel(&self) -> f64 {
        self.own_total() / self.count()
    }

    /// See [`degenerate_variance`].
    pub fn degenerate_variance(&self, kernel_second_moment: f64) -> f64 {
        degenerate_variance(self.count(), self.unbiased_squared().unwrap_or(0.0), kernel_second_moment)
    }
}

/// Unbiased estimate of the variance of the unbiased square U, from the second moment of the kernel and `rows`, the sum of
/// (t_i - q_i)².
///
/// U² - (unbiased estimate of theta², the mean of h_ij h_kl over distinct i, j, k, l). In contrast to the jackknife
/// it stays right where theta is zero and U is degenerate (there the jackknife is twice too large). Never below the
/// variance 2 Var(h)/(N (N-1)) of the degenerate case. `None` below four images.
pub(crate) fn variance_of_square(count: f64, unbiased: f64, kernel_second_moment: f64, rows: f64) -> Option<f64> {
    if count < 4.0 {
        return None;
    }
    let pairs = count * (count - 1.0);
    let squares = kernel_second_moment * pairs;
    let triples = rows - squares;
    let quadruples = (unbiased * pairs).powi(2) - 4.0 * triples - 2.0 * squares;
    let variance = unbiased * unbiased - quadruples / (pairs * (count - 2.0) * (count - 3.0));
    Some(variance.max(degenerate_variance(count, unbiased, kernel_second_moment)))
}

/// 2 Var(h)/(N (N-1)), the variance of the unbiased square where the measure is zero.
pub(crate) fn degenerate_variance(count: f64, unbiased: f64, kernel_second_moment: f64) -> f64 {
    2.0 * (kernel_second_moment - unbiased * unbiased).max(0.0) / (count * (count - 1.0))
}
