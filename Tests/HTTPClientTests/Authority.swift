import Fixtures
import Foundation

/// A certificate authority made for one test, and a TLS server that `openssl` runs with a certificate for
/// `localhost`.
struct Authority {
    let folder: TemporaryFolder
    var caFile: String { folder.url.appending(path: "ca.pem").path }
    func file(_ name: String) -> String { folder.url.appending(path: name).path }

    init() throws {
        folder = try TemporaryFolder()
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=martlet-test-authority"
        )
        try issue("server", "/CN=localhost", "subjectAltName=DNS:localhost")
        try issue("client", "/CN=martlet-client", "extendedKeyUsage=clientAuth")
    }
    private func issue(_ name: String, _ subject: String, _ extensions: String) throws {
        try folder.write(extensions, to: "\(name).ext")
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key -out \(name).csr -subj \(subject)"
        )
        try openssl(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem"
        )
    }
    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder.url
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}

/// `openssl s_server`: answers every GET with a page about the connection.
final class TLSServer: @unchecked Sendable {  // The process is only started here and ended in `deinit`.
    let port: Int
    private let process = Process()
    private let input = Pipe()

    init(_ authority: Authority, _ options: [String] = []) throws {
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "server.pem", "-key", "server.key"]
            + options
        process.currentDirectoryURL = authority.folder.url
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        var port: Int?
        while port == nil {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw CocoaError(.executableLoad) }
            text += String(decoding: bytes, as: UTF8.self)
            port = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") && text.hasSuffix("\n") }
                .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
        }
        self.port = port ?? 0
    }
    deinit { process.terminate() }
}
