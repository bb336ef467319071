use crate::{
    cli::{Listen, Receipts},
    failure::Failure,
    output::Output,
    session::{Session, Setup},
};

/// Registers, and shows the messages that come, until Ctrl-C or the limit.
pub(super) async fn run(setup: &Setup, arguments: &Listen, output: &mut Output) -> Result<(), Failure> {
    let mut session = Session::start(setup).await?;
    let op = super::register(&mut session, &arguments.registration, Receipts::None, output).await?;
    let stay = session.stay(op, arguments.limit, output).await?;
    super::leave(session, &arguments.registration, output).await?;
    stay.check(arguments.limit, "messages")
}
