import SallyportCore
import SallyportSigning

/// SplitMix64: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

enum Samples {
  static let externalID = "00112233445566778899aabbccddeeff"
  static let now = StatementTime(seconds: 1_800_000_000)

  static func statement() throws -> JobStatement {
    var statement = JobStatement(
      job: JobID(unchecked: "0123456789abcdef0123456789abcdef"), tenant: try TenantName("acme"),
      externalID: externalID, workerPool: try PoolName("builders"),
      notBefore: StatementTime(seconds: now.seconds - 60),
      expires: StatementTime(seconds: now.seconds + 3_600),
      command: ["make", "test", "TARGET=\"ü\"\n"])
    statement.runs = 3
    statement.environment = ["A": "1", "B": "two words"]
    statement.secrets = [try JobSecret(parsing: "DEPLOY_KEY")]
    statement.timeoutSeconds = 600
    statement.selector = ["zone": "a"]
    statement.checkout = .init(
      vcsPool: try PoolName("git"), repository: try RepositoryName("team/app.git"),
      ref: "refs/heads/main", commit: String(repeating: "a", count: 40))
    return statement
  }

  static func audience() throws -> Audience {
    Audience(
      tenant: try TenantName("acme"), externalID: externalID,
      pool: .worker(try PoolName("builders")))
  }
}
