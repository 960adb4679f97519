package import SallyportConfig
internal import Synchronization

/// Holds the policy that is in force, and reads its file again when asked.
package final class PolicySource: Sendable {
  /// Nil for a policy that is not from a file.
  package let path: String?
  private let program: PolicyProgram
  private let state: Mutex<LoadedPolicy>

  /// Reads a policy file. Blocks.
  ///
  /// - Throws: `ConfigError`, also for a file that others than its owner can write.
  package init(path: String, for program: PolicyProgram) throws(ConfigError) {
    self.path = path
    self.program = program
    state = Mutex(try Self.read(path, for: program))
  }

  /// A policy without a file, which stays as it is.
  package init(_ policy: AdmissionPolicy) {
    path = nil
    program = policy.program
    state = Mutex(LoadedPolicy(policy: policy))
  }

  /// Take it once for each decision, so that rule and digest belong together.
  package var current: LoadedPolicy { state.withLock { $0 } }

  /// Reads the file again. Blocks. Decisions go on meanwhile, and from then on are made by the new
  /// policy; where the file is not valid, the old one stays in force.
  @discardableResult
  package func reload() throws(ConfigError) -> LoadedPolicy {
    guard let path else { return current }
    let loaded = try Self.read(path, for: program)
    state.withLock { $0 = loaded }
    return loaded
  }

  private static func read(
    _ path: String, for program: PolicyProgram
  ) throws(ConfigError) -> LoadedPolicy {
    let bytes = try OwnedFile.read(path)
    return LoadedPolicy(
      policy: try AdmissionPolicy(parsing: bytes, path: path, for: program),
      digest: PolicyDigest(of: bytes))
  }
}
