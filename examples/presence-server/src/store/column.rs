use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use sip_message::{Aor, Transport};
use sip_transaction::Flow;

/// A time as nanoseconds since 1970, which is the precision of a `SystemTime`: nothing expires early after a restart.
/// An `i64` of them reaches from 1677 to 2262; what is beyond is kept as the nearest that fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) SystemTime);

/// All 64 bits in an SQLite integer, which is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsigned(pub(super) u64);

/// An address of record as its `sip:` URI.
#[derive(Clone, Debug)]
pub(super) struct Address(pub(super) Aor);

/// A list as JSON.
#[derive(Clone, Debug)]
pub(super) struct List(pub(super) Vec<String>);

/// A socket address as text. Its flow label is not kept: no socket of the server's has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket(pub(super) SocketAddr);

/// A transport by the name in a Via.
#[derive(Clone, Copy, Debug)]
pub(super) struct Via(pub(super) Transport);

/// The way to a peer, from the four columns that `FLOW_COLUMNS` defines.
pub(super) fn flow(row: &rusqlite::Row<'_>) -> rusqlite::Result<Flow> {
    Ok(Flow {
        transport: row.get::<_, Via>("flow_transport")?.0,
        local: row.get::<_, Socket>("flow_local")?.0,
        remote: row.get::<_, Socket>("flow_remote")?.0,
        connection: row.get::<_, Unsigned>("flow_connection")?.0,
    })
}

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let nanoseconds = match self.0.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        };
        Ok(nanoseconds.into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let nanoseconds = value.as_i64()?;
        let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
        let time = if nanoseconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        };
        time.map(Self).ok_or(FromSqlError::OutOfRange(nanoseconds))
    }
}

impl ToSql for Unsigned {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.cast_signed().into())
    }
}

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(value.as_i64()?.cast_unsigned()))
    }
}

impl ToSql for Address {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Address {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Aor::parse(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for List {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(Into::into)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl FromSql for List {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

impl ToSql for Socket {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl FromSql for Socket {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for Via {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Via {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Transport::from_token(value.as_str()?)
            .map(Self)
            .ok_or_else(|| FromSqlError::Other("not the name of a transport".into()))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    fn nanoseconds(time: SystemTime) -> i64 {
        match Time(time).to_sql().unwrap() {
            ToSqlOutput::Owned(Value::Integer(integer)) => integer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn times_beyond_the_range_are_kept_as_the_nearest() {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(nanoseconds(far), i64::MAX);
        let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40);
        assert_eq!(nanoseconds(long_ago), i64::MIN);
        for integer in [i64::MIN, -1, 0, 1, i64::MAX] {
            let Time(time) = Time::column_result(ValueRef::Integer(integer)).unwrap();
            assert_eq!(nanoseconds(time), integer);
        }
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        assert!(Via::column_result(ValueRef::Text(b"SCTP")).is_err());
        assert!(Socket::column_result(ValueRef::Text(b"example.test:5060")).is_err());
        assert!(Address::column_result(ValueRef::Text(b"alice")).is_err());
        assert!(List::column_result(ValueRef::Text(b"[1]")).is_err());
    }
}
