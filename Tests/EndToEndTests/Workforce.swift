import Foundation
import Glibc

/// The processes of a site's jobs, as the kernel tells of them. Each of its jobs has the variable `SITE`.
struct Workforce {
    /// One program that runs.
    struct Member: Hashable, Sendable {
        var pid: Int32
        /// `job/shop/web`.
        var job: String
        /// Its instance's.
        var folder: String
        var port: Int?
        /// The program's own path first.
        var arguments: [String]
    }
    var members: [Member] = []
    /// Where the instances are; nil where nothing runs.
    var folder: String?
    /// Programs, shims, and whatever else works in the instances' folders.
    var processes: Set<Int32> = []

    init(of site: Site) {
        let mark = "SITE=\(site.root)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let pids = names.compactMap { Int32($0) }
        for pid in pids {
            let environment = Self.words("/proc/\(pid)/environ")
            guard environment.contains(mark) else { continue }
            processes.insert(pid)
            func value(_ name: String) -> String? {
                environment.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
            }
            members.append(
                Member(
                    pid: pid, job: value("MARTLET_JOB") ?? "", folder: value("MARTLET_INSTANCE") ?? "",
                    port: value("PORT").flatMap(Int.init), arguments: Self.words("/proc/\(pid)/cmdline")))
        }
        members.sort { ($0.job, $0.folder) < ($1.job, $1.folder) }
        folder = members.first.map {
            (($0.folder as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent
        }
        guard let folder else { return }
        for pid in pids where Self.place(of: pid).hasPrefix("\(folder)/") { processes.insert(pid) }
    }

    private static func words(_ path: String) -> [String] {
        (FileManager.default.contents(atPath: path) ?? Data()).split(separator: 0).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
    private static func place(of pid: Int32) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
    }

    /// Folders of instances, be something in them or not: `shop.web/3`.
    var instances: Set<String> {
        guard let folder else { return [] }
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return Set(
            paths.filter { path in
                let parts = path.split(separator: "/")
                return parts.count == 2 && Int(parts[1]) != nil
            })
    }
    /// Who keeps a program, as its instance's folder says.
    func shim(of member: Member) -> Int32? {
        let text = try? String(contentsOfFile: "\(member.folder)/shim", encoding: .utf8)
        return text?.split(separator: " ").dropFirst().first.flatMap { Int32($0) }
    }

    /// So that a test leaves nothing behind.
    static func end(of site: Site) {
        let workforce = Workforce(of: site)
        for pid in workforce.processes { kill(pid, SIGKILL) }
        guard let folder = workforce.folder else { return }
        try? FileManager.default.removeItem(atPath: (folder as NSString).deletingLastPathComponent)
    }
}
