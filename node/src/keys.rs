//! The keys of a market's three statements, together.

use tally_prover::{
    Act, CacheError, ExpectedKeys, InsecureOneParty, KeyCache, KeyFiles, KeyKind, Keys, Lapse,
    ProvingKey, Refresh, VerifyingKey,
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

/// Verifying keys of the three statements: enough to follow a market. Cloning copies pointers.
#[derive(Clone, Debug)]
pub struct VerifyingKeys<K: KeyKind> {
    /// Key of Act.
    pub act: VerifyingKey<K>,
    /// Key of Refresh.
    pub refresh: VerifyingKey<K>,
    /// Key of Lapse.
    pub lapse: VerifyingKey<K>,
}

/// The keys that a market runs on, as its genesis names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedMarketKeys {
    /// Keys of Act.
    pub act: ExpectedKeys,
    /// Keys of Refresh.
    pub refresh: ExpectedKeys,
    /// Keys of Lapse.
    pub lapse: ExpectedKeys,
}

/// Where the files of a market's keys are, for a node that serves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketKeyFiles {
    /// Files of Act.
    pub act: KeyFiles,
    /// Files of Refresh.
    pub refresh: KeyFiles,
    /// Files of Lapse.
    pub lapse: KeyFiles,
}

impl ExpectedMarketKeys {
    /// Whether this software can use such keys: to be asked before they are fetched.
    ///
    /// # Errors
    /// As [`ExpectedKeys::check`], for the first statement at fault.
    pub fn check(&self) -> Result<(), CacheError> {
        self.act.check::<Act>()?;
        self.refresh.check::<Refresh>()?;
        self.lapse.check::<Lapse>()
    }
}

impl MarketKeyFiles {
    /// The one-party keys that were made in the cache: for a genesis. None unless all three are there. Nothing is decoded.
    ///
    /// # Errors
    /// As [`KeyCache::files`].
    pub fn of_own(cache: &KeyCache) -> Result<Option<Self>, CacheError> {
        Ok(Self::whole(
            cache.files::<Act>()?,
            cache.files::<Refresh>()?,
            cache.files::<Lapse>()?,
        ))
    }

    /// The keys that a market runs on, made in the cache or taken up. None unless all three are there. Nothing is
    /// decoded.
    ///
    /// # Errors
    /// As [`KeyCache::files_expected`].
    pub fn of_expected(
        cache: &KeyCache,
        expected: &ExpectedMarketKeys,
    ) -> Result<Option<Self>, CacheError> {
        Ok(Self::whole(
            cache.files_expected::<Act>(&expected.act)?,
            cache.files_expected::<Refresh>(&expected.refresh)?,
            cache.files_expected::<Lapse>(&expected.lapse)?,
        ))
    }

    /// What a genesis says of them.
    #[must_use]
    pub const fn expected(&self) -> ExpectedMarketKeys {
        ExpectedMarketKeys {
            act: self.act.expected,
            refresh: self.refresh.expected,
            lapse: self.lapse.expected,
        }
    }

    fn whole(
        act: Option<KeyFiles>,
        refresh: Option<KeyFiles>,
        lapse: Option<KeyFiles>,
    ) -> Option<Self> {
        Some(Self {
            act: act?,
            refresh: refresh?,
            lapse: lapse?,
        })
    }
}

impl VerifyingKeys<InsecureOneParty> {
    /// The verifying keys that a market runs on; none unless all three are in the cache. Proving keys are not looked at and
    /// need not be there.
    ///
    /// # Errors
    /// As [`KeyCache::load_verifying`].
    pub fn load_expected(
        cache: &KeyCache,
        expected: &ExpectedMarketKeys,
    ) -> Result<Option<Self>, CacheError> {
        // Act and Refresh have the larger circuits, which have to be worked out.
        let ((act, lapse), refresh) = rayon::join(
            || {
                let act = cache.load_verifying::<Act>(&expected.act);
                (act, cache.load_verifying::<Lapse>(&expected.lapse))
            },
            || cache.load_verifying::<Refresh>(&expected.refresh),
        );
        Ok(match (act?, refresh?, lapse?) {
            (Some(act), Some(refresh), Some(lapse)) => Some(Self {
                act,
                refresh,
                lapse,
            }),
            _ => None,
        })
    }

    /// The proving keys to these verifying keys, loaded when they are needed; none unless all three are in the cache. For
    /// one of them alone there is [`KeyCache::load_proving`].
    ///
    /// # Errors
    /// [`CacheError::OtherVerifyingKey`] if these are not the verifying keys of `expected`; else as
    /// [`KeyCache::load_proving`].
    pub fn with_proving(
        &self,
        cache: &KeyCache,
        expected: &ExpectedMarketKeys,
    ) -> Result<Option<MarketKeys<InsecureOneParty>>, CacheError> {
        let proving = (
            cache.load_proving::<Act>(&expected.act, &self.act)?,
            cache.load_proving::<Refresh>(&expected.refresh, &self.refresh)?,
            cache.load_proving::<Lapse>(&expected.lapse, &self.lapse)?,
        );
        let (Some(act), Some(refresh), Some(lapse)) = proving else {
            return Ok(None);
        };
        Ok(Some(MarketKeys {
            act: with(act, &self.act),
            refresh: with(refresh, &self.refresh),
            lapse: with(lapse, &self.lapse),
        }))
    }
}

/// A proving key and its verifying key together.
fn with<K: KeyKind>(proving: ProvingKey<K>, verifying: &VerifyingKey<K>) -> Keys<K> {
    Keys {
        proving,
        verifying: verifying.clone(),
    }
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
    /// The one-party keys that were made in the cache; none unless all three are there.
    ///
    /// # Errors
    /// [`CacheError`] if some are there but damaged, foreign or unreadable.
    pub fn load(cache: &KeyCache) -> Result<Option<Self>, CacheError> {
        Ok(Self::whole(
            cache.load::<Act>()?,
            cache.load::<Refresh>()?,
            cache.load::<Lapse>()?,
        ))
    }

    /// The keys that a market runs on, made in the cache or taken up; none unless all three are there with their proving
    /// keys.
    ///
    /// # Errors
    /// As [`KeyCache::load_expected`].
    pub fn load_expected(
        cache: &KeyCache,
        expected: &ExpectedMarketKeys,
    ) -> Result<Option<Self>, CacheError> {
        Ok(Self::whole(
            cache.load_expected::<Act>(&expected.act)?,
            cache.load_expected::<Refresh>(&expected.refresh)?,
            cache.load_expected::<Lapse>(&expected.lapse)?,
        ))
    }

    fn whole(
        act: Option<Keys<InsecureOneParty>>,
        refresh: Option<Keys<InsecureOneParty>>,
        lapse: Option<Keys<InsecureOneParty>>,
    ) -> Option<Self> {
        Some(Self {
            act: act?,
            refresh: refresh?,
            lapse: lapse?,
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
