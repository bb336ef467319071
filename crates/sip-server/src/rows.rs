use std::time::SystemTime;

use sip_event::{PublicationRecord, SubscriptionId, SubscriptionRecord};
use sip_message::Aor;
use sip_transaction::Flow;

/// A durable piece of the server's state. Rows are whole and need no other row to be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Row {
    /// A registered contact.
    Binding(Box<BindingRow>),
    /// What watchers of a presentity are told: the paper's Presence Information Table.
    Information(Box<InformationRow>),
    /// A published document.
    Publication(Box<PublicationRecord>),
    /// A subscription: the paper's Presence Subscription Table.
    Subscription(Box<SubscriptionRow>),
}

/// What a row is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RowKey {
    /// A binding, by address of record and contact URI.
    Binding {
        /// The address of record.
        aor: Aor,
        /// The contact URI as it was registered.
        contact: String,
    },
    /// The presence information of a presentity.
    Information(Aor),
    /// A publication, by its entity-tag.
    Publication {
        /// The presentity.
        resource: Aor,
        /// The event package.
        package: String,
        /// The entity-tag.
        entity_tag: String,
    },
    /// A subscription.
    Subscription(SubscriptionId),
}

/// A change of the durable state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The row goes.
    Delete(RowKey),
    /// The row is new, or replaces the one with its key.
    Put(Row),
}

/// A binding of an address of record to a contact (RFC 3261 section 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingRow {
    /// Whose contact it is.
    pub aor: Aor,
    /// The contact as registered: a Contact value with its parameters, `expires` excepted.
    pub contact: String,
    /// The URI in `contact`.
    pub uri: String,
    /// The Call-ID of the REGISTER.
    pub call_id: String,
    /// The sequence number of the REGISTER.
    pub cseq: u32,
    /// When the binding ends.
    pub expires_at: SystemTime,
    /// The way on which the REGISTER came: requests for the contact go back on it.
    pub flow: Flow,
}

/// The presence information of one presentity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InformationRow {
    /// Who.
    pub presentity: Aor,
    /// `open` or `closed`: open when one of the tuples is.
    pub basic: String,
    /// The contact address of the first tuple that has one.
    pub contact: Option<String>,
    /// When it changed.
    pub modified_at: SystemTime,
    /// The whole document that watchers get, as `application/pidf+xml`.
    pub document: String,
}

/// A subscription and the way to its watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The dialog.
    pub record: SubscriptionRecord,
    /// The way on which the SUBSCRIBE came: NOTIFYs go back on it.
    pub flow: Flow,
}

impl Row {
    /// What the row is found by.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Binding(row) => RowKey::Binding {
                aor: row.aor.clone(),
                contact: row.uri.clone(),
            },
            Self::Information(row) => RowKey::Information(row.presentity.clone()),
            Self::Publication(row) => RowKey::Publication {
                resource: row.resource.clone(),
                package: row.package.clone(),
                entity_tag: row.entity_tag.clone(),
            },
            Self::Subscription(row) => RowKey::Subscription(row.record.id),
        }
    }
}
