//! `account` and `fund`.

use super::amounts::dollars_of;
use super::layout::Fields;
use super::paint::{Paint, Style};
use tally_client::reply::AccountReply;

/// A cash account.
pub fn account(account: &AccountReply, style: Style) -> String {
    let mut fields = Fields::new(style);
    fields.add("account", account.account.as_str());
    if let Some(credited) = account.credited {
        fields.painted("credited", Paint::Good, dollars_of(credited));
    }
    fields
        .add("balance", dollars_of(account.balance))
        .add("credited by", account.cashier.as_str())
        .add("its number", account.cashier_key.as_str());
    fields.text()
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn an_account_that_was_just_funded() {
        let expected =
            "  account      abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd
  credited     $5,000.00
  balance      $6,234.50
  credited by  faucet
  its number   0123456701234567012345670123456701234567012345670123456701234567
";
        let reply = Reply::Account(fixtures::account());
        assert_eq!(text(&reply, Style::Plain), expected);
    }
}
