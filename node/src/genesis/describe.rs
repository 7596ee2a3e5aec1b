//! A genesis in words.

use super::ChainGenesis;
use super::document::{CashierKind, GenesisClock};
use tally_exchange::calendar::format_time;
use tally_exchange::units::Time;

impl ChainGenesis {
    /// What people should know before they trade on it, a line each, without line ends.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let document = self.document();
        let specification = self.specification();
        let mut lines = vec![
            format!("market {}", document.name),
            format!("chain {}", self.chain()),
            format!("contract {}, {}", specification.symbol, specification.name),
        ];
        lines.extend(document.markets.iter().map(|market| {
            format!(
                "month {}: first session {}, prior settlement {}{}",
                market.symbol,
                market.first_session,
                market.prior_settlement,
                if market.after_limit_settlement {
                    " at the limit"
                } else {
                    ""
                }
            )
        }));
        lines.extend([
            self.clock(),
            self.signers(),
            self.cashier_line(),
            self.keys_line(),
        ]);
        lines
    }

    fn clock(&self) -> String {
        match self.document().clock {
            GenesisClock::System => "clock: the system's".to_owned(),
            GenesisClock::Sandbox {
                start_microseconds,
                speed,
            } => {
                let start = format_time(Time(start_microseconds));
                format!("clock: SANDBOX, from {start}, {speed} times as fast")
            }
        }
    }

    fn signers(&self) -> String {
        let signers = &self.document().settlement_signers;
        if signers.keys.is_empty() {
            return "final settlement: the last day's own".to_owned();
        }
        let (threshold, keys) = (signers.threshold, signers.keys.len());
        format!("final settlement: signed by {threshold} of {keys}")
    }

    fn cashier_line(&self) -> String {
        let cashier = &self.document().cashier;
        let kind = match cashier.kind {
            CashierKind::Key => "",
            CashierKind::Faucet => " (FAUCET: practice cash for whoever asks)",
        };
        format!("cashier {}{kind}", cashier.key)
    }

    fn keys_line(&self) -> String {
        format!("keys: {}", self.key_kind())
    }
}
