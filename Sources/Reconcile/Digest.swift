import Crypto

/// The first 12 hex digits of a text's SHA-256.
package func digest(of text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).prefix(6).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
