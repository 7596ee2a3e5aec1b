//! Allocates variables and enforces constraints.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};

use super::Linear;

/// The names of a circuit's clauses with the number of the first constraint of each, in order.
pub(crate) type Clauses = Vec<(usize, &'static str)>;

/// A constraint system under construction.
pub(crate) struct Builder {
    system: ConstraintSystemRef<Fr>,
    /// False when a prover who keeps the matrices asks for the assignment alone.
    with_terms: bool,
    clauses: Clauses,
}

impl Builder {
    /// Builds into `system`.
    pub fn new(system: ConstraintSystemRef<Fr>) -> Self {
        let with_terms = system.should_construct_matrices();
        Self {
            system,
            with_terms,
            clauses: Vec::new(),
        }
    }

    /// Names the clause to which the next constraints belong.
    pub fn clause(&mut self, name: &'static str) {
        self.clauses.push((self.system.num_constraints(), name));
    }

    /// The clauses so far.
    pub fn into_clauses(self) -> Clauses {
        self.clauses
    }

    /// The next public input.
    pub fn public(&mut self, value: Fr) -> Result<Linear, SynthesisError> {
        let variable = self.system.new_input_variable(|| Ok(value))?;
        Ok(Linear::variable(variable, value, self.with_terms))
    }

    /// A new witness variable, free until constrained.
    pub fn witness(&mut self, value: Fr) -> Result<Linear, SynthesisError> {
        let variable = self.system.new_witness_variable(|| Ok(value))?;
        Ok(Linear::variable(variable, value, self.with_terms))
    }

    /// A new witness variable that is 0 or 1.
    pub fn boolean(&mut self, value: Fr) -> Result<Linear, SynthesisError> {
        let bit = self.witness(value)?;
        self.enforce_boolean(&bit)?;
        Ok(bit)
    }

    /// `bit` is 0 or 1.
    pub fn enforce_boolean(&mut self, bit: &Linear) -> Result<(), SynthesisError> {
        self.enforce(
            &bit.plus_constant(-Fr::ONE),
            bit,
            &Linear::constant(Fr::ZERO),
        )
    }

    /// The product `a * b`: one constraint, one variable.
    ///
    /// Every variable in `b` costs the prover a point of the second group, which is dear: put the
    /// combination with more variables of its own into `a`.
    pub fn product(&mut self, a: &Linear, b: &Linear) -> Result<Linear, SynthesisError> {
        let product = self.witness(a.value * b.value)?;
        self.enforce(a, b, &product)?;
        Ok(product)
    }

    /// `a * b = c`.
    pub fn enforce(&mut self, a: &Linear, b: &Linear, c: &Linear) -> Result<(), SynthesisError> {
        self.system.enforce_r1cs_constraint(
            || a.combination(),
            || b.combination(),
            || c.combination(),
        )
    }

    /// `a = b`.
    pub fn enforce_equal(&mut self, a: &Linear, b: &Linear) -> Result<(), SynthesisError> {
        let one = Linear::constant(Fr::ONE);
        self.enforce(&a.minus(b), &one, &Linear::constant(Fr::ZERO))
    }

    /// `a = b` unless `condition` is zero.
    pub fn enforce_equal_if(
        &mut self,
        condition: &Linear,
        a: &Linear,
        b: &Linear,
    ) -> Result<(), SynthesisError> {
        self.enforce(&a.minus(b), condition, &Linear::constant(Fr::ZERO))
    }
}
