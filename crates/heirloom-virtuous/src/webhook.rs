//! The subscription to webhooks: registered and removed by whoever may, read by anybody.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use url::Url;

use crate::approval::NotApproved;
use crate::pacer::Permit;
use crate::parse;
use crate::reading::Reply;
use crate::target::{Target, Transport};
use crate::value::{id, text, truth};

/// A person's word for one subscription: they typed the organization's name. Without it there is no [`Registrar`]:
///
/// ```compile_fail
/// let _ = heirloom_virtuous::WebhookApproval(());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct WebhookApproval(());

impl WebhookApproval {
    /// Approves registering or removing a webhook of this organization.
    ///
    /// # Errors
    /// [`NotApproved::Organization`] with its name.
    pub fn new(organization: &str, typed: &str) -> Result<Self, NotApproved> {
        match organization.trim() == typed.trim() && !organization.trim().is_empty() {
            true => Ok(WebhookApproval(())),
            false => Err(NotApproved::Organization { name: organization.to_owned() }),
        }
    }
}

/// A subscription as the vendor shows it; its secret is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: i64,
    /// Where events go.
    pub url: String,
    /// Whether events are sent at all.
    pub is_active: bool,
}

pub(crate) fn webhook(value: &Value) -> Option<Webhook> {
    Some(Webhook {
        id: id(value, "id")?,
        url: text(value, "payloadUrl"),
        is_active: truth(value, "active").unwrap_or(true),
    })
}

/// Registers and removes subscriptions; makes no gift and no contact.
#[derive(Debug)]
pub struct Registrar<'t, T: Transport> {
    transport: &'t mut T,
    target: &'t Target,
}

impl<'t, T: Transport> Registrar<'t, T> {
    /// A registrar for what was approved.
    pub fn new(transport: &'t mut T, target: &'t Target, _approval: WebhookApproval) -> Self {
        Registrar { transport, target }
    }

    /// Subscribes an address to gifts and contacts that are made or changed. The second value is
    /// the vendor's answer in words where there is no subscription in it.
    ///
    /// # Errors
    /// What came back instead; the subscription may exist if the answer was lost.
    pub fn register(&mut self, url: &Url, secret: &str, permit: Permit) -> Result<Webhook, String> {
        let body = json!({
            "payloadUrl": url.as_str(),
            "secret": secret,
            "active": true,
            "contactCreate": true,
            "contactUpdate": true,
            "giftCreate": true,
            "giftUpdate": true,
            "giftDelete": true,
        });
        let request = self.target.change(Method::POST, &["api", "Webhook"], body.to_string());
        let body = answer(self.transport.call(request, permit))?;
        let value = parse::json(&body).map_err(str::to_owned)?;
        webhook(&value).ok_or_else(|| "the answer names no subscription".to_owned())
    }

    /// Removes a subscription.
    ///
    /// # Errors
    /// What came back instead.
    pub fn remove(&mut self, id: i64, permit: Permit) -> Result<(), String> {
        let request = self.target.change(Method::DELETE, &["api", "Webhook", &id.to_string()], String::new());
        answer(self.transport.call(request, permit)).map(|_| ())
    }
}

fn answer(reply: Reply) -> Result<Bytes, String> {
    match reply {
        Reply::Answered { status: 200..=299, body, .. } => Ok(body),
        Reply::Answered { status, .. } => Err(format!("the vendor answered {status}")),
        Reply::NotConnected { why } => Err(format!("no connection: {why}")),
        Reply::Lost { why } => Err(format!("the answer was lost: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_organizations_own_name_approves_a_webhook() {
        assert!(WebhookApproval::new("Harbor Light", " Harbor Light ").is_ok());
        for typed in ["", "Harbor", "yes"] {
            assert!(WebhookApproval::new("Harbor Light", typed).is_err(), "{typed}");
        }
        assert!(WebhookApproval::new("", "").is_err());
    }
}
