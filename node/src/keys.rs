//! The keys of a market's three statements, together.

use tally_prover::{
    Act, CacheError, InsecureOneParty, KeyCache, KeyKind, Keys, Lapse, Refresh, VerifyingKey,
};

/// Proving and verifying keys of Act, Refresh and Lapse. Cloning copies pointers.
#[derive(Clone, Debug)]
pub struct MarketKeys<K: KeyKind> {
    /// Keys of Act.
    pub act: Keys<K>,
    /// Keys of Refresh.
    pub refresh: Keys<K>,
    /// Keys of Lapse.
    pub lapse: Keys<K>,
}

/// Verifying keys of the three statements.
pub struct VerifyingKeys<K: KeyKind> {
    /// Key of Act.
    pub act: VerifyingKey<K>,
    /// Key of Refresh.
    pub refresh: VerifyingKey<K>,
    /// Key of Lapse.
    pub lapse: VerifyingKey<K>,
}

impl<K: KeyKind> MarketKeys<K> {
    /// What checks them.
    #[must_use]
    pub fn verifying(&self) -> VerifyingKeys<K> {
        VerifyingKeys {
            act: self.act.verifying.clone(),
            refresh: self.refresh.verifying.clone(),
            lapse: self.lapse.verifying.clone(),
        }
    }
}

impl MarketKeys<InsecureOneParty> {
    /// The one-party keys in the cache; none unless all three are there.
    ///
    /// # Errors
    /// [`CacheError`] if some are there but damaged, foreign or unreadable.
    pub fn load(cache: &KeyCache) -> Result<Option<Self>, CacheError> {
        let keys = (
            cache.load::<Act>()?,
            cache.load::<Refresh>()?,
            cache.load::<Lapse>()?,
        );
        Ok(match keys {
            (Some(act), Some(refresh), Some(lapse)) => Some(Self {
                act,
                refresh,
                lapse,
            }),
            _ => None,
        })
    }

    /// The one-party keys in the cache; what is missing is made. INSECURE: see [`InsecureOneParty`].
    ///
    /// # Errors
    /// As [`KeyCache::load_or_create`].
    pub fn load_or_create(cache: &KeyCache) -> Result<Self, CacheError> {
        Ok(Self {
            act: cache.load_or_create::<Act>()?,
            refresh: cache.load_or_create::<Refresh>()?,
            lapse: cache.load_or_create::<Lapse>()?,
        })
    }
}
