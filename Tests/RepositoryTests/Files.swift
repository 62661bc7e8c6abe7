import Foundation
import Glibc

func removeFile(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

func link(_ target: String, _ path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
}

func makePipe(_ path: String) throws {
    guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.EIO) }
}
