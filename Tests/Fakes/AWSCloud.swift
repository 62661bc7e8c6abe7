import ChildProcess
import Foundation
import ProviderPackages
package import Testing

/// AWS as `moto_server` (PyPI) plays it, and `hashicorp/aws`, where the machine has both.
package struct AWSCloud: Sendable {
    package let endpoint: String

    package static let isPossible = found != nil && server != nil
    package static let missing: Comment =
        "hashicorp/aws is in no mirror (MARTLET_TEST_PROVIDER_MIRROR), or moto is not installed"
    private static let environment = ProcessInfo.processInfo.environment
    private static let server = path(of: "moto_server")
    private static let found = located()
    /// The provider's program.
    package static let provider = found?.program
    /// The folder of the mirror that has it, and its version.
    package static let mirror = found?.mirror ?? ""
    package static let version = found?.version ?? ""

    private static func path(of program: String) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first(where: FileManager.default.isExecutableFile)
    }

    /// In the mirror that `MARTLET_TEST_PROVIDER_MIRROR` names, or in those of Terraform's own CLI configuration.
    private static func located() -> (program: String, mirror: String, version: String)? {
        guard let address = try? ProviderAddress("hashicorp/aws") else { return nil }
        for folder in mirrors() {
            guard let packages = try? DirectoryMirror(folder).packages(of: address) else { continue }
            let newest = packages.filter { $0.platform == .current }.max { $0.version < $1.version }
            guard case .folder(let path)? = newest?.form,
                let names = try? FileManager.default.contentsOfDirectory(atPath: path),
                let name = names.sorted().first(where: { $0.hasPrefix("terraform-provider-aws") })
            else { continue }
            return ("\(path)/\(name)", folder, newest?.version.description ?? "")
        }
        return nil
    }
    private static func mirrors() -> [String] {
        if let named = environment["MARTLET_TEST_PROVIDER_MIRROR"] { return [named] }
        let file = environment["TF_CLI_CONFIG_FILE"] ?? (environment["HOME"] ?? "") + "/.terraformrc"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let configuration = try? CLIConfiguration(text, file: file)
        else { return [] }
        return configuration.methods.compactMap {
            if case .filesystem(let path) = $0.place { path } else { nil }
        }
    }

    /// Runs the server for as long as `body` runs.
    package static func run(_ body: @escaping @Sendable (AWSCloud) async throws -> Void) async throws {
        let command = Command(
            server ?? "", ["-H", "127.0.0.1", "-p", "0"], environment: variables, isolation: .session)
        let ended = try await command.run { child -> Result<Void, any Error> in
            async let output: Void = drain(child.output)
            var lines = child.errors.lines().makeAsyncIterator()
            var endpoint: String?
            while endpoint == nil, let line = await lines.next() {
                endpoint = String(decoding: line, as: UTF8.self).firstMatch(of: /http:\/\/[0-9.:]+/).map {
                    String($0.0)
                }
            }
            async let errors: Void = drain(child.errors)
            let result: Result<Void, any Error>
            do {
                guard let endpoint else { throw AWSFailure(description: "moto_server does not start") }
                try await body(AWSCloud(endpoint: endpoint))
                result = .success(())
            } catch { result = .failure(error) }
            await child.terminate(grace: .seconds(2))
            _ = await (output, errors)
            return result
        }
        try ended.result.get()
    }

    private static func drain(_ output: Output) async { for await _ in output {} }

    /// What the provider, and boto3, are run with. Nothing in it is a secret of anybody's.
    package static let credentials = [
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
    ]
    private static let variables = credentials.merging(
        ["PATH": environment["PATH"] ?? "/usr/bin:/bin", "HOME": environment["HOME"] ?? "/"]) { $1 }

    /// Calls boto3, behind everybody's back: each call is `service.operation` with its arguments. All that is answered.
    @discardableResult
    package func calls(_ calls: [(String, String)]) async throws -> [String] {
        let script = """
            import boto3, json, sys
            for line in sys.stdin:
                name, arguments = line.split(" ", 1)
                service, operation = name.split(".")
                answer = getattr(boto3.client(service, endpoint_url=sys.argv[1]), operation)(**json.loads(arguments))
                answer.pop("ResponseMetadata")
                print(json.dumps(answer, default=str))
            """
        let input = calls.map { "\($0) \($1)\n" }.joined()
        let command = Command(
            "/usr/bin/env", ["python3", "-c", script, endpoint], environment: Self.variables,
            input: Array(input.utf8))
        let ended = try await command.run { child in
            async let errors = child.errors.collect(atMost: 1 << 20)
            let output = await child.output.collect(atMost: 1 << 20)
            return (output, await errors, await child.waitForExit())
        }
        guard ended.status.isSuccess else {
            throw AWSFailure(description: String(decoding: ended.result.1, as: UTF8.self))
        }
        return String(decoding: ended.result.0, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

package struct AWSFailure: Error, CustomStringConvertible {
    package var description: String
}
