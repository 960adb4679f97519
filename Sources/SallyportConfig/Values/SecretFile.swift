import Glibc
import SystemPackage

/// The rule for files that hold a key, token or password: a regular file that nobody but its owner
/// can read or write.
package enum SecretFile {
  package static let expected = "a file that only its owner can read (mode 0600)"

  /// Why a file is not fit to hold a secret, and what to do; nil where it is.
  package static func problem(with path: String) -> (found: String, hint: String?)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return ("\(path): \(Errno(rawValue: errno))", nil) }
    guard status.st_mode & S_IFMT == S_IFREG else { return ("\(path): not a regular file", nil) }
    let mode = status.st_mode & 0o777
    guard mode & 0o077 == 0 else {
      return ("\(path) with mode 0\(String(mode, radix: 8))", "run: chmod 600 \(quoted(path))")
    }
    return nil
  }

  /// As one word of a POSIX shell.
  private static func quoted(_ path: String) -> String {
    let plain = path.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    if plain { return path }
    let parts = path.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
  }
}
