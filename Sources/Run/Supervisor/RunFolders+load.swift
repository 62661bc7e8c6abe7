import Dispatch
import Foundation
import Model
import Synchronization

/// A file whose form may change with a later version.
protocol RunFile: Codable {
    static var latest: Int { get }
    var format: Int { get }
}

/// All that the folders hold of one job.
struct JobContents: Sendable {
    var job: JobFile?
    var instances: [InstanceFile] = []
    /// Folders of instances that were never told what they are of: nothing was started in them.
    var blanks: [Int] = []
}

/// Reading what is there. What can't be read, listed or understood is an error, never nothing: whoever took it for
/// nothing would stop what runs.
extension RunFolders {
    /// The folders' names of all jobs of which something is there.
    func jobNames() throws(EngineError) -> Set<String> {
        let started = try Files.names(in: instances) ?? []
        guard let files = try Files.names(in: jobs) else {
            guard started.isEmpty else {
                throw EngineError(
                    .retry, "there are instances, and '\(jobs.escapedForDisplay)' is missing",
                    hint: "mount it, or make it empty to have them stopped")
            }
            return []
        }
        return Set(started).union(files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) })
    }

    func contents(of name: String) throws(EngineError) -> JobContents {
        var contents = JobContents(job: try read(JobFile.self, "\(jobs)/\(name).json"))
        for serial in try Files.names(in: "\(instances)/\(name)") ?? [] {
            guard let number = Int(serial) else { continue }
            if let file = try read(InstanceFile.self, "\(instances)/\(name)/\(serial)/instance.json") {
                contents.instances.append(file)
            } else {
                contents.blanks.append(number)
            }
        }
        let ids = Set(contents.instances.map(\.id) + (contents.job.map { [$0.id] } ?? []))
        guard ids.count <= 1, ids.allSatisfy({ Self.name($0) == name }) else {
            throw EngineError(
                .waitForChange, "the files of '\(name.escapedForDisplay)' are of another job",
                hint: "nothing is done about it until they are put right")
        }
        return contents
    }

    /// Of many jobs at once.
    func contents(of names: [String]) -> [Result<JobContents, EngineError>] {
        let found = Found(count: names.count)
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            found.set(index, Result { () throws(EngineError) in try contents(of: names[index]) })
        }
        return found.all
    }

    /// Nil where there is none.
    private func read<File: RunFile>(_ type: File.Type, _ path: String) throws(EngineError) -> File? {
        guard let bytes = try Files.read(path) else { return nil }
        guard let file = try? JSONDecoder().decode(type, from: Data(bytes)), file.format <= File.latest else {
            throw EngineError(
                .waitForChange, "'\(path.escapedForDisplay)' is of no form that this version knows",
                hint: "a newer martlet may have written it; nothing is done about its job")
        }
        return file
    }
}

/// Filled from several threads.
private final class Found: Sendable {
    private let results: Mutex<[Result<JobContents, EngineError>]>
    init(count: Int) { results = Mutex(Array(repeating: .success(JobContents()), count: count)) }
    func set(_ index: Int, _ result: Result<JobContents, EngineError>) {
        results.withLock { $0[index] = result }
    }
    var all: [Result<JobContents, EngineError>] { results.withLock { $0 } }
}
