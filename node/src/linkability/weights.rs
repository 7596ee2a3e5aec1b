//! How much each comparison counts beside the others: logistic regression, so that what two of them say alike is not counted
//! twice.

use super::evidence::COUNT;

/// One for each comparison, and a constant.
pub(super) const TERMS: usize = COUNT + 1;
/// Steps of Newton's method: it has settled long before.
const STEPS: usize = 12;
/// Pulls the weights a little towards zero, so that they exist for any sample.
const RIDGE: f64 = 1.0;

/// A pair: what each comparison says, then 1; and whether one trader sent both.
pub(super) type Example = ([f64; TERMS], bool);

/// The weights under which the examples are most likely.
pub(super) fn fit(examples: &[Example]) -> [f64; TERMS] {
    let mut weights = [0.0; TERMS];
    for _ in 0..STEPS {
        let mut slope = weights.map(|weight| -RIDGE * weight);
        let mut curvature = [[0.0; TERMS]; TERMS];
        for (terms, is_same) in examples {
            let likely = 1.0 / (1.0 + (-dot(&weights, terms)).exp());
            let missed = f64::from(u8::from(*is_same)) - likely;
            let spread = likely * (1.0 - likely);
            for row in 0..TERMS {
                slope[row] += missed * terms[row];
                for column in 0..TERMS {
                    curvature[row][column] += spread * terms[row] * terms[column];
                }
            }
        }
        for (index, row) in curvature.iter_mut().enumerate() {
            row[index] += RIDGE;
        }
        let step = solve(curvature, slope);
        for (weight, change) in weights.iter_mut().zip(step) {
            *weight += change;
        }
    }
    weights
}

/// The weighted sum.
pub(super) fn dot(weights: &[f64; TERMS], terms: &[f64; TERMS]) -> f64 {
    weights
        .iter()
        .zip(terms)
        .map(|(weight, term)| weight * term)
        .sum()
}

/// Solves a system whose matrix is positive definite, by elimination: no pivot is zero.
fn solve(mut matrix: [[f64; TERMS]; TERMS], mut right: [f64; TERMS]) -> [f64; TERMS] {
    for pivot in 0..TERMS {
        let head = matrix[pivot];
        for row in pivot + 1..TERMS {
            let factor = matrix[row][pivot] / head[pivot];
            for (cell, above) in matrix[row].iter_mut().zip(head).skip(pivot) {
                *cell -= factor * above;
            }
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS)
            .map(|column| matrix[row][column] * right[column])
            .sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telling_term_counts_and_an_idle_one_does_not() {
        let mut examples = Vec::new();
        for index in 0..4_000 {
            let mut terms = [0.0; TERMS];
            terms[TERMS - 1] = 1.0;
            terms[0] = f64::from(u8::from(index % 2 == 0));
            terms[1] = f64::from(u8::from(index % 4 < 2));
            // Three of four with the first term are the same trader's, one of four without.
            let is_same = (index / 4 % 4 != 0) == (index % 2 == 0);
            examples.push((terms, is_same));
        }
        let weights = fit(&examples);
        // The odds are three to one against one to three: nine, whose logarithm is 2.197.
        assert!((weights[0] - 2.197).abs() < 0.05, "{weights:?}");
        assert!(weights[1].abs() < 0.05, "{weights:?}");
    }
}
