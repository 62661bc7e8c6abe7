import ChildProcess
import Fixtures
import Foundation
import Glibc
import Model
import Testing

@testable import Run

/// A small file system of its own; it takes root to mount one.
private func withMount(
    _ arguments: [String], at path: String, _ body: () async throws -> Void
) async throws {
    let mounted = try await Command("/usr/bin/mount", arguments + [path]).run { await $0.waitForExit() }
    try #require(mounted.status.isSuccess)
    let result = await Result.catching(body)
    // Lazily: whoever still stands in it goes by himself.
    _ = try await Command("/usr/bin/umount", ["-l", path]).run { await $0.waitForExit() }
    try result.get()
}
extension Result where Failure == any Error, Success == Void {
    fileprivate static func catching(_ body: () async throws -> Void) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
/// CAP_SYS_ADMIN, bit 21 of those in force (capabilities(7)): in a container root may be without it.
private let mayMount: Bool = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let held = line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) } ?? 0
    return held & 1 << 21 != 0 && access("/usr/bin/mount", X_OK) == 0
}()
private let mayLoop = access("/usr/sbin/mkfs.ext4", X_OK) == 0 && access("/dev/loop-control", R_OK) == 0

/// What becomes of jobs where a disk is full, or loses its power.
@Suite(.serialized, .enabled(if: mayMount, "mounting takes root")) struct DiskTests {
    private func fill(_ folder: String) -> String {
        let path = folder + "/filling"
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(file, bytes, bytes.count) > 0 {}
        close(file)
        return path
    }
    private func tmpfs(_ size: String) -> [String] { ["-t", "tmpfs", "-o", "size=\(size)", "none"] }

    @Test func `where instances find no room, that is said, and they start once there is some`() async throws
    {
        let machine = try Machine()
        let folder = machine.configuration.instancesFolder
        for path in [folder, machine.configuration.jobsFolder] {
            try #require(mkdir(path, 0o755) == 0 || errno == EEXIST)
        }
        try await withMount(tmpfs("256k"), at: folder) {
            let filling = fill(folder)
            let restart: [String: Value] = ["attempts": .int(100_000), "maxDelay": .string("50ms")]
            try await machine.converge(web, job("exec sleep 1000", restart: restart))
            #expect(
                await eventually {
                    guard case .progressing(let words)? = await machine.health(web) else { return false }
                    return words.contains("no space left on device")
                })
            unlink(filling)
            #expect(await machine.becomes(.ready, web))
            await machine.clear()
        }
    }

    @Test func `an instance that ends while its folder is full says how, and what is left is started again`()
        async throws
    {
        let machine = try Machine()
        let folder = machine.configuration.instancesFolder
        for path in [folder, machine.configuration.jobsFolder] {
            try #require(mkdir(path, 0o755) == 0 || errno == EEXIST)
        }
        let ran = machine.folder.path + "/ran"
        try await withMount(tmpfs("256k"), at: folder) {
            let spec = job("echo x >> \(ran); sleep 0.5; exit 0", type: "batch")
            try await machine.converge(web, spec)
            #expect(await eventually { access(ran, F_OK) == 0 })
            let filling = fill(folder)
            #expect(await machine.becomes(.ready, web))
            unlink(filling)
            #expect(try String(contentsOfFile: ran, encoding: .utf8) == "x\n")
            await machine.clear()
        }
    }

    @Test
    func
        `where the state finds no room, what runs goes on and is restarted, and that it is not written is said`()
        async throws
    {
        let machine = try Machine()
        let folder = machine.configuration.jobsFolder
        try FileManager.default.createDirectory(
            atPath: machine.configuration.jobsFolder, withIntermediateDirectories: true)
        try await withMount(tmpfs("64k"), at: folder) {
            let spec = job("exec sleep 1000")
            try await machine.converge(web, spec)
            #expect(await machine.becomes(.ready, web))
            let filling = fill(folder)
            await #expect(throws: EngineError.self) {
                try await machine.converge(web, job("exec sleep 2000"))
            }
            let before = machine.tasks()
            for pid in before.values { kill(pid, SIGKILL) }
            #expect(await eventually { machine.tasks().count == 1 && machine.tasks() != before })
            #expect(await machine.becomes(.ready, web))
            await #expect(throws: EngineError.self) { try await machine.engine.obey(.stop, web) }
            #expect(await eventually { machine.tasks().count == 1 })
            // One more instance is counted in the job's file.
            unlink(filling)
            try await machine.converge(web, job("exec sleep 1000", count: 2))
            #expect(await machine.becomes(.ready, web))
            _ = fill(folder)
            kill(try #require(machine.shims().values.first), SIGKILL)
            #expect(await machine.becomes(.ready, web))
            await machine.clear()
        }
    }

    /// A copy of the image is what a disk would hold whose power went at that moment.
    @Test(.enabled(if: mayLoop, "needs mkfs.ext4 and loop devices"))
    func `what was accepted outlasts a power cut, whole`() async throws {
        let machine = try Machine()
        let (image, copy) = (machine.folder.path + "/image", machine.folder.path + "/copy")
        try FileManager.default.createDirectory(
            atPath: machine.configuration.jobsFolder, withIntermediateDirectories: true)
        try machine.folder.write("", to: "copied/x")
        let made = try await Command("/usr/sbin/mkfs.ext4", ["-q", image, "16M"]).run {
            await $0.waitForExit()
        }
        try #require(made.status.isSuccess)
        try await withMount(["-o", "loop", image], at: machine.configuration.jobsFolder) {
            for count in 1...3 {
                let spec = job("exec sleep 1000", count: count)
                try await machine.converge(web, spec)
                unlink(copy)
                try FileManager.default.copyItem(atPath: image, toPath: copy)
                let folder = machine.folder.path + "/copied"
                try await withMount(["-o", "loop", copy], at: folder) {
                    let file = try Files.read(folder + "/shop.web.json")
                    let read = try JSONDecoder().decode(JobFile.self, from: Data(file ?? []))
                    #expect(read.spec.value == spec)
                }
            }
            await machine.clear()
        }
    }

    @Test func `a mount in an instance's folder is left alone`() async throws {
        let machine = try Machine()
        try await machine.converge(web, job("exec sleep 1000"))
        #expect(await machine.becomes(.ready, web))
        try machine.folder.write("kept", to: "victim/file")
        let home = machine.configuration.instancesFolder + "/shop.web/1/home"
        #expect(mkdir(home + "/mount", 0o755) == 0)
        try await withMount(["--bind", machine.folder.path + "/victim"], at: home + "/mount") {
            try await machine.converge(web, nil)
            #expect(await eventually { machine.shims().isEmpty })
            #expect(await eventually { access(home, F_OK) != 0 })
            try await Task.sleep(for: .milliseconds(200))
            #expect(access(machine.folder.path + "/victim/file", F_OK) == 0)
            let trash = machine.configuration.instancesFolder + "/.trash"
            for name in FileManager.default.subpaths(atPath: trash) ?? [] where name.hasSuffix("mount") {
                umount2(trash + "/" + name, Int32(MNT_DETACH))
            }
        }
        await machine.clear()
    }
}

@Suite struct TrashTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func `however deep and however full, it goes`() async throws {
        let trash = Trash(folder.path + "/.trash")
        try folder.write("kept", to: "victim/file")
        var top = openat(AT_FDCWD, folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Deeper than any path can say.
        for depth in 0..<2000 {
            let name = depth == 0 ? "home" : "d"
            #expect(mkdirat(top, name, depth % 3 == 1 ? 0o500 : 0o700) == 0 || errno == EACCES)
            let next = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if depth % 3 == 1 { fchmod(next, 0o700) }
            symlinkat(folder.path + "/victim", next, "link")
            close(top)
            top = next
        }
        close(top)
        try trash.take(folder.path + "/home")
        #expect(access(folder.path + "/home", F_OK) != 0)
        try trash.take(folder.path + "/home")
        #expect(await eventually { access(folder.path + "/.trash", F_OK) != 0 })
        #expect(access(folder.path + "/victim/file", F_OK) == 0)
    }
}
