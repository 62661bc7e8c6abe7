import Glibc
import Model
import Testing

@testable import Run

@Suite struct PrivilegesTests {
    private static var configuration: SupervisorEngine.Configuration {
        var configuration = SupervisorEngine.Configuration(
            users: ["web", "db"], jobsFolder: "", instancesFolder: "", logsFolder: "", shim: "")
        (configuration.mostInstances, configuration.mostMemory) = (10, ByteSize(bytes: 1 << 30))
        return configuration
    }
    private static func problems(_ spec: Value) -> [String] {
        var grants = Grants(projects: ["shop"])
        (grants.users, grants.ports) = (["web"], [8000...8999])
        return Privileges(configuration: configuration).problems(of: spec, grants).map {
            "\($0.path): \($0.message)"
        }
    }

    @Test func `what is allowed has no problem`() {
        #expect(Self.problems(job("true", ports: ["a": .map(["static": .int(8080)])], user: "web")) == [])
    }

    private static func problems(_ task: [String: Expression], movedFrom: ResourceID? = nil) -> [String] {
        var options = ReconcileOptions()
        options.movedFrom = movedFrom
        var fields: [String: Expression] = [
            "command": .literal(.string("/bin/true")), "user": .literal(.string("web")),
        ]
        fields.merge(task) { $1 }
        let manifest = Manifest(
            ResourceID("job", "shop", "web"), source: "shop", layer: .run, engine: "supervisor",
            spec: .map(["task": .map(fields)]), options: options)
        var grants = Grants(projects: ["shop"])
        grants.users = ["web"]
        return SupervisorEngine.description(name: "supervisor", configuration).check(manifest, grants).map {
            "\($0.path): \($0.message)"
        }
    }

    @Test func `a secret goes nowhere that everybody can read`() {
        let password = Expression.reference(
            Reference(ResourceID("secret", "shop", "db"), FieldPath("password")))
        #expect(Self.problems(["env": .map(["PASSWORD": password])]) == [])
        #expect(
            Self.problems(["args": .list([.literal(.string("-p")), password])]) == [
                "task.args: it holds a secret (secret.db.password), which everybody on the machine could read"
            ])
        let handle = SecretHandle(ResourceID("secret", "shop", "db"), "password", version: "3")
        #expect(
            Self.problems(job("", user: "web", task: ["args": .list([.secret(handle)])])) == [
                "task.args: it holds a secret, which everybody on the machine could read"
            ])
    }

    @Test func `a job is not renamed in place`() {
        #expect(
            Self.problems([:], movedFrom: ResourceID("job", "shop", "old")) == [
                ": a job that the supervisor runs can't be renamed in place"
            ])
    }

    @Test(
        "what asks for more is refused at its field",
        arguments: [
            (job("", type: "periodic", user: "web"), "type: a periodic job needs another engine"),
            (
                job("", user: "web", task: ["driver": .string("docker")]),
                "task.driver: driver 'docker' needs another engine"
            ),
            (
                job("", user: "web", task: ["command": .string("/home/me/x")]),
                "task.command: '/home/me/x' is outside of the command roots"
            ),
            (
                job("", user: "web", task: ["command": .string("/usr/../home/x")]),
                "task.command: '/usr/../home/x' is no absolute path"
            ),
            (
                job("", user: "web", task: ["command": .string("sh")]),
                "task.command: 'sh' is no absolute path"
            ),
            (job("", user: "root"), "task.user: jobs may not run as 'root'"),
            (job("", user: "db"), "task.user: the source may not run jobs as 'db'"),
            (
                job("", ports: ["a": .map(["static": .int(80)])], user: "web"),
                "task.ports.a.static: the source may not use port 80"
            ),
            (
                job("", count: 2, ports: ["a": .map(["static": .int(8080)])], user: "web"),
                "task.ports.a.static: 2 instances on one machine can't share port 8080"
            ),
            (job("", count: 11, user: "web"), "count: 11 instances are more than the 10 that a job may have"),
            (
                job("", user: "web", task: ["resources": .map(["memory": .string("2GiB")])]),
                "task.resources.memory: 2GiB is more than the 1GiB that an instance may have"
            ),
        ])
    func refused(spec: Value, expected: String) {
        #expect(Self.problems(spec) == [expected])
    }

    @Test
    func `a job that names no user is refused: never root by default, nor the controller's own unasked`() {
        let spec = job("", task: ["user": .null])
        let own = ownName
        #expect(
            Self.problems(spec)
                == [
                    geteuid() == 0
                        ? "task: no user is named for it to run as"
                        : "task.user: jobs may not run as '\(own)'"
                ])
    }

    @Test func `what is not known yet is not refused yet`() {
        #expect(Self.problems(job("", user: "web", task: ["command": .unknown])) == [])
    }
}
