//! Made-up data with the shape of real ones: for tests alone, nothing here was measured.

mod bench;
mod replay;

pub use bench::{bench, empty_bench};
pub use replay::{empty_record, record, replay};

use tally_bench::results::{Machine, Provenance};

/// A sequence that looks random and is the same each time: numbers from 0 to 1.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

pub fn provenance() -> Provenance {
    Provenance {
        machine: Machine {
            processor: "Sample processor <x86> & \"friends\"".to_owned(),
            cores: 2,
            memory_mib: Some(16_000),
            system: "linux x86_64".to_owned(),
            arithmetic: "avx512-ifma".to_owned(),
        },
        commit: "0123456789ab".to_owned(),
        command: "tally bench --peers --report out".to_owned(),
        date: "2025-11-20".to_owned(),
        profile: "release".to_owned(),
    }
}
