import ChildProcess
import Model
import Probe

struct InstanceKey: Hashable, Sendable {
    var id: ResourceID
    var serial: Int
}

/// One job as the supervisor knows it: its file, and those of its instances with the processes behind them.
struct SupervisedJob: Sendable {
    struct Instance: Sendable {
        var file: InstanceFile
        /// Its shim; nil where none runs.
        var shim: Stranger?
        /// Why its file is not as it should be.
        var saveProblem: EngineError?
    }
    var file: JobFile { didSet { if file.versions != oldValue.versions { readSpecs() } } }
    /// The file as it was last put on the disk, and as that was last tried.
    var (written, attempted): (JobFile, JobFile)
    var saveProblem: EngineError?
    /// Not before then is it tried again to write the file, or its instances' own.
    var (saveAgainAt, saveInstancesAgainAt): (Int?, Int?)
    var instances: [Int: Instance] = [:]
    /// Some of its instances were forgotten since its logs were last pruned.
    var hasForgotten = false
    /// The typed forms of its versions' specs.
    private var specs: [String: Job] = [:]
    /// A version shall start whose secrets are gone: only a step can bring them again.
    var lacksSecrets = false
    /// What the last event was about.
    var told: Observation?

    /// - Parameter file: as it stands on the disk.
    init(_ file: JobFile) {
        (self.file, written, attempted) = (file, file, file)
        readSpecs()
    }
    private mutating func readSpecs() { specs = file.versions.compactMapValues { try? Job($0.value) } }

    /// The typed form of a version's spec; nil where this controller can't read it.
    func job(_ version: String) -> Job? { specs[version] }

    /// Nil where the spec can't be read: then nothing is started or replaced, and what is to go goes all the same.
    var rollout: Rollout? {
        guard let job = job(file.target) else {
            guard file.isStopped || file.isRemoved else { return nil }
            var goal = Rollout.Goal(version: file.target, count: 0)
            goal.isStopped = true
            return rollout(goal)
        }
        var goal = Rollout.Goal(version: file.target, count: job.count)
        goal.maxParallel = job.update.maxParallel
        goal.minHealthyTime = job.update.minHealthyTime.milliseconds
        goal.healthyDeadline = job.update.healthyDeadline.milliseconds
        goal.progressDeadline = job.update.progressDeadline.milliseconds
        goal.autoRevert = job.update.autoRevert
        goal.isBatch = job.type == .batch
        goal.isStopped = file.isStopped || file.isRemoved
        if file.isRemoved { goal.count = 0 }
        let versions = Set(instances.values.map(\.file.version)).union([file.target])
        goal.startsFirst = !versions.contains { version in
            self.job(version)?.task.ports.values.contains { $0.fixed != nil } ?? false
        }
        return rollout(goal)
    }
    private func rollout(_ goal: Rollout.Goal) -> Rollout {
        Rollout(
            goal: goal, deployment: file.deployment, stable: file.stable,
            instances: instances.values.map(\.file.rolled).sorted { $0.serial < $1.serial })
    }

    /// What others may call, or follow: neither what has ended nor what is about to.
    func outputs(address: String) -> Value {
        let running = instances.values.map(\.file).filter { $0.phase == .running }.sorted {
            $0.serial < $1.serial
        }
        let items = running.map { instance in
            Value.map([
                "name": .string(instance.name), "address": .string(address),
                "ports": .map(instance.ports.mapValues(Value.int)), "version": .string(instance.version),
                "healthy": .bool(instance.healthySince != nil),
            ])
        }
        return .map(["instances": .list(items)])
    }

    var health: Observation.Health {
        if lacksSecrets { return .progressing("its secrets went with a reboot, and are read again") }
        if file.isStopped { return .progressing("stopped by hand") }
        guard let job = job(file.target) else { return .failed("its spec can't be read any more") }
        switch file.deployment.outcome {
        case .failed(let problem): return .failed(failure(problem, job))
        // It is done once it would not run again, whatever happens to the machine.
        case .succeeded where job.type == .batch && attempted.deployment.outcome == .succeeded: return .ready
        case .running where job.type == .batch, .succeeded where job.type == .batch:
            return unfinished(job, "running")
        case .running:
            let proved = instances.values.count { $0.file.version == file.target && $0.file.hasProved }
            return unfinished(
                job, "\(proved) of \(job.count) instances of version \(file.target) are healthy")
        case .succeeded: return standing(job)
        }
    }

    private func failure(_ problem: String, _ job: Job) -> String {
        let said = "version \(file.target) failed: \(problem)"
        guard job.update.autoRevert, job.type != .batch, let stable = file.stable, stable != file.target
        else {
            return said
        }
        return "\(said); reverted to version \(stable)"
    }

    private func unfinished(_ job: Job, _ words: String) -> Observation.Health {
        let troubled = instances.values.map(\.file).filter { $0.version == file.target && $0.problem != nil }
            .min { $0.serial < $1.serial }
        guard let troubled, let problem = troubled.problem, troubled.healthySince == nil else {
            return .progressing(words)
        }
        return troubled.isLooping
            ? .failed("\(troubled.name) is in a crash loop: \(problem)")
            : .progressing("\(words); \(troubled.name): \(problem)")
    }

    private func standing(_ job: Job) -> Observation.Health {
        let own = instances.values.map(\.file).sorted { $0.serial < $1.serial }
        if let lost = own.first(where: { $0.phase == .failed }) {
            return .failed("\(lost.name) is not started again: \(lost.problem ?? "it ended")")
        }
        let healthy = own.count { $0.phase == .running && $0.healthySince != nil }
        return healthy >= job.count
            ? .ready : unfinished(job, "\(healthy) of \(job.count) instances are healthy")
    }

    func observation(address: String) -> Observation {
        Observation(
            .ours, health, fields: file.spec.value, outputs: outputs(address: address),
            state: Array("1 \(file.target)".utf8), intent: file.intent,
            warning: warnings.isEmpty ? nil : warnings.joined(separator: "; "))
    }

    private var warnings: [String] {
        let troubled = instances.values.sorted { $0.file.serial < $1.file.serial }
        let limit = troubled.lazy.compactMap { instance in
            instance.file.limitProblem.map { "\(instance.file.name) runs without its limits: \($0)" }
        }.first
        return [
            file.isStopped
                ? "it was stopped by hand: nothing of it runs until 'martlet job start \(file.id.name)'"
                : nil,
            limit, (saveProblem ?? troubled.lazy.compactMap(\.saveProblem).first)?.message,
        ].compactMap(\.self)
    }
}
