//! The keys of a market: verifying keys to follow it, proving keys once something has to be proved. Both are fetched from
//! the node if they are not there, and are those of the genesis or nothing.

use crate::desk::DeskError;
use crate::node_client::NodeClient;
use std::path::Path;
use tally_node::api::{KeyPart, KeyStatement};
use tally_node::genesis::ChainGenesis;
use tally_node::keys::{ExpectedMarketKeys, MarketKeys, VerifyingKeys};
use tally_prover::{
    Act, CacheError, ExpectedKeys, InsecureOneParty, KeyCache, Lapse, Refresh, Statement,
};
use tally_trader::prepared::ProvingKeys;

/// The keys of a chain.
pub struct ChainKeys {
    cache: KeyCache,
    expected: ExpectedMarketKeys,
    verifying: Option<VerifyingKeys<InsecureOneParty>>,
    proving: Option<Proving>,
}

/// Keys that prove.
pub struct Proving(MarketKeys<InsecureOneParty>);

impl Proving {
    /// As messages are proved with.
    #[must_use]
    pub const fn for_proving(&self) -> ProvingKeys<'_, InsecureOneParty> {
        ProvingKeys {
            act: &self.0.act.proving,
            refresh: &self.0.refresh.proving,
            lapse: &self.0.lapse.proving,
        }
    }
}

impl ChainKeys {
    /// The keys that a genesis names, with a folder to keep them in. Nothing is loaded yet.
    ///
    /// # Errors
    /// [`DeskError::Keys`] if this software can't use such keys, or the folder can't be made.
    pub fn open(folder: &Path, genesis: &ChainGenesis) -> Result<Self, DeskError> {
        let expected = genesis
            .expected_keys()
            .map_err(crate::follower::FollowError::from)?;
        expected.check()?;
        Ok(Self {
            cache: KeyCache::open(folder)?,
            expected,
            verifying: None,
            proving: None,
        })
    }

    /// The verifying keys; fetched if they are not there.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn verifying(
        &mut self,
        node: &NodeClient,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<VerifyingKeys<InsecureOneParty>, DeskError> {
        let known = VerifyingKeys::load_expected(&self.cache, &self.expected)?;
        let keys = match known {
            Some(keys) => keys,
            None => {
                let ExpectedMarketKeys {
                    act,
                    refresh,
                    lapse,
                } = self.expected;
                let mut fetch = |statement, expected: &ExpectedKeys| {
                    fetch(
                        node,
                        statement,
                        KeyPart::Verifying,
                        expected.verifying.bytes,
                        progress,
                    )
                };
                let bytes = fetch(KeyStatement::Act, &act)?;
                let act = self.cache.install_verifying::<Act>(&act, &bytes)?;
                let bytes = fetch(KeyStatement::Refresh, &refresh)?;
                let refresh = self.cache.install_verifying::<Refresh>(&refresh, &bytes)?;
                let bytes = fetch(KeyStatement::Lapse, &lapse)?;
                let lapse = self.cache.install_verifying::<Lapse>(&lapse, &bytes)?;
                VerifyingKeys {
                    act,
                    refresh,
                    lapse,
                }
            }
        };
        self.verifying = Some(keys.clone());
        Ok(keys)
    }

    /// The proving keys; loaded, and fetched before if they are not there, when they are first needed.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn proving(&mut self, node: &NodeClient) -> Result<&Proving, DeskError> {
        if self.proving.is_none() {
            let keys = self.load_proving(node)?;
            self.proving = Some(Proving(keys));
        }
        // Set just above.
        self.proving.as_ref().ok_or_else(|| DeskError::KeyFile {
            what: "proving key".to_owned(),
        })
    }

    fn load_proving(&self, node: &NodeClient) -> Result<MarketKeys<InsecureOneParty>, DeskError> {
        let no_verifying = || DeskError::KeyFile {
            what: "verifying key".to_owned(),
        };
        let verifying = self.verifying.as_ref().ok_or_else(no_verifying)?;
        if let Some(keys) = verifying.with_proving(&self.cache, &self.expected)? {
            return Ok(keys);
        }
        tracing::info!("fetching the market's proving keys, once");
        self.install::<Act>(node, KeyStatement::Act, &self.expected.act)?;
        self.install::<Refresh>(node, KeyStatement::Refresh, &self.expected.refresh)?;
        self.install::<Lapse>(node, KeyStatement::Lapse, &self.expected.lapse)?;
        let keys = verifying.with_proving(&self.cache, &self.expected)?;
        keys.ok_or_else(|| DeskError::KeyFile {
            what: "proving key".to_owned(),
        })
    }

    fn install<S: Statement>(
        &self,
        node: &NodeClient,
        statement: KeyStatement,
        expected: &ExpectedKeys,
    ) -> Result<(), DeskError> {
        if self.cache.load_expected::<S>(expected)?.is_some() {
            return Ok(());
        }
        let mut quiet = |_, _| {};
        let mut file = |part, bytes| fetch(node, statement, part, bytes, &mut quiet);
        let proving = file(KeyPart::Proving, expected.proving.bytes)?;
        let verifying = file(KeyPart::Verifying, expected.verifying.bytes)?;
        self.cache
            .install::<S>(expected, &proving, &verifying)
            .map(drop)
            .map_err(|error| match error {
                CacheError::Refused { .. } => DeskError::KeyFile {
                    what: format!("{} key", S::NAME),
                },
                other => other.into(),
            })
    }
}

fn fetch(
    node: &NodeClient,
    statement: KeyStatement,
    part: KeyPart,
    bytes: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<u8>, DeskError> {
    Ok(node.key_file(statement, part, bytes, &mut |done| progress(done, bytes))?)
}
