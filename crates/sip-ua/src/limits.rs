//! Every bound of this crate, each with its reason.

use std::time::Duration;

/// How often one request is sent again for challenges. Two proxies and a user agent that challenge in turn, each once
/// for a nonce gone stale, are six; more is a loop.
pub(crate) const ROUNDS: u8 = 8;

/// Protection spaces that are remembered from one request to the next. A user's own server is one or two, and every
/// presentity whose own server challenges is one.
pub(crate) const HABITS: usize = 256;

/// Messages that a repetition is told from. People do not get a thousand within the minutes in which one may come again
/// by another way.
pub(crate) const RECEIVED: usize = 1024;

/// Bytes of a Call-ID and From tag together that are remembered; those in use have under 150. A message with longer
/// ones is not told from its repetition, other than by its transaction.
pub(crate) const RECEIVED_KEY: usize = 512;

/// Disposition notifications of ours that are under way or wait for their turn. Peers make them come to be, by what they
/// send. Past this the host with the most that wait loses its oldest: one that makes up users, as it can without end,
/// takes no place from those who have fewer.
pub(crate) const NOTIFICATIONS: usize = 1024;

/// Those of them for one address of record, whatever the port and parameters, so that one cannot take the place of all.
/// Who comes back after a day may be sent as many messages at once.
pub(crate) const NOTIFICATIONS_EACH: usize = 64;

/// Those of them that are under way at once. A sender writes whom they go to, so that it can make them go to many at one
/// host; with so few they are no flood there, and where they are answered within a second, all 1024 are sent in
/// half a minute.
pub(crate) const NOTIFICATIONS_UNDER_WAY: usize = 32;

/// Messages of ours of which we remember that we asked what becomes of them. Notifications may come at any time (RFC 5438
/// section 7.1.3); few users go back a thousand messages to look at their marks.
pub(crate) const SENT: usize = 1024;

/// Messages whose senders want to know that they were displayed. A user who has not looked at one after so many others is
/// not going to.
pub(crate) const UNDISPLAYED: usize = 256;

/// Bytes of a notification with the MESSAGE around it: 16 MiB for all of them. Those in use have one or two thousand. What
/// they repeat of the message that asks can grow fivefold, as an ampersand does in XML.
pub(crate) const NOTIFICATION: usize = 16 << 10;

/// Bytes of the headers of a message that asks, which are kept until it is displayed: 2 MiB for all those that are not.
/// Those in use have a few hundred.
pub(crate) const ASKING_HEADERS: usize = 8 << 10;

/// Conversations in which it is known who composes a message. Few people write with so many at a time.
pub(crate) const CONVERSATIONS: usize = 256;

/// Bytes of the addresses that a conversation is known by. Those in use have under 100.
pub(crate) const PARTY: usize = 512;

/// Bytes of the media type that a peer says it composes, which is kept while it does. Those in use have under 100, and it
/// is a hint: without it the state counts.
pub(crate) const COMPOSED_TYPE: usize = 128;

/// Bytes of a reason phrase, which is for people to read and may quote what a peer sent.
pub(crate) const REASON: usize = 200;

/// Transactions of each side. A user's devices and correspondents have a handful under way; a presence server of a
/// large contact list sends a few hundred NOTIFYs at once.
pub(crate) const TRANSACTIONS: usize = 4096;

/// Bytes that transactions keep for retransmission: 4096 for each of both sides' transactions.
pub(crate) const TRANSACTION_BYTES: usize = 32 << 20;

/// The first wait before a registration that could not be refreshed is tried again (RFC 5626 section 4.5: 30 seconds);
/// it doubles each time.
pub(crate) const FIRST_DELAY: Duration = Duration::from_secs(30);

/// The longest such wait, whatever the registrar asks for (RFC 5626 section 4.5: 1800 seconds).
pub(crate) const LAST_DELAY: Duration = Duration::from_secs(1800);

/// Whatever is granted, a refresh is no flood.
pub(crate) const SOONEST_REFRESH: Duration = Duration::from_secs(1);

/// Whatever is granted, a registrar that has lost its bindings is found out within a day.
pub(crate) const LATEST_REFRESH: Duration = Duration::from_secs(86_400);
