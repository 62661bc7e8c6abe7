import Testing

@testable import ProviderPlugin

@Suite struct HandshakeTests {
    private func rejection(_ line: String) -> String? {
        do throws(Handshake.Rejection) {
            _ = try Handshake(line)
            return nil
        } catch { return error.cause }
    }

    @Test(arguments: [
        ("1|5|tcp|127.0.0.1:1234|grpc", 5), ("1|6|tcp|127.0.0.1:1234|grpc|", 6),
        ("1|6|tcp|[::1]:1|grpc||true\n", 6),
        ("1|6|tcp|localhost:65535|grpc||", 6),
    ])
    func `a handshake has five to seven fields`(line: String, version: Int) throws {
        let handshake = try Handshake(line)
        #expect(handshake.version == version)
        #expect(handshake.certificate == nil)
    }

    @Test(arguments: ["AAECAw==", "AAECAw"]) func `a certificate comes with its padding or without`(
        text: String
    ) throws {
        #expect(try Handshake("1|6|tcp|127.0.0.1:1|grpc|\(text)").certificate == [0, 1, 2, 3])
    }

    @Test(arguments: [
        ("", "it begins with '' instead of where it listens"),
        (
            "Usage: terraform [global options]",
            "it begins with 'Usage: terraform [global options]' instead of where it listens"
        ),
        ("1|5|unix", "it begins with '1|5|unix' instead of where it listens"),
        ("2|5|unix|/tmp/x|grpc", "it speaks version 2 of the handshake, not 1"),
        ("1|4|unix|/tmp/x|grpc", "it speaks protocol 4, not 5 or 6"),
        ("1|5|unix|/tmp/x", "it speaks 'netrpc', not gRPC"),
        ("1|5|unix|/tmp/x|netrpc", "it speaks 'netrpc', not gRPC"),
        ("1|5|unix|/nowhere/socket|grpc", "it listens on unix '/nowhere/socket', which is none of ours"),
        ("1|5|unix|/etc/passwd|grpc", "it listens on unix '/etc/passwd', which is none of ours"),
        ("1|5|tcp|10.0.0.1:80|grpc", "it listens on tcp '10.0.0.1:80', which is none of ours"),
        ("1|5|tcp|127.0.0.1:0|grpc", "it listens on tcp '127.0.0.1:0', which is none of ours"),
        ("1|5|udp|127.0.0.1:1|grpc", "it listens on udp '127.0.0.1:1', which is none of ours"),
        ("1|5|tcp|127.0.0.1:1|grpc|%%%", "its certificate is no base 64"),
    ])
    func `what is none is refused with its reason`(line: String, cause: String) {
        #expect(rejection(line) == cause)
    }

    @Test(arguments: [
        String(repeating: "x", count: 77) + "hunter2",
        "1|5|unix|" + String(repeating: "x", count: 197) + "hunter2|grpc",
    ])
    func `no reason ends within a secret`(line: String) throws {
        let rejection = #expect(throws: Handshake.Rejection.self) {
            _ = try Handshake(line, hiding: Concealed(["hunter2"]))
        }
        #expect(rejection?.cause.contains("hun") == false)
    }
}
