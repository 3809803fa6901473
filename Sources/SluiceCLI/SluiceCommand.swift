import ArgumentParser
import Domain

/// `sluice`
struct SluiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Deploys flows, queues their runs, and shows what becomes of them.",
        discussion: """
            EXAMPLES
              sluice dev                                      a server and an agent, with samples
              sluice try report/ -p month=3                   one run of a document, with nothing else there
              sluice deploy report/                           register what report/sluice.yaml states
              sluice run report/daily -p month=3 --follow     queue a run and watch it
              sluice batch report/daily --grid month=1..12    queue twelve
              sluice ps                                       what runs, waits, and has ended
              sluice explain RUN                              why does it not run?
              sluice server backup monday.sluice              all of the server's data in one file

            The server is found by --api, SLUICE_API_URL or PREFECT_API_URL; otherwise it is on this machine. RUN is \
            a run's id, or as much of its beginning as makes it unambiguous.

            Exit codes: 0 done, 1 the run or the operation failed, 2 wrong arguments, 3 the server was not reached.
            """,
        version: Release.version,
        subcommands: [
            DevCommand.self, TryCommand.self, DeployCommand.self, RunCommand.self, RetryCommand.self,
            BatchCommands.self,
            BackfillCommand.self,
            ListRunsCommand.self, ShowCommand.self, LogsCommand.self, CancelCommand.self, ExplainCommand.self,
            DeploymentCommands.self, ScheduleCommands.self, FlowCommands.self, AgentCommands.self, QueueCommands.self,
            PoolCommands.self, AutomationCommands.self, EventCommands.self, HookCommands.self, VariableCommands.self,
            SensorCommands.self, SecretCommands.self, BlockCommands.self,
            ServerCommands.self, CompletionCommand.self,
        ])
}
