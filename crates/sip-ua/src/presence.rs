mod publication;
mod subscription;

pub(crate) use publication::Publication;
pub(crate) use subscription::Subscriptions;
