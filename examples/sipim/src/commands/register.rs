use crate::{
    cli::{Limit, Receipts, Register},
    failure::Failure,
    output::Output,
    session::{Session, Setup},
};

/// Registers; then exits, or stays until Ctrl-C and shows what comes.
pub(super) async fn run(setup: &Setup, arguments: &Register, output: &mut Output) -> Result<(), Failure> {
    let mut session = Session::start(setup).await?;
    let op = super::register(&mut session, &arguments.registration, Receipts::None, output).await?;
    if arguments.once {
        session.end().await;
        return Ok(());
    }
    session.stay(op, Limit::default(), output).await?;
    super::leave(session, &arguments.registration, output).await
}
