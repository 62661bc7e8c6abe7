import CChildProcess
import Dispatch
import Foundation
import Glibc
import Synchronization

/// Starts every child, on a thread that never ends: the kernel kills a child when the thread that started it
/// ends, and tasks wander between threads that come and go.
actor Spawner {
    static let shared = Spawner()
    private let thread = LastingThread(name: "spawner")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func start(_ command: Command) throws(StartError) -> RunningChild {
        do throws(Failure) {
            try check(command)
            let input = try openInput(command.input)
            let output = try Pipe()
            let errors = try Pipe()
            let pid = try start(command, input: input, output: output, errors: errors)
            let descriptor = child_descriptor(pid)
            guard descriptor >= 0 else {
                let failure = Failure(errno: errno)
                kill(-pid, SIGKILL)
                waitpid(pid, nil, 0)
                throw failure
            }
            return RunningChild(
                pid: pid, descriptor: Descriptor(descriptor), output: output.read, errors: errors.read)
        } catch {
            throw StartError(executable: command.executable, cause: error.cause)
        }
    }

    private struct Failure: Error {
        var cause: String
        init(_ cause: String) { self.cause = cause }
        init(errno number: Int32, _ subject: String = "") {
            let text = String(cString: strerror(number))
            cause = subject + text.prefix(1).lowercased() + text.dropFirst()
        }
    }

    private struct Pipe: ~Copyable {
        let read: Descriptor
        let write: Descriptor
        init() throws(Failure) {
            var ends: [Int32] = [-1, -1]
            guard child_pipe(&ends) == 0 else { throw Failure(errno: errno) }
            (read, write) = (Descriptor(ends[0]), Descriptor(ends[1]))
        }
    }

    private func check(_ command: Command) throws(Failure) {
        guard command.executable.hasPrefix("/") else { throw Failure("the path is not absolute") }
        let environment = command.environment
        let texts = [command.executable, command.folder ?? ""] + command.arguments + environment.keys
        guard !(texts + environment.values).contains(where: { $0.utf8.contains(0) }) else {
            throw Failure("an argument or variable has a NUL byte")
        }
        guard !environment.keys.contains(where: { $0.isEmpty || $0.contains("=") }) else {
            throw Failure("a variable's name is empty or has a '='")
        }
    }

    private func openInput(_ bytes: [UInt8]) throws(Failure) -> Descriptor {
        let number = bytes.isEmpty ? open("/dev/null", O_RDONLY | O_CLOEXEC) : child_input(bytes, bytes.count)
        guard number >= 0 else { throw Failure(errno: errno) }
        return Descriptor(number)
    }

    private func start(
        _ command: Command, input: Descriptor, output: borrowing Pipe, errors: borrowing Pipe
    ) throws(Failure) -> Int32 {
        let arguments = CStrings([command.executable] + command.arguments)
        let environment = CStrings(command.environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
        let texts = CStrings([command.executable] + (command.folder.map { [$0] } ?? []))
        var start = child_start()
        start.executable = UnsafePointer(texts.pointers[0])
        start.folder = UnsafePointer(texts.pointers[1])
        start.arguments = UnsafePointer(arguments.base)
        start.environment = UnsafePointer(environment.base)
        (start.input, start.output, start.errors) = (input.number, output.write.number, errors.write.number)
        start.new_session = command.isolation == .session ? 1 : 0
        let started = withExtendedLifetime((arguments, environment, texts)) {
            child_spawn(&start)
        }
        guard started.pid > 0 else {
            let isFolder = started.stage == child_prepared
            let subject = isFolder ? "folder '\(command.folder ?? "")': " : ""
            throw Failure(errno: started.error, subject)
        }
        return started.pid
    }
}

/// Strings in C's memory, with a NULL after the last.
private final class CStrings {
    let base: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    let count: Int
    var pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?> {
        .init(start: base, count: count + 1)
    }

    init(_ strings: [String]) {
        count = strings.count
        base = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (base + index).initialize(to: strdup(string)) }
        (base + count).initialize(to: nil)
    }
    deinit {
        for index in 0..<count { free(base[index]) }
        base.deallocate()
    }
}

/// A serial executor whose jobs all run on one thread.
private final class LastingThread: SerialExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let arrived = DispatchSemaphore(value: 0)

    init(name: String) {
        let thread = Thread { [self] in
            while true {
                arrived.wait()
                let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                job?.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
        thread.name = name
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrived.signal()
    }
}
