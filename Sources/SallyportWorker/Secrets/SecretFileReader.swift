import Glibc
internal import SallyportBytes
import SallyportConfig
import SallyportSecrets

/// Why a file gives no secret.
enum SecretFileError: Error, Hashable {
  case tooLarge
  case other(String)
}

/// Reads a file that holds a secret: a regular file that only its owner can read. Blocks.
enum SecretFileReader {
  static func read(_ path: String, limit: Int) throws(SecretFileError) -> SecretValue {
    if let problem = SecretFile.problem(with: path) {
      throw .other(
        "expected \(SecretFile.expected), found \(problem.found)"
          + (problem.hint.map { "; \($0)" } ?? ""))
    }
    do throws(SystemError) {
      let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit + 1, alignment: 1)
      defer {
        buffer.overwrite()
        buffer.deallocate()
      }
      var count = 0
      while count < buffer.count {
        let read = Glibc.read(
          file.number, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if read < 0 {
          if errno == EINTR { continue }
          throw .last("read \(path)")
        }
        if read == 0 { return SecretValue(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        count += read
      }
    } catch {
      throw .other("\(error)")
    }
    throw .tooLarge
  }
}
