import Glibc
package import SystemPackage

/// Reads small files whole: configuration, job files, tokens, certificates.
package enum BoundedFile {
  /// Why a file was not read.
  package enum Failure: Error, Hashable {
    case system(Errno)
    case notRegular
    case tooLarge(limit: Int)
  }

  /// The bytes of a regular file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    do {
      let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .nonBlocking)
      return try descriptor.closeAfter {
        guard isRegular(descriptor) else { throw Failure.notRegular }
        return try read(descriptor, limit: limit)
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .system(error as? Errno ?? .ioError)
    }
  }

  private static func read(_ descriptor: FileDescriptor, limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
      if bytes.count > limit { throw Failure.tooLarge(limit: limit) }
    }
  }

  private static func isRegular(_ descriptor: FileDescriptor) -> Bool {
    var status = stat()
    return fstat(descriptor.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}

extension BoundedFile.Failure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .system(let errno): errno.description
    case .notRegular: "not a regular file"
    case .tooLarge(let limit): "larger than \(ByteSizeText.format(limit))"
    }
  }
}
