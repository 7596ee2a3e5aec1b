//! Jubjub as constraints: the complete addition law and the doubling, without division.
//!
//! The curve is `-x^2 + y^2 = 1 + d*x^2*y^2`. Since -1 is a square in the field and d is not, the law
//!
//! ```text
//! x3 = (x1*y2 + y1*x2) / (1 + d*x1*x2*y1*y2)      y3 = (y1*y2 + x1*x2) / (1 - d*x1*x2*y1*y2)
//! ```
//!
//! is complete (Bernstein and Lange, "Faster addition and doubling on elliptic curves", 2007,
//! theorem 3.3): for any two points of the curve, equal, opposite or neutral, both denominators
//! differ from zero. So the sum's coordinates can be witnesses multiplied by the denominators, and
//! there is exactly one value for each. All of this presupposes points of the curve: a constant, a
//! result of these functions, or a public input that the verifier has checked.

use ark_bls12_381::Fr;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bls12_381::{EdwardsAffine, JubjubConfig};
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::{Builder, Linear};

/// The curve's constant d.
const D: Fr = <JubjubConfig as TECurveConfig>::COEFF_D;

/// A point by its two coordinates.
#[derive(Clone)]
pub(crate) struct Affine {
    pub x: Linear,
    pub y: Linear,
}

impl Affine {
    /// The sum: 6 constraints.
    ///
    /// The coordinates of `self` stand in second factors, which is dear for the prover: take the
    /// point whose coordinates are single variables.
    pub fn plus(&self, builder: &mut Builder, other: &Self) -> Result<Self, SynthesisError> {
        Quotients::of_sum(builder, self, other)?.point(builder)
    }

    /// `self + other = sum`: 6 constraints.
    pub fn enforce_sum(
        &self,
        builder: &mut Builder,
        other: &Self,
        sum: &Self,
    ) -> Result<(), SynthesisError> {
        Quotients::of_sum(builder, self, other)?.enforce(builder, sum)
    }

    /// The double: 5 constraints. With the curve's equation the denominators of the law become
    /// `y^2 - x^2` and `2 - y^2 + x^2`.
    pub fn double(&self, builder: &mut Builder) -> Result<Self, SynthesisError> {
        let xy = builder.product(&self.x, &self.y)?;
        let xx = builder.product(&self.x, &self.x)?;
        let yy = builder.product(&self.y, &self.y)?;
        let difference = yy.minus(&xx);
        let double = Quotients {
            numerators: [xy.plus(&xy), yy.plus(&xx)],
            denominators: [
                difference.clone(),
                Linear::constant(Fr::from(2_u64)).minus(&difference),
            ],
        };
        double.point(builder)
    }
}

impl From<&EdwardsAffine> for Affine {
    fn from(point: &EdwardsAffine) -> Self {
        Self {
            x: Linear::constant(point.x),
            y: Linear::constant(point.y),
        }
    }
}

/// Two coordinates as fractions.
struct Quotients {
    numerators: [Linear; 2],
    denominators: [Linear; 2],
}

impl Quotients {
    /// The sum of two points: 4 constraints.
    fn of_sum(builder: &mut Builder, p: &Affine, q: &Affine) -> Result<Self, SynthesisError> {
        let yx = builder.product(&q.y, &p.x)?;
        let xy = builder.product(&q.x, &p.y)?;
        let all = builder.product(&q.x.plus(&q.y), &p.x.plus(&p.y))?;
        let four = builder.product(&yx, &xy)?;
        let crossed = yx.plus(&xy);
        let mut below = [Linear::constant(Fr::ONE), Linear::constant(Fr::ONE)];
        below[0].add_scaled(D, &four);
        below[1].add_scaled(-D, &four);
        Ok(Self {
            numerators: [crossed.clone(), all.minus(&crossed)],
            denominators: below,
        })
    }

    /// The point as two new variables: 2 constraints.
    fn point(&self, builder: &mut Builder) -> Result<Affine, SynthesisError> {
        let [dx, dy] = [&self.denominators[0].value, &self.denominators[1].value];
        // One inversion for both. No denominator of curve points is zero; for others the
        // constraints fail whatever is assigned here.
        let inverse = (*dx * dy).inverse().unwrap_or(Fr::ZERO);
        let point = Affine {
            x: builder.witness(self.numerators[0].value * inverse * dy)?,
            y: builder.witness(self.numerators[1].value * inverse * dx)?,
        };
        self.enforce(builder, &point)?;
        Ok(point)
    }

    /// These are the coordinates of `point`: 2 constraints.
    fn enforce(&self, builder: &mut Builder, point: &Affine) -> Result<(), SynthesisError> {
        let [dx, dy] = &self.denominators;
        let [nx, ny] = &self.numerators;
        builder.enforce(dx, &point.x, nx)?;
        builder.enforce(dy, &point.y, ny)
    }
}

#[cfg(test)]
mod tests;
