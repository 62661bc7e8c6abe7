import Crypto
import Model

/// The first bytes of a text's SHA-256, in hex.
package func digest(of text: String, bytes: Int = 6) -> String {
    SHA256.hash(data: Array(text.utf8)).prefix(bytes).hex
}
