import Glibc
import Model

/// What a job may, from the controller's configuration alone. Asked when a manifest is loaded, so that its line is
/// shown, and again for each plan and step, when references have given their part.
struct Privileges: Sendable {
    let configuration: SupervisorEngine.Configuration

    /// What is wrong with a spec; what is not known yet is not wrong yet.
    func problems(of spec: Value, _ grants: Grants) -> [FieldProblem] {
        let task = spec["task"] ?? .null
        return [
            typeProblem(spec["type"]), driverProblem(task), commandProblem(task["command"]),
            userProblem(task["user"], grants), countProblem(spec),
            memoryProblem(task["resources"]?["memory"]),
        ].compactMap(\.self) + portProblems(task["ports"], count: spec["count"]?.int ?? 1, grants)
            + ["command", "args", "cwd"].filter { !(task[$0]?.secrets ?? []).isEmpty }.map {
                Self.shown(FieldPath("task").appending($0), "a secret")
            }
    }

    static func shown(_ path: FieldPath, _ what: String) -> FieldProblem {
        FieldProblem(
            path, "it holds \(what), which everybody on the machine could read",
            hint: "give secrets to a program by 'env' or 'files'")
    }

    func check(_ spec: Value, _ grants: Grants) throws(EngineError) {
        guard let problem = problems(of: spec, grants).first else { return }
        throw EngineError(.waitForChange, "\(problem.path): \(problem.message)", hint: problem.hint)
    }

    /// The user that instances run as.
    func account(of task: JobTask) throws(EngineError) -> Account {
        guard let account = task.user.map(Account.init) ?? Account.own else {
            throw EngineError(
                .retry, "user '\((task.user ?? "").escapedForDisplay)' does not exist on this machine")
        }
        return account
    }

    /// The program's own path, links followed, which must be inside of the command roots as well.
    func executable(_ command: String) throws(EngineError) -> String {
        guard let resolved = realpath(command, nil) else {
            // What does not exist, or may not be run, is the instance's own failure.
            return command
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard roots.contains(where: { path.isStrictlyInside($0) }) else {
            throw EngineError(
                .waitForChange,
                "task.command: '\(command.escapedForDisplay)' leads to '\(path.escapedForDisplay)', outside of the command roots"
            )
        }
        return command
    }
    private var roots: [String] {
        configuration.commands.flatMap { root in
            guard let resolved = realpath(root, nil) else { return [root] }
            defer { free(resolved) }
            return [root, String(cString: resolved)]
        }
    }

    private func typeProblem(_ type: Value?) -> FieldProblem? {
        guard let type = type?.string, type != "service", type != "batch" else { return nil }
        return FieldProblem(
            FieldPath("type"), "a \(type.escapedForDisplay) job needs another engine",
            hint: "the supervisor runs jobs of type 'service' and 'batch'")
    }

    private func driverProblem(_ task: Value) -> FieldProblem? {
        if let driver = task["driver"]?.string, driver != "exec" {
            return FieldProblem(
                FieldPath("task").appending("driver"),
                "driver '\(driver.escapedForDisplay)' needs another engine",
                hint: "the supervisor runs a 'command' with driver 'exec'")
        }
        guard task["command"] == nil, case .map = task else { return nil }
        return FieldProblem(FieldPath("task"), "missing key 'command' in Job.spec.task")
    }

    private func commandProblem(_ command: Value?) -> FieldProblem? {
        guard let command = command?.string else { return nil }
        let path = FieldPath("task").appending("command")
        let parts = command.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard command.hasPrefix("/"), !command.utf8.contains(0),
            !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." })
        else {
            return FieldProblem(
                path, "'\(command.escapedForDisplay)' is no absolute path",
                hint: "write it from '/', without '..'")
        }
        guard !configuration.commands.contains(where: { command.isStrictlyInside($0) }) else { return nil }
        return FieldProblem(
            path, "'\(command.escapedForDisplay)' is outside of the command roots",
            hint: configuration.commands.isEmpty
                ? "name the folder of the program under 'commands' of the engine in the controller's configuration"
                : "programs may be in \(configuration.commands.sorted().joined(separator: ", "))")
    }

    private func userProblem(_ user: Value?, _ grants: Grants) -> FieldProblem? {
        let path = FieldPath("task").appending("user")
        if let user, user != .null, user.string == nil { return nil }
        guard let name = user?.string ?? (geteuid() == 0 ? nil : Account.own?.name) else {
            return FieldProblem(
                FieldPath("task"), "no user is named for it to run as",
                hint: "write 'user' with one of those that the controller's configuration allows")
        }
        let hint =
            "list it under 'users' of the engine and of the source in the controller's configuration, for a local folder with --user"
        guard configuration.users.contains(name) else {
            return FieldProblem(path, "jobs may not run as '\(name.escapedForDisplay)'", hint: hint)
        }
        guard grants.users.contains(name) else {
            return FieldProblem(
                path, "the source may not run jobs as '\(name.escapedForDisplay)'", hint: hint)
        }
        return nil
    }

    private func countProblem(_ spec: Value) -> FieldProblem? {
        guard let most = configuration.mostInstances, let count = spec["count"]?.int, count > most else {
            return nil
        }
        return FieldProblem(
            FieldPath("count"), "\(count) instances are more than the \(most) that a job may have")
    }

    private func memoryProblem(_ memory: Value?) -> FieldProblem? {
        guard let most = configuration.mostMemory, case let memory? = memory?.string,
            let size = ByteSize(memory, unit: .mebibytes), size > most
        else { return nil }
        return FieldProblem(
            FieldPath("task").appending("resources").appending("memory"),
            "\(size) is more than the \(most) that an instance may have")
    }

    private func portProblems(_ ports: Value?, count: Int, _ grants: Grants) -> [FieldProblem] {
        (ports?.fields ?? [:]).sorted { $0.key < $1.key }.compactMap { name, port in
            guard let number = port["static"]?.int else { return nil }
            let path = FieldPath("task").appending("ports").appending(name).appending("static")
            if !grants.ports.contains(where: { $0.contains(number) }) {
                return FieldProblem(
                    path, "the source may not use port \(number)",
                    hint: "the controller's configuration lists a source's ports")
            }
            return count <= 1
                ? nil
                : FieldProblem(
                    path, "\(count) instances on one machine can't share port \(number)",
                    hint: "leave out 'static', and each gets a port of its own")
        }
    }
}

extension String {
    /// By bytes, as the file system compares.
    fileprivate func isStrictlyInside(_ folder: String) -> Bool {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        return utf8.starts(with: folder.utf8)
            && utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/")
    }
}
