import Crypto

/// The first bytes of a text's SHA-256, in hex.
package func digest(of text: String, bytes: Int = 6) -> String {
    SHA256.hash(data: Array(text.utf8)).prefix(bytes).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
