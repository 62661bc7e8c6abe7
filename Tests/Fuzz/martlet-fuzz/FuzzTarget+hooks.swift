import HTTPTypes

@testable import Server

/// What a sender of webhooks can make a controller read before, and after, it is believed.
extension FuzzTarget {
    private static let secrets = HookProvider.allCases.compactMap { provider in
        try? HookSecret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", for: provider)
    }

    /// The first line is a header's value, the rest a body: nobody knows the secrets, so no signature fits.
    static func hookSignature(_ bytes: UnsafeRawBufferPointer) {
        let (value, body) = delivery(bytes)
        for provider in HookProvider.allCases {
            for secret in secrets {
                let check = HookCheck(provider, [secret])
                var headers = HTTPFields()
                for (name, _) in HookProof.headers { headers.set(name, value) }
                headers.set("webhook-id", value)
                headers.set("webhook-timestamp", "0")
                precondition(check.refusal(headers, body, now: 0) != nil)
            }
        }
    }

    /// The first line names the event, the rest is what a believed sender says.
    static func hookBody(_ bytes: UnsafeRawBufferPointer) {
        let (event, body) = delivery(bytes)
        for provider in HookProvider.allCases {
            let route = HookRoute("a", provider, sources: [], branches: ["main", "release/*", "refs/tags/*"])
            {
                .success([])
            }
            for type in ["application/json", "application/x-www-form-urlencoded", event] {
                var headers = HTTPFields()
                headers.set("content-type", type)
                if let name = provider.eventHeader { headers.set(name, event) }
                for name in provider.idHeaders { headers.set(name, event) }
                let message = HookMessage(provider, headers, body)
                if case .request(let request) = message.meaning {
                    precondition(HookRequest.numbers.contains(request.number))
                }
                _ = message.verdict(route)
            }
        }
    }

    private static func delivery(_ bytes: UnsafeRawBufferPointer) -> (line: String, body: [UInt8]) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        return (String(decoding: bytes[..<end], as: UTF8.self), Array(bytes[end...].dropFirst()))
    }
}

extension HTTPFields {
    fileprivate mutating func set(_ name: String, _ value: String) {
        if let name = HTTPField.Name(name) { self[name] = value }
    }
}
