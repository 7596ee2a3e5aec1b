//! Which implementation runs.

use ark_bls12_381::{g1, g2};
use ark_ec::short_weierstrass::SWCurveConfig;

use super::batch::Scratch;
use super::doubling::{self, double_all};
use super::lanes::{Lanes, Point, Stored};
use super::portable::Single;

/// An implementation of the additions of one curve.
pub(crate) trait Engine<P: SWCurveConfig>: Send + Sync + 'static {
    /// A coordinate in memory.
    type Stored: Stored<Ark = P::BaseField>;
    /// Coordinates side by side.
    type Lanes: Lanes<Stored = Self::Stored>;
    /// Most points that [`double_all`](Self::double_all) takes.
    const DOUBLED: usize = doubling::VECTORS * Self::Lanes::COUNT;

    /// [`Scratch::add`].
    fn add_batch(table: &[Point<Self::Stored>], scratch: &mut Scratch<Self::Lanes>) -> bool;
    /// Doubles each point `times` times; `false` if that leads to the identity.
    fn double_all(points: &mut [Point<Self::Stored>], times: u32) -> bool;
}

/// An implementation for both groups.
pub(crate) trait Engines: Engine<g1::Config> + Engine<g2::Config> {
    /// Its name.
    const NAME: &'static str;
}

/// The library's arithmetic, on every processor.
pub(crate) enum Portable {}

impl Engines for Portable {
    const NAME: &'static str = "portable";
}

impl<P> Engine<P> for Portable
where
    P: SWCurveConfig,
    P::BaseField: Stored<Ark = P::BaseField>,
{
    type Stored = P::BaseField;
    type Lanes = Single<P::BaseField>;

    fn add_batch(table: &[Point<P::BaseField>], scratch: &mut Scratch<Self::Lanes>) -> bool {
        scratch.add(table)
    }

    fn double_all(points: &mut [Point<P::BaseField>], times: u32) -> bool {
        double_all::<P, Self::Lanes>(points, times)
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use vector::Vector;

#[cfg(target_arch = "x86_64")]
mod vector {
    //! The entries to the vector unit: nothing else makes its values.
    #![allow(unsafe_code)]

    use super::super::extension::{Pair, Quadratic};
    use super::super::ifma::{Eight, Limbs, is_available};
    use super::{Engine, Engines, Point, Scratch, double_all, g1, g2};

    /// Eight lanes on AVX-512 IFMA. Its functions panic on a processor without.
    pub(crate) enum Vector {}

    impl Engines for Vector {
        const NAME: &'static str = "avx512-ifma";
    }

    /// Instantiates the generic code where the compiler may use the extension, so that it inlines the lanes' operations.
    macro_rules! entries {
        ($curve:ty, $lanes:ty, $stored:ty) => {
            impl Engine<$curve> for Vector {
                type Stored = $stored;
                type Lanes = $lanes;

                fn add_batch(table: &[Point<$stored>], scratch: &mut Scratch<$lanes>) -> bool {
                    #[target_feature(enable = "avx512f,avx512ifma")]
                    fn entry(table: &[Point<$stored>], scratch: &mut Scratch<$lanes>) -> bool {
                        scratch.add(table)
                    }
                    assert!(is_available(), "chosen only where it is");
                    // SAFETY: the processor has the extension, as just asserted.
                    unsafe { entry(table, scratch) }
                }

                fn double_all(points: &mut [Point<$stored>], times: u32) -> bool {
                    #[target_feature(enable = "avx512f,avx512ifma")]
                    fn entry(points: &mut [Point<$stored>], times: u32) -> bool {
                        double_all::<$curve, $lanes>(points, times)
                    }
                    assert!(is_available(), "chosen only where it is");
                    // SAFETY: the processor has the extension, as just asserted.
                    unsafe { entry(points, times) }
                }
            }
        };
    }

    entries!(g1::Config, Eight, Limbs);
    entries!(g2::Config, Quadratic<Eight>, Pair<Limbs>);
}

/// Whether the vector unit is there.
pub(crate) fn has_vector() -> bool {
    #[cfg(target_arch = "x86_64")]
    return super::ifma::is_available();
    #[cfg(not(target_arch = "x86_64"))]
    false
}
