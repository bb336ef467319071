mod chat;
mod listen;
mod message;
mod publish;
mod raw;
mod register;
mod subscribe;
mod unregister;

use std::sync::Arc;

use sip_ua::{OpId, UserAgent};
use tokio::runtime::Runtime;

use crate::{
    cli::{Cli, Command, Common, Receipts, Registration},
    failure::Failure,
    output::Output,
    password,
    session::{Session, Setup},
    trace::Trace,
};

/// Does what the command line says.
pub(crate) fn run(cli: Cli, output: &mut Output) -> Result<(), Failure> {
    let Cli { common, command } = cli;
    // Whatever can be wrong without a word to the server is found before the first: addresses, files, the password.
    match command {
        Command::Raw(arguments) => {
            let bytes = raw::bytes(&arguments, common.server.transport)?;
            block_on(raw::run(&common, &arguments, &bytes, output))
        }
        Command::Register(arguments) => {
            let setup = setup(common, output)?;
            block_on(register::run(&setup, &arguments, output))
        }
        Command::Unregister(arguments) => {
            let setup = setup(common, output)?;
            block_on(unregister::run(&setup, arguments, output))
        }
        Command::Publish(arguments) => {
            let document = publish::document(&arguments, &common.user()?)?;
            let setup = setup(common, output)?;
            block_on(publish::run(&setup, &arguments, &document, output))
        }
        Command::Subscribe(arguments) => {
            let presentity = subscribe::presentity(&arguments, &common)?;
            let setup = setup(common, output)?;
            block_on(subscribe::run(&setup, arguments, &presentity, output))
        }
        Command::Message(arguments) => {
            let to = message::recipient(&arguments, &common)?;
            let setup = setup(common, output)?;
            let content = message::content(&arguments, &setup, &to)?;
            block_on(message::run(&setup, &to, content, output))
        }
        Command::Chat(arguments) => {
            let to = chat::recipient(&arguments, &common)?;
            let setup = setup(common, output)?;
            block_on(chat::run(&setup, &arguments, &to, output))
        }
        Command::Listen(arguments) => {
            let setup = setup(common, output)?;
            block_on(listen::run(&setup, &arguments, output))
        }
    }
}

fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = Runtime::new().map_err(|error| Failure::transport(format!("cannot start: {error}")))?;
    let result = runtime.block_on(command);
    // A look-up of a name that hangs is not waited for.
    runtime.shutdown_background();
    result
}

/// Who the user is, with the password, which is asked for here.
fn setup(common: Common, output: &mut Output) -> Result<Setup, Failure> {
    let user = common.user()?;
    output.speak_for(&user);
    Ok(Setup {
        password: password::resolve(common.password, &user)?,
        user,
        display_name: common.display_name,
        server: common.server,
        timeout: common.timeout,
        trace: Arc::new(Trace::new(common.trace)),
    })
}

/// Registers, and writes what the registrar says. Senders are told as much as the user wants them to be, or else `receipts`.
async fn register(
    session: &mut Session<'_>,
    wanted: &Registration,
    receipts: Receipts,
    output: &mut Output,
) -> Result<OpId, Failure> {
    session.tell_senders(wanted.receipts.unwrap_or(receipts)).await;
    let options = sip_ua::RegisterOptions {
        expires: wanted.expires,
        methods: wanted.methods.clone(),
    };
    let op = session.command(|agent, now| agent.register(now, options)).await;
    let answer = session.answer(op, output).await?;
    output.event(&answer)?;
    Ok(op)
}

/// Takes the registration back, if that is wanted, and ends the session.
async fn leave(mut session: Session<'_>, registration: &Registration, output: &mut Output) -> Result<(), Failure> {
    if registration.unregister_on_exit {
        let op = session.command(UserAgent::unregister).await;
        let answer = session.answer(op, output).await?;
        output.event(&answer)?;
    }
    session.end().await;
    Ok(())
}
