import Model
import Repository

/// Where the files of a source can be read again.
enum SourceFiles: Sendable {
    /// A git directory, and the source's folder in it; empty for all of it.
    case repository(String, folder: String)
    case folder(String)

    /// Nil where it is not there any more.
    func read(_ file: String, at commit: String) async -> [UInt8]? {
        switch self {
        case .folder(let path): return try? Folder(path).readFile(file)
        case .repository(let path, let folder):
            guard let id = ObjectID(commit), let repository = try? await LocalRepository.open(path) else { return nil }
            return try? await repository.readFile(folder.isEmpty ? file : "\(folder)/\(file)", at: id)
        }
    }
}

extension Configuration {
    /// Of each source, as its repository's mirror has it.
    var mirroredFiles: [String: SourceFiles] {
        sources.mapValues { .repository(mirrorFolder(of: $0.repository), folder: $0.path) }
    }
}
