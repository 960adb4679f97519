import Benchmark
import BenchmarkSupport
import SallyportCore
import SallyportIdentity
import SallyportSealing

/// Secrets (HPKE) and logs that the gateway cannot read.
enum SealingBenchmarks {
  private static let scope = SealedSecretScope(
    tenant: SampleNames.tenant, pool: SampleNames.pool, context: ContextName(unchecked: "release"),
    name: "DEPLOY_KEY", version: 1)
  private static let logScope = SealedLogScope(
    tenant: SampleNames.tenant, attempt: SampleNames.attempt)
  private static let secretSize = 1_024
  private static let logSize = 32 << 10

  private struct Keys {
    let key: SealingKey
    let pool: PoolKey
    let keyring: SealingKeyring

    init() throws {
      key = try .generate()
      let root = try TrustRoot.create(trustDomain: "bench.test")
      let certificate = try root.certify(
        poolKey: key.publicKey.bytes, tenant: SampleNames.tenant, pool: SampleNames.pool)
      pool = try PoolKey(
        certificate: certificate, tenant: SampleNames.tenant, pool: SampleNames.pool,
        roots: [root.certificate])
      keyring = SealingKeyring([key])
    }
  }

  static func register() {
    registerSecrets()
    registerLogs()
  }

  private static func registerSecrets() {
    let value = Secret(SampleText.bytes(secretSize))
    measured("sealing/secret-seal-1k", bytes: secretSize, prepare: Keys.init) { keys in
      blackHole(try SealedSecret.seal(value, to: keys.pool, as: scope))
    }
    measured(
      "sealing/secret-open-1k", bytes: secretSize,
      prepare: {
        let keys = try Keys()
        return (keys, try SealedSecret.seal(value, to: keys.pool, as: scope))
      }
    ) { state in
      blackHole(try state.1.open(as: scope, with: state.0.keyring))
    }
  }

  private static func registerLogs() {
    let text = SampleText.bytes(logSize)
    func sealer(_ keys: Keys) throws -> LogSealer {
      try LogSealer(scope: logScope, readers: [keys.key.publicKey])
    }
    measured("sealing/log-seal-32k", bytes: logSize, prepare: { try sealer(Keys()) }) { sealer in
      blackHole(try sealer.seal(text, of: .stdout, at: 0, offset: sealer.start))
    }
    measured(
      "sealing/log-open-32k", bytes: logSize,
      prepare: {
        let keys = try Keys()
        let sealer = try sealer(keys)
        var unsealer = LogUnsealer(scope: logScope, keys: keys.keyring)
        _ = try unsealer.open(sealer.opening(at: 0), at: 0)
        let entry = try sealer.seal(text, of: .stdout, at: 0, offset: sealer.start)
        return OpenLog(unsealer: unsealer, entry: entry, offset: sealer.start)
      }
    ) { log in
      guard case .entry = try log.unsealer.open(log.entry, at: log.offset) else {
        throw Failure("not an entry")
      }
    }
  }

  private struct OpenLog {
    var unsealer: LogUnsealer
    let entry: LogEntry
    let offset: UInt64
  }
}
