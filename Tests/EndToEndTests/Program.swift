import Foundation

/// The built program, beside the test bundle.
let martletProgram = Bundle.main.bundleURL.appending(path: "martlet").path(percentEncoded: false)
