/// Why credentials were refused. The answer to all of them is a new challenge, with `stale` where
/// [`is_stale`](Self::is_stale) says so; the rest is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The response is right, but its nonce is too old.
    #[error("the response is right, but its nonce has expired")]
    ExpiredNonce,
    /// The nonce is none that this server signed for this realm and this client.
    #[error("the nonce was not issued here")]
    ForgedNonce,
    /// The response is right, but its nonce or its nonce count is so old that it can no longer be told whether it was
    /// used before.
    #[error("the response is right, but its nonce count is too old to tell whether it was used before")]
    ForgottenNonce,
    /// The user's HA1 that was handed in is of another algorithm than the credentials.
    #[error("the HA1 of the user is of another algorithm than the credentials")]
    NoHa1ForAlgorithm,
    /// The response is right, but its nonce count was used before.
    #[error("the response is right, but its nonce count was used before (RFC 7616 section 3.4)")]
    Replayed,
    /// The credentials name an algorithm that no challenge named.
    #[error("the credentials use an algorithm that was not asked for (RFC 7616 section 3.4)")]
    UnsupportedAlgorithm,
    /// The credentials use a quality of protection that was not offered.
    #[error("the credentials use a quality of protection that was not offered (RFC 7616 section 3.4)")]
    UnsupportedQop,
    /// The user's name is a hash, and no challenge allowed that.
    #[error("the user's name is a hash, which was not allowed (RFC 7616 section 3.4.4)")]
    UnsupportedUserhash,
    /// The digest-uri is not that of the request.
    #[error("the digest-uri is not that of the request (RFC 7616 section 3.4.6, RFC 8760 section 2.6)")]
    UriMismatch,
    /// The credentials are for another realm.
    #[error("the credentials are for another realm (RFC 3261 section 22.3)")]
    WrongRealm,
    /// The response is wrong: another password, another method or body, or an unknown user.
    #[error("the response is wrong (RFC 7616 section 3.4.1)")]
    WrongResponse,
}

impl Rejection {
    /// Whether the new challenge has to say `stale=true`: the response was right, and only the age of its nonce stood
    /// against it (RFC 7616 section 3.3). The client then tries again without asking its user.
    ///
    /// A repeated count is no question of age. An honest client that repeats one gets a plain challenge, and answers it
    /// with the password that it has.
    #[must_use]
    pub const fn is_stale(self) -> bool {
        matches!(self, Self::ExpiredNonce | Self::ForgottenNonce)
    }
}
