import ArgumentParser
import Foundation
import Model
import ProviderPackages
import Provision
import Reconcile
import Review
import Store

struct StateImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-terraform",
        abstract: "Takes over what a 'terraform.tfstate' records, so that nothing is made anew.",
        discussion: """
            Each object goes to the manifest of its type and name ('web_logs' may be 'web-logs' there), with its key; \
            objects of modules, and those that are named otherwise, need '--map'. What no manifest asks for is left \
            alone. 'martlet plan' then says what differs.
            """)

    @Argument(
        help: ArgumentHelp(
            "A state of format 4: 'terraform.tfstate', or what 'terraform state pull' prints. '-' reads the input."
        ),
        completion: .file())
    var file: String

    @Argument(help: "A source's name, or a folder: './manifests'. Left out: all sources.") var source: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Which resource an object is.", valueName: "ADDRESS=ID"))
    var map: [String] = []

    @Flag(name: .long, help: "Only says what would be taken over.") var dryRun = false
    @OptionGroup var local: LocalOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingProblems {
            let state = try read()
            guard
                case .here(let settings, let sources) = try await SourceChoice.choose(
                    source, local, configuration)
            else {
                throw OperationError(
                    409, "a controller runs, and would act on what is half taken over",
                    hint: "stop it, take over, look at 'martlet plan', and start it again")
            }
            let session = try await LocalSession.open(
                settings, sources, command: "martlet state import-terraform")
            try check(session.loads.flatMap(\.problems))
            let store = session.generation.store
            let place = StateImport.Place(
                manifests: session.loads.reduce(into: [:]) { $0.merge($1.manifests) { $1 } },
                providers: settings.namedEngines.compactMapValues { $0.terraform?.source.description },
                recorded: try store.ledger().records,
                map: try mapping(state, project: sources.count == 1 ? sources[0].settings.project : nil))
            let result = StateImport(state, into: place)
            if !dryRun { try record(result, in: store) }
            try output.show(
                StateImportReport(result, file: file, isDryRun: dryRun, dataSources: state.dataSources))
        }
    }

    private func read() throws -> StateFile {
        let bytes =
            file == "-"
            ? try FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: absolute(file))
        guard let bytes else { throw OperationError(404, "file '\(file.escapedForDisplay)' can't be read") }
        do { return try StateFile(Array(bytes)) } catch {
            throw OperationError(
                400, "state '\(file.escapedForDisplay)': \(error.message.escapedForDisplay)", hint: error.hint
            )
        }
    }

    /// With any error nothing is taken over: a manifest that can't be read might be the one.
    private func check(_ problems: [Diagnostic]) throws(OperationError) {
        let errors = problems.filter { $0.severity == .error }
        guard let first = errors.first else { return }
        let more = errors.count > 1 ? ", and \(errors.count - 1) more" : ""
        throw OperationError(400, "the manifests have errors: \(first.description)\(more)")
    }

    private func mapping(_ state: StateFile, project: String?) throws(OperationError) -> [String: ResourceID]
    {
        let known = Set(state.objects.map(\.address))
        var mapped: [String: ResourceID] = [:]
        for pair in Self.sides(of: map) {
            guard let (address, text) = pair, let id = ResourceID(text, project: project) else {
                throw OperationError(
                    400, "'--map' says nothing",
                    hint: "write --map 'aws_s3_bucket.logs=infrastructure/PROJECT/NAME'")
            }
            guard known.contains(address) else {
                throw OperationError(
                    404, "the state has no object '\(address.escapedForDisplay)'",
                    hint: "'terraform state list' names them")
            }
            mapped[address] = id
        }
        return mapped
    }

    /// A key may hold a '='.
    private static func sides(of pairs: [String]) -> [(String, String)?] {
        pairs.map { pair in
            pair.range(of: "=infrastructure/", options: .backwards).map { range in
                (String(pair[..<range.lowerBound]), String(pair[pair.index(after: range.lowerBound)...]))
            }
        }
    }

    private func record(_ result: StateImport, in store: Store) throws {
        let now = currentMilliseconds()
        let entries = result.records.sorted { $0.key < $1.key }.map {
            Entry.outcome($0.key, closes: nil, $0.value)
        }
        let history = result.taken.map { taken in
            var event = HistoryEvent(
                .adopted, time: now, source: result.records[taken.id]?.source ?? "", resource: taken.id,
                message: "from Terraform's state, where it is \(taken.address)")
            event.person = NSUserName()
            return event
        }
        guard !entries.isEmpty else { return }
        try store.append(entries, history: history, term: try store.takeOver())
    }
}

extension StateImportReport {
    init(_ result: StateImport, file: String, isDryRun: Bool, dataSources: Int) {
        self.init(
            file: file, isDryRun: isDryRun,
            taken: result.taken.map {
                Taken($0.address, $0.id, type: $0.type, isTainted: $0.isTainted, deposed: $0.deposed)
            },
            left: result.left.map { Left($0.address, reason: $0.reason, hint: $0.hint) },
            dataSources: dataSources)
    }
}
