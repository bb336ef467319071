//! What services and devices are capable of (RFC 5196).
