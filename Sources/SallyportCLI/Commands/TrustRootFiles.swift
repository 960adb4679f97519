import Glibc
import SallyportConfig
import SallyportCore
import SallyportIdentity

/// Where a trust root lives on the customer's disk.
struct TrustRootFiles {
  let directory: String

  init(_ options: GlobalOptions) throws {
    guard let directory = options.directory else {
      throw ErrorReport(
        "give the trust root's directory with --dir", exitCode: SallyportCore.ExitCode.usage)
    }
    self.directory = directory
  }

  var keyPath: String { "\(directory)/root-key.pem" }
  var certificatePath: String { "\(directory)/root.pem" }

  func load() throws -> TrustRoot {
    try TrustRoot.load(keyPath: keyPath, certificatePath: certificatePath)
  }

  func makeDirectory() throws { try Self.makeDirectory(directory) }

  /// Makes a directory that only its owner can enter, where there is none.
  static func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o700) != 0 else { return }
    let code = errno
    guard code != EEXIST else { return }
    throw IdentityError(
      .fileSystem, "cannot make the directory \(path): \(String(cString: strerror(code)))")
  }
}
