import ArgumentParser

/// The program: one command per file.
struct Martlet: AsyncParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Keeps a machine as a git repository says: provision, secure, connect, run.",
        version: version,
        subcommands: [
            InitCommand.self, ValidateCommand.self, ServeCommand.self,
            StatusCommand.self, PlanCommand.self, PreviewCommand.self, DriftCommand.self, ApplyCommand.self,
            GetCommand.self, SyncCommand.self, HistoryCommand.self, PreviewsCommand.self, NotifyCommand.self,
            ResolveCommand.self, LogsCommand.self,
            JobCommand.self, SettleCommand.self, SuspendCommand.self, ResumeCommand.self,
            AdoptCommand.self, ForgetCommand.self, ApproveCommand.self, ReviewsCommand.self,
            StateCommand.self, SourceCommand.self, WebhookCommand.self, HooksCommand.self,
            ReloadCommand.self, SecretCommand.self, TokenCommand.self, SchemaCommand.self,
            ExplainCommand.self, ProvidersCommand.self,
        ])
}
