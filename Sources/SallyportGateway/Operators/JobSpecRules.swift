internal import SallyportBytes
import SallyportCore
import SallyportProtos
import SallyportSigning
import SwiftProtobuf

/// What a job must look like to be queued. Workers check again; this is for an early, clear answer.
enum JobSpecRules {
  /// Checks the job and fills in its timeout.
  ///
  /// - Throws: ``RequestError``, `InvalidName`.
  static func checked(_ spec: JobSpec, limits: GatewayLimits) throws -> JobSpec {
    var spec = spec
    try checkCommand(spec)
    if spec.hasCheckout { try check(spec.checkout) }
    do throws(InvalidJobSecret) {
      _ = try spec.checkedSecrets()
    } catch {
      throw RequestError(error.description)
    }
    // Every worker would refuse it.
    guard spec.image.isEmpty else {
      throw RequestError("an image is not supported by this version")
    }
    spec.timeout = .init(try timeout(of: spec, limits: limits))
    return spec
  }

  static func isCommit(_ text: String) -> Bool { text.isHexadecimal(digits: 40) }

  private static func checkCommand(_ spec: JobSpec) throws {
    guard let program = spec.command.first, !program.isEmpty else {
      throw RequestError("a job needs a command")
    }
    try check(spec.command, called: "argument", maximum: 4_096)
    guard spec.environment.count <= 1_024 else {
      throw RequestError("a job has at most 1,024 environment variables")
    }
    for (name, value) in spec.environment {
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
        throw RequestError("the name of an environment variable is not empty and has no '='")
      }
      try check(name, called: "environment variable name")
      try check(value, called: "environment variable")
    }
  }

  private static func check(_ checkout: Sallyport_Worker_V1_Checkout) throws {
    _ = try PoolName(checkout.vcsPool)
    guard !checkout.repository.isEmpty, checkout.repository.utf8.count <= 1_024 else {
      throw RequestError("a checkout needs a repository path of at most 1,024 bytes")
    }
    try check(checkout.repository, called: "repository")
    guard checkout.ref.utf8.count <= 1_024, !checkout.ref.hasPrefix("-") else {
      throw RequestError("a ref has at most 1,024 bytes and does not begin with '-'")
    }
    try check(checkout.ref, called: "ref")
    guard checkout.commit.isEmpty || isCommit(checkout.commit) else {
      throw RequestError("a commit has 40 lower-case hexadecimal digits")
    }
    guard !checkout.ref.isEmpty || !checkout.commit.isEmpty else {
      throw RequestError("a checkout needs a ref or a commit")
    }
  }

  private static func timeout(of spec: JobSpec, limits: GatewayLimits) throws -> Duration {
    guard spec.hasTimeout, spec.timeout != .init() else {
      return min(limits.defaultJobTimeout, limits.maximumJobTimeout)
    }
    guard let timeout = Duration(spec.timeout), timeout <= limits.maximumJobTimeout else {
      throw RequestError(
        "a job's timeout is positive and at most \(limits.maximumJobTimeout.components.seconds) s")
    }
    return timeout
  }

  private static func check(_ texts: [String], called kind: String, maximum: Int) throws {
    guard texts.count <= maximum else { throw RequestError("at most \(maximum) \(kind)s") }
    for text in texts { try check(text, called: kind) }
  }

  /// Processes take no NUL in arguments and environment.
  private static func check(_ text: String, called kind: String) throws {
    guard !text.utf8.contains(0) else { throw RequestError("\(kind): NUL is not allowed") }
  }
}
