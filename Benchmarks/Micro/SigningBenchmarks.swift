import Benchmark
import SallyportCore
import SallyportSigning

/// Signed jobs: an Ed25519 signature in a DSSE envelope around a statement.
enum SigningBenchmarks {
  static func register() {
    let key = JobSigningKey.generate()
    func signed() throws -> [UInt8] { try SignedJob.sign(statement(), with: key).envelope }
    let size = (try? signed().count) ?? 0
    let keys = TrustedSigningKeys([key.publicKey])
    measured("signing/sign", bytes: size, prepare: statement) { statement in
      blackHole(try SignedJob.sign(statement, with: key))
    }
    measured("signing/verify", bytes: size, prepare: signed) { envelope in
      blackHole(try SignedJob.verify(envelope, keys: keys))
    }
  }

  private static func statement() throws -> JobStatement {
    var statement = JobStatement(
      job: SampleNames.job, tenant: SampleNames.tenant, externalID: SampleNames.externalID,
      workerPool: SampleNames.pool, notBefore: StatementTime(seconds: 1_800_000_000),
      expires: StatementTime(seconds: 1_800_003_600),
      command: ["./deploy", "--environment", "production", "--region", "eu-central-1"])
    statement.environment = ["DEPLOY_REGION": "eu-central-1", "LANG": "C.UTF-8"]
    statement.secrets = [try JobSecret(parsing: "DEPLOY_KEY")]
    statement.timeoutSeconds = 600
    statement.selector = ["zone": "a"]
    statement.checkout = JobStatement.Checkout(
      vcsPool: PoolName(unchecked: "git"), repository: try RepositoryName("team/app.git"),
      ref: "refs/heads/main", commit: String(repeating: "a", count: 40))
    return statement
  }
}
