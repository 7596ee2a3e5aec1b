//! What an agent is told.

/// What a trader lets the agent do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentOptions {
    /// Claim finished records as they come. In a revalidation they are claimed in any case.
    pub claims: bool,
    /// Post day orders again that a halt has cancelled, where the new band and margin allow it. Whoever sees the same
    /// price and quantity before and after a halt can guess that it is the same trader's.
    pub repost: bool,
    /// Answer a margin call from the cash account, before a revalidation cuts the position back.
    pub top_up: Option<TopUp>,
    /// Leave all seats, and take back the bonds of those that are released.
    pub retire: bool,
    /// Find the opened sums when enough shares are there. One trader in the market is enough.
    pub opens_sums: bool,
    /// How long before the end of a window the Refresh is sent at the latest, seconds; at most half the window is kept.
    pub refresh_margin: u64,
}

/// How far a margin call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Most cents that deposits of one epoch come to; what the trader deposits himself counts too.
    pub limit: u64,
}

impl Default for AgentOptions {
    /// Claims, posts again, tops nothing up, keeps its seats, leaves the sums to others, and a minute in reserve.
    fn default() -> Self {
        Self {
            claims: true,
            repost: true,
            top_up: None,
            retire: false,
            opens_sums: false,
            refresh_margin: 60,
        }
    }
}
